// The widget's front end: one module, no bundler, no request. Text of others is only ever set as text; the one piece of
// markup is the picture, which our own writer escapes. A model without Python behind it (a handout) needs only `get`,
// `set`, `save_changes`, `on` and `off`: what it does not have is not offered.

const SOURCE_KINDS = { k: "keyword", c: "comment", s: "string", m: "number" };
const KEYS = [
  ["n, p", "next and previous step"],
  ["→, ←", "the same"],
  ["↓, ↑", "on a function of the picture: to a callee, to a caller; on the source: choose a line"],
  ["Enter", "show the function that has the focus"],
  ["/", "search a function"],
  ["?", "show and hide this list"],
  ["Esc", "leave the search and this list"],
];
const AROUND = 3; // lines that are the same shown beside those that are not
const MATCHES = 12;
let instances = 0;

/** An element; `attributes` may hold on... listeners, children are elements or text. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.flat(2));
  return element;
}

/** A place as a link to the mirror, or as text where there is none. */
function place(text, address) {
  if (!text) return [];
  const code = make("code", {}, text);
  if (!/^https:\/\//.test(address || "")) return [code];
  return [make("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, code)];
}

/** Prose, in which `...` is what a reader types. */
function prose(text) {
  return text.split("`").map((part, index, all) => (index % 2 && index < all.length - 1 ? make("code", {}, part) : part));
}

function name_of(key) {
  return key.split("@")[0];
}

function listed(words, most = 8) {
  return words.length > most ? `${words.slice(0, most).join(", ")} and ${words.length - most} more` : words.join(", ");
}

function lines_on(notes) {
  const on = new Set();
  for (const note of notes) for (let line = note.first; line <= note.last; line += 1) on.add(line);
  return on;
}

function note_parts(note, with_lines) {
  const here = note.first && with_lines;
  const lines = note.first === note.last ? `${note.first}` : `${note.first}–${note.last}`;
  return [
    make("p", { class: "xp-name" }, make("strong", {}, note.title), " ",
      here ? make("span", { class: "xp-line" }, lines) : place(note.place, note.link),
      note.sure ? make("em", {}, ` ${note.sure}`) : "", note.own ? make("em", {}, " yours") : ""),
    ...note.text.map((text) => make("p", {}, prose(text))),
  ];
}

function note_box(note, with_lines, style = "") {
  return make("aside", { class: `xp-note ${style}`, "aria-label": `Note: ${note.title}` }, note_parts(note, with_lines));
}

/** A line of source; `sign` is what stands between number and text where two releases are compared. */
function row(line, on, sign) {
  const words = line.tokens.map(([kind, text, key]) => {
    if (key) return make("span", { class: "xp-link", role: "link", tabindex: "0", "data-key": key }, text);
    const style = kind === "kt" ? "type" : kind.startsWith("cp") ? "macro" : SOURCE_KINDS[kind[0]];
    return style ? make("span", { class: `xp-${style}` }, text) : text;
  });
  return make("div", { class: on.has(line.number) ? "xp-row xp-on" : "xp-row", "data-line": line.number },
    make("span", { class: "xp-number" }, `${line.number}`), sign === undefined ? "" : make("span", { class: "xp-sign" }, sign),
    make("span", { class: "xp-text" }, words.length ? words : "\u200b"));
}

/** A button in the place of lines that are folded away; `rows` makes them when they are asked for. */
function fold(count, rows, done) {
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
function source_of(page, done) {
  const on = lines_on(page.notes);
  const inside = make("div", { class: "xp-source", role: "region", tabindex: "0", "aria-label": `Source of ${page.title}` });
  let piece = null;
  let folded = [];
  const unfold = () => {
    const hidden = folded;
    folded = [];
    if (hidden.length) piece.firstChild.append(fold(hidden.length, () => hidden.map((line) => row(line, on)), done));
  };
  for (const line of page.lines) {
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

/** Runs of rows that are the same, and of rows that are not. */
function runs(rows) {
  const found = [];
  for (const each of rows) {
    const same = each[0] === "same";
    if (!found.length || found[found.length - 1].same !== same) found.push({ same, rows: [] });
    found[found.length - 1].rows.push(each);
  }
  return found;
}

/** Two releases of a function: side by side where there is room, else what is gone above what is new. */
function both_sources(page, beside, done) {
  const [old, now] = [page, beside.page].map((each) => new Map(each.lines.map((line) => [line.number, line])));
  const [was_on, is_on] = [lines_on(page.notes), lines_on(beside.page.notes)];
  const block = (rows, same) => make("div", { class: same ? "xp-block" : "xp-block xp-differs" },
    make("div", { class: "xp-side" }, rows.filter((each) => each[1]).map((each) => row(old.get(each[1]), was_on, same ? " " : "−"))),
    make("div", { class: "xp-side" }, rows.filter((each) => each[2]).map((each) => row(now.get(each[2]), is_on, same ? " " : "+"))));
  const inside = make("div", { class: "xp-source xp-both", role: "region", tabindex: "0", "aria-label": `${page.title} in ${page.version} and ${beside.version}` });
  const parts = runs(beside.rows);
  parts.forEach(({ same, rows }, index) => {
    const first = index ? AROUND : 0;
    const last = index + 1 < parts.length ? AROUND : 0;
    const hidden = rows.slice(first, rows.length - last);
    if (!same || hidden.length <= AROUND) inside.append(block(rows, same));
    else {
      if (first) inside.append(block(rows.slice(0, first), true));
      inside.append(fold(hidden.length, () => [block(hidden, true)], done));
      if (last) inside.append(block(rows.slice(-last), true));
    }
  });
  return inside;
}

/** What became of notes or calls, a line each; `path` is not said again. */
function changes(title, rows, beside, path, inside = () => []) {
  const words = { new: `new in ${beside.version}`, gone: `not in ${beside.version}` };
  const items = rows.map((each) => {
    const where = [...new Set([each.before, each.after].filter(Boolean).map((text) => text.replace(path, "")))].join(" → ");
    const head = make("span", { class: "xp-changed" },
      make("em", { class: `xp-${each.change.replace(" ", "-")}` }, words[each.change] || each.change), make("span", {}, each.name), make("span", { class: "xp-line" }, where));
    const more = inside(each);
    return make("li", {}, more.length ? make("details", {}, make("summary", {}, head), more) : head);
  });
  return rows.length ? [make("h5", {}, title), make("ul", { class: "xp-changes" }, items)] : [];
}

/** Everything that two releases say of one function. */
function compared(page, beside, done) {
  const other = beside.page;
  const versions = [[page.version, page], [beside.version, other]];
  const told = (note) => versions.flatMap(([version, side]) =>
    [...(side.notes || []), ...(side.apart || [])].filter((each) => each.title === note.name)
      .map((each) => [make("p", { class: "xp-line" }, version), ...each.text.map((text) => make("p", {}, prose(text)))])).flat();
  const word = { gone: "is not there", moved: "has moved", same: "is the same", changed: "has changed" }[beside.change] || beside.change;
  const sure = beside.read ? "" : ", as far as its length and its calls tell";
  const path = page.place.replace(/\d+$/, "");
  const renamed = other.title && other.title !== page.title ? `is ${other.title} and ` : "";
  return [
    make("p", {}, `In ${beside.version} ${page.title} ${renamed}${word}${sure}.`),
    ...changes("Notes", beside.notes, beside, path, told),
    make("h5", {}, "Source"),
    make("div", { class: "xp-heads" }, versions.map(([version, side]) => make("p", {}, make("strong", {}, version), " ",
      side.title && side.title !== page.title ? [make("code", {}, side.title), " "] : "", place(side.place, side.link),
      make("span", { class: "xp-quiet" }, ` ${(side.trust || []).join(" · ")}`)))),
    ...(beside.rows.length ? [both_sources(page, beside, done)] : changes("Calls", beside.calls.filter((each) => each.change !== "same"), beside, path)),
    ...(other.lacking && !beside.rows.length ? [make("p", { class: "xp-lacking" }, prose(other.lacking))] : []),
  ];
}

/** The functions whose names hold what was typed, those that begin with it first. */
function matches(names, typed) {
  const wanted = typed.trim().toLowerCase();
  if (!wanted) return [];
  const found = [];
  for (const [path, rows] of Object.entries(names)) {
    for (const name of rows) {
      const at = name.toLowerCase().indexOf(wanted);
      if (at >= 0) found.push({ name, path, rank: [name.length === wanted.length ? 0 : 1, at ? 1 : 0, name.length] });
    }
  }
  const order = (a, b) => a.rank[0] - b.rank[0] || a.rank[1] - b.rank[1] || a.rank[2] - b.rank[2] || (a.name < b.name ? -1 : 1);
  return found.sort(order).slice(0, MATCHES);
}

function render({ model, el }) {
  const own = `xp-${(instances += 1)}`; // ids are unique in the page
  const state = (name, otherwise) => model.get(name) ?? otherwise;
  const button = (text, run, title) => make("button", { type: "button", title, onclick: run }, text);
  const toggle = (text, name) => {
    const box = make("input", { type: "checkbox", onchange: () => set(name, box.checked) });
    const show = () => { box.checked = Boolean(state(name)); };
    return { label: make("label", { class: "xp-toggle" }, box, text), show, offered: model.get(name) !== undefined };
  };
  const status = make("p", { class: "xp-status", role: "status", "aria-live": "polite" });
  const previous = button("Previous", () => go(-1), "p");
  const next = button("Next", () => go(1), "n");
  const version = make("select", { onchange: () => set("version", version.value) });
  const other = make("select", { onchange: () => set("compare", other.value) });
  const list = make("ul", { class: "xp-matches", id: `${own}-matches`, role: "listbox", "aria-label": "Functions found", hidden: "" });
  const search = make("input", {
    type: "text", class: "xp-search", role: "combobox", "aria-label": "Search a function", "aria-expanded": "false",
    "aria-controls": list.id, "aria-autocomplete": "list", autocomplete: "off", spellcheck: "false", placeholder: "Search a function  /",
    oninput: () => look(), onblur: () => close_list(), onkeydown: (event) => in_search(event),
  });
  const title = make("h3", { class: "xp-title" });
  const steps = make("ol", { class: "xp-steps", "aria-label": "Steps" });
  const picture = make("div", {
    class: "xp-picture", role: "region", tabindex: "0",
    "aria-label": "Route map; on a function, arrow up goes to a caller, arrow down to a callee",
  });
  const toggles = { all_edges: toggle("All calls", "all_edges"), macros: toggle("Macros", "macros"), conditions: toggle("Conditions", "conditions") };
  const said = make("p", { class: "xp-quiet xp-said" });
  const help = make("section", { class: "xp-help", "aria-label": "Keys", hidden: "" },
    make("dl", {}, KEYS.map(([key, words]) => [make("dt", {}, key), make("dd", {}, words)])));
  const helped = make("button", { type: "button", title: "?", "aria-expanded": "false", onclick: () => ask() }, "Keys");
  const pane = make("section", { class: "xp-pane", tabindex: "-1", "aria-label": "Source and notes" });
  const writing = note_form();
  const root = make("div", { class: "xp" },
    make("div", { class: "xp-head" }, title,
      make("div", { class: "xp-bar", role: "group", "aria-label": "Tour" }, previous, next,
        make("label", {}, "Linux ", version),
        model.get("compare") === undefined ? "" : make("label", {}, "beside ", other),
        make("div", { class: "xp-find" }, search, list))),
    make("div", { class: "xp-body" }, make("div", { class: "xp-top" }, steps, make("div", { class: "xp-map" }, picture,
      make("div", { class: "xp-bar xp-tools", role: "group", "aria-label": "Picture" },
        Object.values(toggles).filter((each) => each.offered).map((each) => each.label),
        button("Save picture", save), helped), said)),
    make("div", { class: "xp-reading" }, help, pane, writing.element)), status);
  const boxes = new Map();
  let buttons = [];
  let near; // the function whose name, or box, is under the pointer

  function set(name, value) {
    model.set(name, value);
    model.save_changes();
  }

  function go(by) {
    const count = model.get("chart").steps.length;
    const wanted = Math.min(Math.max(model.get("step") + by, 1), count);
    if (wanted !== model.get("step")) set("step", wanted);
    else choose(model.get("chart").steps[wanted - 1].function);
  }

  function choose(key) {
    if (key && key !== model.get("selected")) set("selected", key);
  }

  // JupyterLab matches its keys on the focused element itself, before they bubble: mark all that takes the focus.
  function mark() {
    for (const each of root.querySelectorAll("a, button, select, input, textarea, summary, [tabindex]")) each.setAttribute("data-lm-suppress-shortcuts", "true");
  }

  /** Draw without losing the focus: outside of the root, keys would be JupyterLab's. */
  function holding(draw) {
    const inside = root.contains(document.activeElement);
    draw();
    mark();
    if (inside && !root.contains(document.activeElement)) pane.focus({ preventScroll: true });
  }

  function draw_chart() {
    const chart = model.get("chart");
    title.textContent = chart.title || "";
    const parsed = new DOMParser().parseFromString(chart.svg || "<svg/>", "image/svg+xml").documentElement;
    picture.replaceChildren(document.importNode(parsed, true));
    picture.firstChild.setAttribute("role", "group"); // an image would hide the boxes in it
    const wide = Number(parsed.getAttribute("width"));
    if (wide > 960) picture.firstChild.style.minWidth = `${wide}px`; // no map: it is read by scrolling
    boxes.clear();
    for (const box of picture.querySelectorAll("[data-function]")) {
      const key = box.getAttribute("data-function");
      if (!boxes.has(key)) boxes.set(key, []);
      boxes.get(key).push(box);
      box.setAttribute("role", "button");
      box.addEventListener("click", () => choose(key));
    }
    buttons = (chart.steps || []).map((step, index) =>
      make("button", { type: "button", title: step.summary || undefined, onclick: () => {
        if (model.get("step") !== index + 1) set("step", index + 1);
        else choose(step.function);
      } }, step.title));
    steps.replaceChildren(...buttons.map((each) => make("li", {}, each)));
    Object.values(toggles).forEach((each) => each.show());
    overlay();
    light();
  }

  /** What is drawn over the picture: conditions or not, what another release lacks, a trace. */
  function overlay() {
    const beside = state("beside", {});
    const trace = state("trace", []);
    const gone = new Set((beside.gone || []).map((pair) => pair.join(" ")));
    const traced = new Map(trace.map(([caller, callee, what]) => [`${caller} ${callee}`, what]));
    const ran = new Set(trace.filter((each) => each[2] !== "unseen").flatMap((each) => each.slice(0, 2)));
    picture.classList.toggle("xp-plain", state("conditions") === false);
    for (const [key, found] of boxes) {
      const change = beside.functions?.[name_of(key)];
      const words = [change === "gone" ? `not in ${beside.version}` : change || "", trace.length && !ran.has(key) ? "not in the trace" : ""];
      for (const box of found) {
        box.classList.toggle("xp-gone", change === "gone");
        box.classList.toggle("xp-unseen", trace.length > 0 && !ran.has(key));
        const texts = [...box.querySelectorAll("text")].map((each) => each.textContent);
        box.setAttribute("aria-label", [texts.join(" "), ...words].filter(Boolean).join(", "));
      }
    }
    for (const edge of picture.querySelectorAll("[data-calls]")) {
      const keys = edge.getAttribute("data-calls").split(" ");
      const pairs = keys.flatMap((key, index) => (index % 2 ? [] : [[key, keys[index + 1]]])).filter((pair) => pair[1]);
      const seen = pairs.some((pair) => traced.get(pair.join(" ")) === "seen");
      edge.classList.toggle("xp-gone", pairs.length > 0 && pairs.every((pair) => gone.has(pair.map(name_of).join(" "))));
      edge.classList.toggle("xp-seen", seen);
      edge.classList.toggle("xp-unseen", trace.length > 0 && !seen);
    }
    picture.querySelector(".xp-extra")?.remove();
    const extra = document.createElementNS("http://www.w3.org/2000/svg", "g");
    extra.setAttribute("class", "xp-extra");
    for (const [caller, callee, what] of trace) if (what === "unexpected") extra.append(...arrow(caller, callee));
    picture.firstChild.append(extra);
    tell(beside, trace);
  }

  /** A line for a call that ran and that the source does not show. */
  function arrow(caller, callee) {
    const ends = [caller, callee].map((key) => boxes.get(key)?.[0].getBBox());
    if (!ends[0] || !ends[1]) return [];
    const [ax, bx] = ends.map((box) => box.x + box.width / 2);
    const [ay, by] = ends.map((box) => box.y + box.height / 2);
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    line.setAttribute("d", `M${ax} ${ay}Q${(ax + bx) / 2 + 24} ${(ay + by) / 2} ${bx} ${by}`);
    return [line];
  }

  /** The same in words, below the picture. */
  function tell(beside, trace) {
    const words = [];
    if (beside.version) {
      const named = (change) => Object.entries(beside.functions).filter((each) => each[1] === change).map((each) => each[0]);
      const rows = [[`new in ${beside.version}`, named("new")], [`not in ${beside.version} (dotted)`, named("gone")], ["changed", named("changed")], ["moved", named("moved")]];
      const parts = rows.filter((each) => each[1].length).map(([word, names]) => `${word}: ${listed(names, 5)}`);
      words.push(parts.length ? `Beside ${beside.version}: ${parts.join("; ")}.` : `On these routes ${beside.version} is the same.`);
    }
    if (trace.length) {
      const count = (what) => trace.filter((each) => each[2] === what);
      const odd = count("unexpected").map((each) => `${name_of(each[0])} → ${name_of(each[1])}`);
      words.push(`Trace: ${count("seen").length} calls seen (heavy), ${count("unseen").length} not (pale)${odd.length ? `; not in the graph (broken): ${listed(odd)}` : ""}.`);
    }
    said.textContent = words.join(" ");
  }

  function draw_versions() {
    const options = () => model.get("versions").map((each) => make("option", { value: each }, each));
    version.replaceChildren(...options());
    other.replaceChildren(make("option", { value: "" }, "none"), ...options());
    show_versions();
  }

  function show_versions() {
    version.value = model.get("version");
    other.value = state("compare", "");
  }

  /** Light the selected function and the step; bring the box into view without moving the page. */
  function light() {
    const selected = model.get("selected");
    const step = model.get("step");
    const first = boxes.has(selected) ? selected : boxes.keys().next().value;
    for (const [key, found] of boxes) {
      for (const box of found) {
        box.classList.toggle("xp-lit", key === selected);
        box.setAttribute("tabindex", key === first ? "0" : "-1");
        box.setAttribute("aria-pressed", key === selected ? "true" : "false");
      }
    }
    buttons.forEach((each, index) => {
      if (index + 1 === step) each.setAttribute("aria-current", "step");
      else each.removeAttribute("aria-current");
    });
    previous.setAttribute("aria-disabled", String(step <= 1));
    next.setAttribute("aria-disabled", String(step >= buttons.length));
    show();
  }

  function show() {
    show_within(picture, boxes.get(model.get("selected"))?.[0]);
    show_within(steps, buttons[model.get("step") - 1]);
  }

  function show_within(frame, element) {
    if (!element) return;
    const outer = frame.getBoundingClientRect();
    const inner = element.getBoundingClientRect();
    if (inner.top < outer.top || inner.bottom > outer.bottom) frame.scrollTop += inner.top - outer.top - (outer.height - inner.height) / 2;
    if (inner.left < outer.left || inner.right > outer.right) frame.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
  }

  function draw_page() {
    const page = model.get("page");
    const beside = state("beside", {});
    if (!page.title) return;
    const done = () => { mark(); show_line(); };
    const whole = beside.version ? compared(page, beside, done) : [
      ...(page.lines.length ? [source_of(page, done)] : []),
      ...page.apart.map((note) => note_box(note, page.lines.length, "xp-apart")),
      ...(page.absent.length ? [make("p", { class: "xp-quiet" }, `Not in this version: ${page.absent.join("; ")}.`)] : [])];
    pane.replaceChildren(
      make("ul", { class: "xp-trust", "aria-label": "How sure" }, page.trust.map((each) => make("li", {}, prose(each)))),
      make("div", { class: "xp-bar xp-where" },
        make("h4", {}, make("code", {}, page.title), " ", place(page.place, page.link)),
        page.place ? button("Copy link", copy) : ""),
      ...page.words.map((text) => make("p", {}, prose(text))),
      ...(page.lacking ? [make("p", { class: "xp-lacking" }, prose(page.lacking))] : []),
      ...whole);
    show_line();
  }

  function show_line() {
    const line = state("line", 0);
    for (const each of pane.querySelectorAll(".xp-chosen")) each.classList.remove("xp-chosen");
    const side = state("beside", {}).version ? ".xp-side:first-child " : "";
    pane.querySelector(`${side}[data-line="${Number(line)}"]`)?.classList.add("xp-chosen");
    writing.show(line);
  }

  /** A place that stays: as git would write it, and the mirror's address. */
  function link() {
    const page = model.get("page");
    const line = state("line", 0) || page.place.split(":").pop();
    const path = page.place.slice(0, page.place.lastIndexOf(":"));
    const address = page.link ? `\n${page.link.replace(/#.*$/, "")}#n${line}` : "";
    return `${page.version}:${path}:${line}${address}`;
  }

  function copy() {
    const text = link();
    const done = () => { status.textContent = `Copied ${text.split("\n")[0]}`; };
    const by_hand = () => { // where the page may not write to the clipboard by itself
      const area = make("textarea", { "aria-hidden": "true", class: "xp-status" });
      const before = document.activeElement;
      area.value = text;
      root.append(area);
      area.select();
      if (document.execCommand("copy")) done();
      else status.textContent = text;
      area.remove();
      before?.focus({ preventScroll: true });
    };
    if (navigator.clipboard) navigator.clipboard.writeText(text).then(done, by_hand);
    else by_hand();
  }

  function save() {
    const text = new XMLSerializer().serializeToString(picture.firstChild);
    const address = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
    make("a", { href: address, download: `${model.get("version")}-${state("tour", "routes")}.svg` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
    status.textContent = "The picture is saved";
  }

  function ask(shown = help.hidden) {
    help.hidden = !shown;
    helped.setAttribute("aria-expanded", String(shown));
  }

  /** The form for a note of the reader's own; Python keeps it, or says why it cannot. */
  function note_form() {
    const name = make("input", { type: "text", id: `${own}-name`, maxlength: "80" });
    const text = make("textarea", { id: `${own}-text`, rows: "3", maxlength: "2000" });
    const keep = make("button", { type: "submit" }, "Keep note");
    const where = make("p", { class: "xp-quiet" });
    const answer = make("p", { class: "xp-answer", role: "alert" });
    const form = make("form", { onsubmit: (event) => {
      event.preventDefault();
      answer.textContent = "";
      model.send({ title: name.value, text: text.value });
    } }, where, make("label", { for: name.id }, "Title"), name, make("label", { for: text.id }, "Text"), text, keep);
    const element = make("details", { class: "xp-writing" }, make("summary", {}, "Write a note"), form, answer);
    return {
      element,
      show(line) {
        element.hidden = !model.send || !model.get("page").lines?.length;
        where.textContent = line ? `On the statement of line ${line}.` : "Choose a line first: click its number, or press ↓ on the source.";
      },
      hear(message) {
        answer.textContent = message.refused ? `${message.refused[0].toUpperCase()}${message.refused.slice(1)}.` : "";
        if (!message.kept) return;
        status.textContent = `Kept: ${message.kept}`;
        form.reset();
        element.open = false;
      },
    };
  }

  function look() {
    const chart = model.get("chart");
    const drawn = () => [...boxes.keys()].reduce((all, key) => ({ ...all, [key.split("@")[1]]: [...(all[key.split("@")[1]] || []), name_of(key)] }), {});
    const found = matches(chart.names || drawn(), search.value);
    const none = search.value.trim() && !found.length;
    list.replaceChildren(...found.map(({ name, path }, index) => make("li", {
      role: "option", id: `${own}-match-${index}`, "data-key": `${name}@${path}`, "aria-selected": "false",
      onmousedown: (event) => { event.preventDefault(); take(`${name}@${path}`); },
    }, make("code", {}, name), " ", make("span", { class: "xp-line" }, path))));
    list.hidden = !found.length;
    search.setAttribute("aria-expanded", String(found.length > 0));
    search.removeAttribute("aria-activedescendant");
    if (none) status.textContent = `No function is named like ${search.value}`;
    else if (found.length) status.textContent = `${found.length} found`;
  }

  function close_list() {
    list.hidden = true;
    search.setAttribute("aria-expanded", "false");
  }

  function take(key) {
    close_list();
    search.value = "";
    choose(key);
  }

  function in_search(event) {
    const options = [...list.children];
    const at = options.findIndex((each) => each.getAttribute("aria-selected") === "true");
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by && options.length) {
      const to = (at + by + options.length + (at < 0 && by < 0 ? 1 : 0)) % options.length;
      options.forEach((each, index) => each.setAttribute("aria-selected", String(index === to)));
      search.setAttribute("aria-activedescendant", options[to].id);
    } else if (event.key === "Enter" && options.length && !list.hidden) take(options[Math.max(at, 0)].dataset.key);
    else return;
    event.preventDefault();
  }

  function announce() {
    const page = model.get("page");
    const chart = model.get("chart");
    const beside = chart.steps[model.get("step") - 1]?.function !== model.get("selected");
    status.textContent = beside ? `${page.title}, ${page.place}` : `Step ${model.get("step")} of ${chart.steps.length}: ${page.title}, ${page.place}`;
  }

  function choose_line(number) {
    set("line", number);
    status.textContent = `Line ${number}`;
  }

  function step_line(by) {
    const numbers = [...pane.querySelectorAll("[data-line]")].filter((each) => each.offsetParent).map((each) => Number(each.dataset.line));
    const at = numbers.indexOf(state("line", 0));
    const to = numbers[at < 0 ? 0 : Math.min(Math.max(at + by, 0), numbers.length - 1)];
    if (to === undefined) return;
    choose_line(to);
    pane.querySelector(".xp-chosen")?.scrollIntoView({ block: "nearest" });
  }

  function follow(event) {
    const number = event.target.closest?.(".xp-number");
    if (number && event.type === "click" && !number.closest(".xp-side:last-child")) choose_line(Number(number.parentNode.dataset.line));
    const name = event.target.closest?.(".xp-link");
    if (!name || !pane.contains(name)) return false;
    choose(name.dataset.key);
    return true;
  }

  /** A name in the source and its box in the picture light together, whichever is pointed at. */
  function hover(event) {
    const at = event.target.closest?.(".xp-link, [data-function]");
    const key = at?.dataset.key || at?.dataset.function;
    if (key === near) return;
    for (const each of root.querySelectorAll(".xp-near")) each.classList.remove("xp-near");
    for (const box of boxes.get(key) || []) box.classList.add("xp-near");
    for (const name of pane.querySelectorAll(".xp-link")) if (name.dataset.key === key) name.classList.add("xp-near");
    near = key;
  }

  function along(key, name) {
    const rows = model.get("chart").calls;
    const found = name === "ArrowDown" ? rows.filter((each) => each[0] === key).map((each) => each[1]) : rows.filter((each) => each[1] === key).map((each) => each[0]);
    const there = found.find((each) => boxes.has(each));
    if (!there) return;
    boxes.get(there)[0].focus({ preventScroll: true });
    choose(there);
  }

  function key(event) {
    if (!event.ctrlKey && !event.metaKey && !(event.shiftKey && event.key === "Enter")) event.stopPropagation();
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      ask(false);
      close_list();
      if (event.target === search) pane.focus({ preventScroll: true });
      return;
    }
    if (/^(SELECT|TEXTAREA)$/.test(event.target.tagName) || (event.target.tagName === "INPUT" && event.target.type === "text")) return;
    const box = event.target.closest?.("[data-function]");
    const source = event.target.closest?.(".xp-source");
    const press = event.key === "Enter" || event.key === " ";
    const sideways = event.key === "ArrowRight" || event.key === "ArrowLeft";
    const upright = event.key === "ArrowDown" || event.key === "ArrowUp";
    if (event.key === "n" || event.key === "p") go(event.key === "n" ? 1 : -1);
    else if (event.key === "/") search.focus();
    else if (event.key === "?") ask();
    else if (sideways && event.target !== picture && !source) go(event.key === "ArrowRight" ? 1 : -1);
    else if (box && press) choose(box.dataset.function);
    else if (box && upright) along(box.dataset.function, event.key);
    else if (source && upright) step_line(event.key === "ArrowDown" ? 1 : -1);
    else if (!(press && follow(event))) return;
    event.preventDefault();
  }

  const events = {
    "change:chart": () => holding(draw_chart),
    "change:versions": draw_versions,
    "change:version": show_versions,
    "change:compare": show_versions,
    "change:selected": light,
    "change:step": light,
    "change:line": show_line,
    "change:trace": overlay,
    "change:conditions": () => { toggles.conditions.show(); overlay(); },
    "change:page": () => { holding(draw_page); announce(); },
    "change:beside": () => { overlay(); holding(draw_page); },
    "msg:custom": (message) => writing.hear(message),
  };
  for (const [name, run] of Object.entries(events)) model.on(name, run);
  root.addEventListener("keydown", key);
  for (const name of ["keyup", "keypress"]) root.addEventListener(name, (event) => event.stopPropagation());
  for (const name of ["mouseover", "focusin"]) root.addEventListener(name, hover);
  pane.addEventListener("click", follow);
  el.append(root);
  draw_versions();
  draw_chart();
  draw_page();
  mark();
  const resized = new ResizeObserver(show);
  resized.observe(root);
  return () => {
    resized.disconnect();
    for (const [name, run] of Object.entries(events)) model.off(name, run);
    root.remove();
  };
}

export default { render };
