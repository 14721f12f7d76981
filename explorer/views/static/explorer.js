// The widget's front end, in parts that explorer/views/module.py puts into the one ES module a notebook loads; no
// request. The one piece of markup is the picture, which our own writer escapes. A model without Python behind it needs
// only `get`, `set`, `save_changes`, `on` and `off`: what it does not have is not offered.

import { compared } from "./beside.js";
import { make, name_of, place, prose } from "./dom.js";
import { Finder } from "./finder.js";
import { Picture, show_within } from "./picture.js";
import { note_box, source_of } from "./source.js";
import { Writing } from "./writing.js";

const KEYS = [
  ["n, p", "next and previous step"],
  ["→, ←", "the same"],
  ["↓, ↑", "on a function of the picture: to a callee, to a caller; on the source: choose a line"],
  ["Enter", "show the function that has the focus"],
  ["/", "search a function"],
  ["?", "show and hide this list"],
  ["Esc", "leave the search and this list"],
];
const TOGGLES = { all_edges: "All calls", macros: "Macros", conditions: "Conditions" };
let instances = 0;

class Explorer {
  constructor(model) {
    const own = `xp-${(instances += 1)}`; // ids are unique in the page
    const choose = (key) => this.choose(key);
    const say = (words) => { this.status.textContent = words; };
    this.model = model;
    this.buttons = []; // of the steps
    this.near = undefined; // the function whose name, or box, is under the pointer
    this.status = make("p", { class: "xp-status", role: "status", "aria-live": "polite" });
    this.picture = new Picture(choose);
    this.finder = new Finder(own, { names: () => this.names(), choose, say });
    this.writing = new Writing(own, { send: (message) => model.send(message), say });
    this.build();
    this.listen();
  }

  get(name, otherwise) {
    return this.model.get(name) ?? otherwise;
  }

  set(name, value) {
    this.model.set(name, value);
    this.model.save_changes();
  }

  button(text, run, title) {
    return make("button", { type: "button", title, onclick: run }, text);
  }

  build() {
    this.previous = this.button("Previous", () => this.go(-1), "p");
    this.next = this.button("Next", () => this.go(1), "n");
    this.version = make("select", { onchange: () => this.set("version", this.version.value) });
    this.other = make("select", { onchange: () => this.set("compare", this.other.value) });
    this.title = make("h3", { class: "xp-title" });
    this.steps = make("ol", { class: "xp-steps", "aria-label": "Steps" });
    this.toggles = Object.fromEntries(Object.keys(TOGGLES).filter((name) => this.get(name) !== undefined).map((name) => [name,
      make("input", { type: "checkbox", onchange: (event) => this.set(name, event.target.checked) })]));
    this.help = make("section", { class: "xp-help", "aria-label": "Keys", hidden: "" },
      make("dl", {}, KEYS.map(([key, words]) => [make("dt", {}, key), make("dd", {}, words)])));
    this.helped = make("button", { type: "button", title: "?", "aria-expanded": "false", onclick: () => this.ask() }, "Keys");
    this.pane = make("section", { class: "xp-pane", tabindex: "-1", "aria-label": "Source and notes" });
    this.root = make("div", { class: "xp" }, this.head(), make("div", { class: "xp-body" },
      make("div", { class: "xp-top" }, this.steps, make("div", { class: "xp-map" }, this.picture.frame, this.tools(), this.picture.said)),
      make("div", { class: "xp-reading" }, this.help, this.pane, this.writing.element)), this.status);
  }

  head() {
    const beside = this.get("compare") === undefined ? "" : make("label", {}, "beside ", this.other);
    return make("div", { class: "xp-head" }, this.title,
      make("div", { class: "xp-bar", role: "group", "aria-label": "Tour" },
        this.previous, this.next, make("label", {}, "Linux ", this.version), beside, this.finder.element));
  }

  tools() {
    const labels = Object.entries(this.toggles).map(([name, box]) => make("label", { class: "xp-toggle" }, box, TOGGLES[name]));
    return make("div", { class: "xp-bar xp-tools", role: "group", "aria-label": "Picture" },
      labels, this.button("Save picture", () => this.save()), this.helped);
  }

  listen() {
    this.events = {
      "change:chart": () => this.holding(() => this.draw_chart()),
      "change:versions": () => this.draw_versions(),
      "change:version": () => this.show_versions(),
      "change:compare": () => this.show_versions(),
      "change:selected": () => this.light(),
      "change:step": () => this.light(),
      "change:line": () => this.show_line(),
      "change:trace": () => this.overlay(),
      "change:conditions": () => this.overlay(),
      "change:page": () => { this.holding(() => this.draw_page()); this.announce(); },
      "change:beside": () => { this.overlay(); this.holding(() => this.draw_page()); },
      "msg:custom": (message) => this.writing.hear(message),
    };
    for (const [name, run] of Object.entries(this.events)) this.model.on(name, run);
    this.root.addEventListener("keydown", (event) => this.key(event));
    for (const name of ["keyup", "keypress"]) this.root.addEventListener(name, (event) => event.stopPropagation());
    for (const name of ["mouseover", "focusin"]) this.root.addEventListener(name, (event) => this.hover(event));
    this.pane.addEventListener("click", (event) => this.press(event));
    this.resized = new ResizeObserver(() => this.show());
    this.resized.observe(this.root);
  }

