// Two releases of one function side by side.

import { make, place, prose } from "./dom.js";
import { fold, lines_of, lines_on, row } from "./source.js";

const AROUND = 3; // lines that are the same shown beside those that are not

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
  const [old, now] = [page, beside.page].map((each) => new Map(lines_of(each).map((line) => [line.number, line])));
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
export function compared(page, beside, done) {
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
