// The reading pane: the source of a function with its notes, or of two releases of it; a line of it is chosen.

import { compared } from "./beside.js";
import { make, place, prose } from "./dom.js";
import { note_box, source_of } from "./source.js";

export class Pane {
  /**
   * `choose` takes the FUNC@SRC of a name that is pressed, `choose_line` a number, `act` what is asked of a note of the
   * reader's; `say` tells what was done, `drawn` follows lines unfolded.
   */
  constructor({ choose, choose_line, act, say, drawn }) {
    Object.assign(this, { choose, choose_line, act, say, drawn });
    this.page = {};
    this.beside = {};
    this.line = 0;
    this.element = make("section", { class: "xp-pane", tabindex: "-1", "aria-label": "Source and notes", onclick: (event) => this.press(event) });
  }

  draw({ page, beside }) {
    Object.assign(this, { page, beside });
    if (!page.title) return;
    const done = () => { this.drawn(); this.show_line(this.line); };
    this.element.replaceChildren(
      make("ul", { class: "xp-trust", "aria-label": "How sure" }, page.trust.map((each) => make("li", {}, prose(each)))),
      make("div", { class: "xp-bar xp-where" },
        make("h4", {}, make("code", {}, page.title), " ", place(page.place, page.link)),
        page.place ? make("button", { type: "button", onclick: () => this.copy() }, "Copy link") : ""),
      ...page.words.map((text) => make("p", {}, prose(text))),
      ...(page.lacking ? [make("p", { class: "xp-lacking" }, prose(page.lacking))] : []),
      ...(beside.version ? compared(page, beside, done) : this.told(done)));
    this.show_line(this.line);
  }

  /** The source of one release, and what is said without a line in it. */
  told(done) {
    const { absent, apart, lines } = this.page;
    return [
      ...(lines.length ? [source_of(this.page, done)] : []),
      ...apart.map((note) => note_box(note, lines.length, "xp-apart")),
      ...(absent ? [make("p", { class: "xp-quiet" }, `Not in this version: ${absent}.`)] : []),
    ];
  }

  show_line(line) {
    this.line = line;
    const side = this.beside.version ? ".xp-side:first-child " : "";
    for (const each of this.element.querySelectorAll(".xp-chosen")) each.classList.remove("xp-chosen");
    this.element.querySelector(`${side}[data-line="${line}"]`)?.classList.add("xp-chosen");
  }

  step_line(by) {
    const rows = [...this.element.querySelectorAll("[data-line]")].filter((each) => each.offsetParent);
    const numbers = rows.map((each) => Number(each.dataset.line));
    const at = numbers.indexOf(this.line);
    const to = numbers[at < 0 ? 0 : Math.min(Math.max(at + by, 0), numbers.length - 1)];
    if (to === undefined) return;
    this.choose_line(to);
    this.element.querySelector(".xp-chosen")?.scrollIntoView({ block: "nearest" });
  }

  /** Do what a key asks for in the source; false if it asks for nothing. */
  walk(key, target) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[key];
    if (!by || !target.closest(".xp-source")) return (key === "Enter" || key === " ") && target.matches(".xp-link") && this.press({ target });
    this.step_line(by);
    return true;
  }

  /** The functions that the source names. */
  names() {
    return [...this.element.querySelectorAll(".xp-link")];
  }

  /** A press on a number chooses the line, on a name it goes there, on a button of a note it acts. */
  press(event) {
    const { act, note } = event.target.dataset || {};
    if (note) this.act(act, [...this.page.notes, ...this.page.apart].find((each) => each.id === note));
    const number = event.target.closest?.(".xp-number");
    if (number && !number.closest(".xp-side:last-child")) this.choose_line(Number(number.parentNode.dataset.line));
    const name = event.target.closest?.(".xp-link");
    if (name) this.choose(name.dataset.key);
    return Boolean(name);
  }

  /** A place that stays: as git would write it, and the mirror's address. */
  link() {
    const { place: at, link, version } = this.page;
    const line = this.line || at.split(":").pop();
    return `${version}:${at.slice(0, at.lastIndexOf(":"))}:${line}${link ? `\n${link.replace(/#.*$/, "")}#n${line}` : ""}`;
  }

  copy() {
    const text = this.link();
    const done = () => this.say(`Copied ${text.split("\n")[0]}`);
    if (navigator.clipboard) navigator.clipboard.writeText(text).then(done, () => this.copy_by_hand(text, done));
    else this.copy_by_hand(text, done);
  }

  /** Where the page may not write to the clipboard by itself. */
  copy_by_hand(text, done) {
    const area = make("textarea", { "aria-hidden": "true", class: "xp-status" });
    const before = document.activeElement;
    area.value = text;
    this.element.append(area);
    area.select();
    if (document.execCommand("copy")) done();
    else this.say(text);
    area.remove();
    before?.focus({ preventScroll: true });
  }
}