  leave() {
    this.resized.disconnect();
    for (const [name, run] of Object.entries(this.events)) this.model.off(name, run);
    this.root.remove();
  }

  draw() {
    this.draw_versions();
    this.draw_chart();
    this.draw_page();
    this.mark();
  }

  // JupyterLab matches its keys on the focused element itself, before they bubble: mark all that takes the focus.
  mark() {
    for (const each of this.root.querySelectorAll("a, button, select, input, textarea, summary, [tabindex]")) each.setAttribute("data-lm-suppress-shortcuts", "true");
  }

  /** Draw without losing the focus: outside of the root, keys would be JupyterLab's. */
  holding(draw) {
    const inside = this.root.contains(document.activeElement);
    draw();
    this.mark();
    if (inside && !this.root.contains(document.activeElement)) this.pane.focus({ preventScroll: true });
  }

  go(by) {
    const rows = this.get("chart").steps;
    const wanted = Math.min(Math.max(this.get("step") + by, 1), rows.length);
    this.take(wanted, rows[wanted - 1]);
  }

  /** Go to a step, also back to it from a function beside the tour. */
  take(number, step) {
    if (number !== this.get("step")) this.set("step", number);
    else this.choose(step.function);
  }

  choose(key) {
    if (key && key !== this.get("selected")) this.set("selected", key);
  }

  /** The names to search: those that Python gave, else those in the picture. */
  names() {
    const found = {};
    for (const key of this.picture.boxes.keys()) (found[key.split("@")[1]] ??= []).push(name_of(key));
    return this.get("chart").names || found;
  }

  draw_chart() {
    const chart = this.get("chart");
    this.title.textContent = chart.title || "";
    this.picture.draw(chart.svg);
    this.buttons = (chart.steps || []).map((step, index) => this.button(step.title, () => this.take(index + 1, step), step.summary || undefined));
    this.steps.replaceChildren(...this.buttons.map((each) => make("li", {}, each)));
    this.overlay();
    this.light();
  }

  overlay() {
    for (const [name, box] of Object.entries(this.toggles)) box.checked = Boolean(this.get(name));
    this.picture.overlay(this.get("beside", {}), this.get("trace", []), this.get("conditions", true));
  }

  draw_versions() {
    const options = () => this.get("versions").map((each) => make("option", { value: each }, each));
    this.version.replaceChildren(...options());
    this.other.replaceChildren(make("option", { value: "" }, "none"), ...options());
    this.show_versions();
  }

  show_versions() {
    this.version.value = this.get("version");
    this.other.value = this.get("compare", "");
  }

  /** Light the selected function and the step. */
  light() {
    const step = this.get("step");
    this.picture.light(this.get("selected"));
    this.buttons.forEach((each, index) => {
      if (index + 1 === step) each.setAttribute("aria-current", "step");
      else each.removeAttribute("aria-current");
    });
    this.previous.setAttribute("aria-disabled", String(step <= 1));
    this.next.setAttribute("aria-disabled", String(step >= this.buttons.length));
    this.show();
  }

  show() {
    this.picture.show(this.get("selected"));
    show_within(this.steps, this.buttons[this.get("step") - 1]);
  }

  draw_page() {
    const page = this.get("page");
    if (!page.title) return;
    const beside = this.get("beside", {});
    const done = () => { this.mark(); this.show_line(); };
    this.pane.replaceChildren(
      make("ul", { class: "xp-trust", "aria-label": "How sure" }, page.trust.map((each) => make("li", {}, prose(each)))),
      make("div", { class: "xp-bar xp-where" },
        make("h4", {}, make("code", {}, page.title), " ", place(page.place, page.link)),
        page.place ? this.button("Copy link", () => this.copy()) : ""),
      ...page.words.map((text) => make("p", {}, prose(text))),
      ...(page.lacking ? [make("p", { class: "xp-lacking" }, prose(page.lacking))] : []),
      ...(beside.version ? compared(page, beside, done) : this.told(page, done)));
    this.show_line();
  }

  /** The source of one release, and what is said without a line in it. */
  told(page, done) {
    const absent = page.absent.length ? [make("p", { class: "xp-quiet" }, `Not in this version: ${page.absent.join("; ")}.`)] : [];
    const apart = page.apart.map((note) => note_box(note, page.lines.length, "xp-apart"));
    return [...(page.lines.length ? [source_of(page, done)] : []), ...apart, ...absent];
  }

  show_line() {
    const line = Number(this.get("line", 0));
    const side = this.get("beside", {}).version ? ".xp-side:first-child " : "";
    for (const each of this.pane.querySelectorAll(".xp-chosen")) each.classList.remove("xp-chosen");
    this.pane.querySelector(`${side}[data-line="${line}"]`)?.classList.add("xp-chosen");
    this.writing.show(line, Boolean(this.model.send && this.get("page").lines?.length));
  }

