// The source of one function, with its notes.

import { make, place, prose } from "./dom.js";

const STYLES = { k: "keyword", t: "type", c: "comment", s: "string", n: "literal", m: "macro" };

/** The lines of a page: number, whether it may be folded away, and its pieces as text, or [text, style, function]. */
export function lines_of(page) {
  const folded = (number) => page.folded.some(([first, last]) => first <= number && number <= last);
  return page.lines.map((line, index) => ({ number: page.first + index, fold: folded(page.first + index), pieces: [line].flat() }));
}

export function lines_on(notes) {
  const on = new Set();
  for (const note of notes) for (let line = note.first; line <= note.last; line += 1) on.add(line);
  return on;
}

export function note_parts(note, with_lines) {
  const here = note.first && with_lines;
  const lines = note.first === note.last ? `${note.first}` : `${note.first}–${note.last}`;
  return [
    make("p", { class: "xp-name" }, make("strong", {}, note.title), " ",
      here ? make("span", { class: "xp-line" }, lines) : place(note.place, note.link),
      note.sure ? make("em", {}, ` ${note.sure}`) : "", note.own ? make("em", {}, " yours") : ""),
    ...note.text.map((text) => make("p", {}, prose(text))),
    ...(note.own ? [acts(note)] : []),
  ];
}

/** What a reader can do to a note of his own. */
function acts(note) {
  const button = (what, name) => make("button", { type: "button", "aria-label": `${name} “${note.title}”`, "data-act": what, "data-note": note.id }, name);
  return make("p", { class: "xp-acts" }, button("change", "Change"), button("remove", "Remove"));
}

export function note_box(note, with_lines, style = "") {
  return make("aside", { class: `xp-note ${style}`, "aria-label": `Note: ${note.title}` }, note_parts(note, with_lines));
}

/** A line of source; `sign` is what stands between number and text where two releases are compared. */
export function row(line, on, sign) {
  const words = line.pieces.filter(Boolean).map((piece) => {
    const [text, style, key] = [piece].flat();
    if (key) return make("span", { class: "xp-link", role: "link", tabindex: "0", "data-key": key }, text);
    return style ? make("span", { class: `xp-${STYLES[style]}` }, text) : text;
  });
  return make("div", { class: on.has(line.number) ? "xp-row xp-on" : "xp-row", "data-line": line.number },
    make("span", { class: "xp-number" }, `${line.number}`), sign === undefined ? "" : make("span", { class: "xp-sign" }, sign),
    make("span", { class: "xp-text" }, words.length ? words : "\u200b"));
}

/** A button in the place of lines that are folded away; `rows` makes them when they are asked for. */
export function fold(count, rows, done) {
  const button = make("button", { type: "button", class: "xp-fold", onclick: () => {
    const made = rows();
    button.replaceWith(...made);
    made[0].setAttribute("tabindex", "-1");
    made[0].focus();
    done();
  } }, `… ${count} ${count === 1 ? "line" : "lines"} …`);
  return button;
}

/** The source in pieces that begin where a note does, so that each note stands beside its line. */
export function source_of(page, done) {
  const on = lines_on(page.notes);
  const inside = make("div", { class: "xp-source", role: "region", tabindex: "0", "aria-label": `Source of ${page.title}` });
  let piece = null;
  let folded = [];
  const unfold = () => {
    const hidden = folded;
    folded = [];
    if (hidden.length) piece.firstChild.append(fold(hidden.length, () => hidden.map((line) => row(line, on)), done));
  };
  for (const line of lines_of(page)) {
    const notes = page.notes.filter((note) => note.first === line.number);
    if (!piece || notes.length) {
      unfold();
      piece = make("div", { class: "xp-piece" }, make("div", { class: "xp-code" }));
      if (notes.length) piece.append(make("div", { class: "xp-notes" }, notes.map((note) => note_box(note, true))));
      inside.append(piece);
    }
    if (line.fold) folded.push(line);
    else {
      unfold();
      piece.firstChild.append(row(line, on));
      const ending = page.notes.filter((note) => note.last === line.number);
      if (ending.length) piece.firstChild.append(make("div", { class: "xp-below" }, ending.map((note) => note_box(note, true))));
    }
  }
  unfold();
  return inside;
}
