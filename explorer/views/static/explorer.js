// The widget's front end, in parts that explorer/views/module.py puts into the one ES module a notebook loads; no
// request. The one piece of markup is the picture, which our own writer escapes. A model without Python behind it needs
// only `get`, `set`, `save_changes`, `on` and `off`: what it does not have is not offered.

import { make, name_of } from "./dom.js";
import { Finder } from "./finder.js";
import { guard, holding, mark } from "./keys.js";
import { Looks } from "./looks.js";
import { Pages } from "./pages.js";
import { Pane } from "./pane.js";
import { Picture, show_within } from "./picture.js";
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
    const send = (message) => model.send?.(message);
    this.model = model;
    this.buttons = []; // of the steps
    this.near = undefined; // the function whose name, or box, is under the pointer
    this.status = make("p", { class: "xp-status", role: "status", "aria-live": "polite" });
    this.picture = new Picture(choose);
    this.finder = new Finder(own, { names: () => this.names(), choose, say });
    this.pages = new Pages({ send, wanted: () => this.nearby() });
    const act = (what, note) => this.writing.act(what, note);
    this.pane = new Pane({ choose, choose_line: (number) => this.choose_line(number), act, say, drawn: () => mark(this.root) });
    this.writing = new Writing(own, { send, say, leave: () => this.pane.element.focus({ preventScroll: true }) });
    this.looks = new Looks({ send, versions: () => this.get("versions", []), act, say });
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
    this.version = make("select", { onchange: () => this.turn("version", this.version) });
    this.other = make("select", { onchange: () => this.turn("compare", this.other) });
    this.title = make("h3", { class: "xp-title" });
    this.steps = make("ol", { "aria-label": "Steps" });
    this.list = make("div", { class: "xp-steps" }, this.steps);
    this.toggles = Object.fromEntries(Object.keys(TOGGLES).filter((name) => this.get(name) !== undefined).map((name) => [name,
      make("input", { type: "checkbox", onchange: (event) => this.set(name, event.target.checked) })]));
    this.help = make("section", { class: "xp-help", "aria-label": "Keys", hidden: "" },
      make("dl", {}, KEYS.map(([key, words]) => [make("dt", {}, key), make("dd", {}, words)])));
    this.helped = make("button", { type: "button", title: "?", "aria-expanded": "false", onclick: () => this.ask() }, "Keys");
    this.root = make("div", { class: "xp" }, this.head(), make("div", { class: "xp-body" },
      make("div", { class: "xp-top" }, this.list, make("div", { class: "xp-map" }, this.picture.frame, this.tools(), this.picture.said)),
      make("div", { class: "xp-reading" }, this.help, this.pane.element, this.writing.element)), this.status);
  }

  head() {
    const beside = this.get("compare") === undefined ? "" : make("label", {}, "beside ", this.other);
    return make("div", { class: "xp-head" }, this.title,
      make("div", { class: "xp-bar", role: "group", "aria-label": "Tour" },
        this.previous, this.next, this.finder.element, make("label", {}, "Linux ", this.version), beside));
  }

  tools() {
    const labels = Object.entries(this.toggles).map(([name, box]) => make("label", { class: "xp-toggle" }, box, TOGGLES[name]));
    return make("div", { class: "xp-bar xp-tools", role: "group", "aria-label": "Picture" },
      labels, this.button("Save picture", () => this.save()), this.helped);
  }

  listen() {
    const shown = () => this.take_in();
    const follow = () => { if (!this.leading) this.light(); };
    this.events = {
      "change:chart": () => this.holding(() => this.draw_chart()),
      "change:versions": () => this.draw_versions(),
      "change:version": () => this.show_versions(),
      "change:compare": () => this.show_versions(),
      "change:selected": follow,
      "change:step": follow,
      "change:line": () => this.show_line(),
      "change:trace": () => this.overlay(),
      "change:conditions": () => this.overlay(),
      "change:page": shown,
      "change:beside": shown,
      "msg:custom": (message) => this.hear(message),
    };
    for (const [name, run] of Object.entries(this.events)) this.model.on(name, run);
    guard(this.root, (event) => this.key(event));
    for (const name of ["mouseover", "focusin"]) this.root.addEventListener(name, (event) => this.hover(event));
    this.resized = new ResizeObserver(() => this.show());
    this.resized.observe(this.root);
  }

  /** Bring to life what the cells of this notebook look at. */
  adopt() {
    const notebook = this.root.closest(".jp-Notebook");
    if (notebook) this.looks.watch(notebook);
  }

  leave() {
    this.resized.disconnect();
    this.looks.leave();
    for (const [name, run] of Object.entries(this.events)) this.model.off(name, run);
    this.root.remove();
  }

  draw() {
    this.draw_versions();
    this.draw_chart();
    this.take_in();
  }

  /** Draw without losing the focus: outside of the root, keys would be JupyterLab's. */
  holding(draw) {
    holding(this.root, this.pane.element, draw);
  }

  go(by) {
    const rows = this.get("chart").steps;
    const wanted = Math.min(Math.max(this.get("step") + by, 1), rows.length);
    this.take(wanted, rows[wanted - 1]);
  }

  /** Go to a step, also back to it from a function beside the tour. */
  take(number, step) {
    if (number !== this.get("step") || step.function !== this.get("selected")) this.lead(number, step.function);
  }

  choose(key) {
    if (key && key !== this.get("selected")) this.lead(this.spot(key)[0] || this.get("step"), key);
  }

  /** The step that a function is shown at, 0 beside the tour, and the function. */
  spot(key) {
    const ids = (this.get("chart").steps || []).map((each) => each.function);
    const now = this.get("step");
    return [ids[now - 1] === key ? now : ids.indexOf(key) + 1, key];
  }

  /** Show a function: at once where its page is here, and tell Python, whose page follows. */
  lead(step, key) {
    this.leading = true;
    for (const [name, value] of [["step", step], ["selected", key], ["line", 0]]) this.model.set(name, value);
    this.leading = false;
    this.light();
    const found = this.pages.find(this.spot(key)[0], key);
    if (found) this.draw_page(found);
    this.model.save_changes();
  }

  /** Ask for another release: what was sent ahead is not of it. */
  turn(name, list) {
    this.pages.forget("");
    this.set(name, list.value);
  }

  /** Where a reader may go next, the likeliest first. */
  nearby() {
    const { calls = [], steps = [] } = this.get("chart");
    const [now, here] = [this.get("step"), this.get("selected")];
    const tour = steps.map((each, index) => [index + 1, each.function]);
    const near = calls.flatMap(([caller, callee]) => (caller === here ? [callee] : callee === here ? [caller] : []));
    const named = this.pane.names().map((each) => each.dataset.key);
    return [...tour.slice(now, now + 1), ...tour.slice(Math.max(now - 2, 0), now - 1), ...[...near, ...named].map((key) => this.spot(key)), ...tour];
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

  overlay(beside = this.pane.beside) {
    for (const [name, box] of Object.entries(this.toggles)) box.checked = Boolean(this.get(name));
    this.picture.overlay(beside, this.get("trace", []), this.get("conditions", true));
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
    show_within(this.list, this.buttons[this.get("step") - 1]);
  }

  /** What Python shows, unless it is drawn already, or the reader has gone on. */
  take_in() {
    const shown = { page: this.get("page"), beside: this.get("beside", {}) };
    const same = ["edition", "step", "function"].every((name) => shown.page[name] === this.pane.page[name]);
    if (!shown.page.title) return;
    this.pages.keep(shown);
    if ((same && shown.page.edition) || (shown.page.function && shown.page.function !== this.get("selected"))) return;
    this.draw_page(shown);
  }

  draw_page(shown) {
    const first = !this.pane.page.title;
    if (shown.beside.version || this.pane.beside.version) this.overlay(shown.beside);
    this.holding(() => this.pane.draw(shown));
    this.show_line();
    if (!first) this.announce();
  }

  show_line() {
    this.pane.show_line(Number(this.get("line", 0)));
    this.writing.show(this.pane.line, Boolean(this.model.send && this.pane.page.lines?.length));
  }

  choose_line(number) {
    this.set("line", number);
    this.status.textContent = `Line ${number}`;
  }

  hear(message) {
    if (message.ahead) this.pages.hear(message.ahead);
    else if (message.page) this.looks.hear(message);
    else this.writing.hear(message);
    if (message.done) this.looks.renew();
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
    const { page } = this.pane;
    const on = page.step ? `Step ${page.step} of ${this.get("chart").steps.length}: ` : "";
    this.status.textContent = `${on}${page.title}, ${page.place}`;
  }

  /** A name in the source and its box in the picture light together, whichever is pointed at. */
  hover(event) {
    const at = event.target.closest?.(".xp-link, [data-function]");
    const key = at?.dataset.key || at?.dataset.function;
    this.pages.point(...(key ? this.spot(key) : []));
    if (key === this.near) return;
    this.near = key;
    for (const each of this.root.querySelectorAll(".xp-near")) each.classList.remove("xp-near");
    const names = this.pane.names().filter((each) => each.dataset.key === key);
    for (const each of [...(this.picture.boxes.get(key) || []), ...names]) each.classList.add("xp-near");
  }

  key(event) {
    const { key, target } = event;
    if (key === "Escape") return this.escape(target);
    return !target.matches('select, textarea, input[type="text"]') && this.walk(key, target);
  }

  escape(target) {
    this.ask(false);
    this.finder.close();
    if (target === this.finder.field) this.pane.element.focus({ preventScroll: true });
  }

  /** Do what a key asks for; false if it asks for nothing. */
  walk(key, target) {
    const box = target.closest("[data-function]");
    const source = target.closest(".xp-source");
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, n: 1, p: -1 }[key];
    const upright = key === "ArrowDown" || key === "ArrowUp";
    const sideways = by && !upright && key.length > 1;
    if (key === "/") this.finder.field.focus();
    else if (key === "?") this.ask();
    else if (box && (key === "Enter" || key === " ")) this.choose(box.dataset.function);
    else if (box && upright) this.picture.along(this.get("chart").calls, box.dataset.function, by > 0);
    else if (by && !upright && !(sideways && (source || target === this.picture.frame))) this.go(by);
    else return this.pane.walk(key, target);
    return true;
  }
}

function render({ model, el }) {
  const explorer = new Explorer(model);
  el.append(explorer.root);
  explorer.draw();
  if (model.send) requestAnimationFrame(() => explorer.adopt());
  return () => explorer.leave();
}

export default { render };