  choose_line(number) {
    this.set("line", number);
    this.status.textContent = `Line ${number}`;
  }

  step_line(by) {
    const numbers = [...this.pane.querySelectorAll("[data-line]")].filter((each) => each.offsetParent).map((each) => Number(each.dataset.line));
    const at = numbers.indexOf(this.get("line", 0));
    const to = numbers[at < 0 ? 0 : Math.min(Math.max(at + by, 0), numbers.length - 1)];
    if (to === undefined) return;
    this.choose_line(to);
    this.pane.querySelector(".xp-chosen")?.scrollIntoView({ block: "nearest" });
  }

  /** A place that stays: as git would write it, and the mirror's address. */
  link() {
    const page = this.get("page");
    const line = this.get("line", 0) || page.place.split(":").pop();
    const path = page.place.slice(0, page.place.lastIndexOf(":"));
    return `${page.version}:${path}:${line}${page.link ? `\n${page.link.replace(/#.*$/, "")}#n${line}` : ""}`;
  }

  copy() {
    const text = this.link();
    const done = () => { this.status.textContent = `Copied ${text.split("\n")[0]}`; };
    if (navigator.clipboard) navigator.clipboard.writeText(text).then(done, () => this.copy_by_hand(text, done));
    else this.copy_by_hand(text, done);
  }

  /** Where the page may not write to the clipboard by itself. */
  copy_by_hand(text, done) {
    const area = make("textarea", { "aria-hidden": "true", class: "xp-status" });
    const before = document.activeElement;
    area.value = text;
    this.root.append(area);
    area.select();
    if (document.execCommand("copy")) done();
    else this.status.textContent = text;
    area.remove();
    before?.focus({ preventScroll: true });
  }

  save() {
    this.picture.save(`${this.get("version")}-${this.get("tour", "routes")}.svg`);
    this.status.textContent = "The picture is saved";
  }

  ask(shown = this.help.hidden) {
    this.help.hidden = !shown;
    this.helped.setAttribute("aria-expanded", String(shown));
  }

  announce() {
    const page = this.get("page");
    const rows = this.get("chart").steps;
    const beside = rows[this.get("step") - 1]?.function !== this.get("selected");
    this.status.textContent = `${beside ? "" : `Step ${this.get("step")} of ${rows.length}: `}${page.title}, ${page.place}`;
  }

  /** A press in the source: on a number it chooses the line, on a name it goes there. */
  press(event) {
    const number = event.target.closest?.(".xp-number");
    if (number && !number.closest(".xp-side:last-child")) this.choose_line(Number(number.parentNode.dataset.line));
    const name = event.target.closest?.(".xp-link");
    this.choose(name?.dataset.key);
    return Boolean(name);
  }

  /** A name in the source and its box in the picture light together, whichever is pointed at. */
  hover(event) {
    const at = event.target.closest?.(".xp-link, [data-function]");
    const key = at?.dataset.key || at?.dataset.function;
    if (key === this.near) return;
    this.near = key;
    for (const each of this.root.querySelectorAll(".xp-near")) each.classList.remove("xp-near");
    const names = [...this.pane.querySelectorAll(".xp-link")].filter((each) => each.dataset.key === key);
    for (const each of [...(this.picture.boxes.get(key) || []), ...names]) each.classList.add("xp-near");
  }

  key(event) {
    const { key, target } = event;
    if (!event.ctrlKey && !event.metaKey && !(event.shiftKey && key === "Enter")) event.stopPropagation();
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (key === "Escape") this.escape(target);
    else if (!target.matches('select, textarea, input[type="text"]') && this.walk(key, target, event)) event.preventDefault();
  }

  escape(target) {
    this.ask(false);
    this.finder.close();
    if (target === this.finder.field) this.pane.focus({ preventScroll: true });
  }

  /** Do what a key asks for; false if it asks for nothing. */
  walk(key, target, event) {
    const box = target.closest("[data-function]");
    const source = target.closest(".xp-source");
    const press = key === "Enter" || key === " ";
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, n: 1, p: -1 }[key];
    const upright = key === "ArrowDown" || key === "ArrowUp";
    const sideways = by && !upright && key.length > 1;
    if (key === "/") this.finder.field.focus();
    else if (key === "?") this.ask();
    else if (box && press) this.choose(box.dataset.function);
    else if (box && upright) this.picture.along(this.get("chart").calls, box.dataset.function, by > 0);
    else if (source && upright) this.step_line(by);
    else if (by && !upright && !(sideways && (source || target === this.picture.frame))) this.go(by);
    else return press && target.matches(".xp-link") && this.press(event);
    return true;
  }
}

function render({ model, el }) {
  const explorer = new Explorer(model);
  el.append(explorer.root);
  explorer.draw();
  return () => explorer.leave();
}

export default { render };
