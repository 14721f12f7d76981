// Search for a function: a field, and the list of what was found.

import { make } from "./dom.js";

const MATCHES = 12;

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

export class Finder {
  /** `names` gives {file: names}, `choose` takes FUNC@SRC, `say` tells what was found; ids begin with `own`. */
  constructor(own, { names, choose, say }) {
    Object.assign(this, { own, names, choose, say });
    this.list = make("ul", { class: "xp-matches", id: `${own}-matches`, role: "listbox", "aria-label": "Functions found", hidden: "" });
    this.field = make("input", {
      type: "text", class: "xp-search", role: "combobox", "aria-label": "Search a function", "aria-expanded": "false",
      "aria-controls": this.list.id, "aria-autocomplete": "list", autocomplete: "off", spellcheck: "false",
      placeholder: "Search a function  /", oninput: () => this.look(), onblur: () => this.close(), onkeydown: (event) => this.key(event),
    });
    this.element = make("div", { class: "xp-find" }, this.field, this.list);
  }

  look() {
    const found = matches(this.names(), this.field.value);
    this.list.replaceChildren(...found.map(({ name, path }, index) => make("li", {
      role: "option", id: `${this.own}-match-${index}`, "data-key": `${name}@${path}`, "aria-selected": "false",
      onmousedown: (event) => { event.preventDefault(); this.take(`${name}@${path}`); },
    }, make("code", {}, name), " ", make("span", { class: "xp-line" }, path))));
    this.open(found.length > 0);
    this.field.removeAttribute("aria-activedescendant");
    if (found.length) this.say(`${found.length} found`);
    else if (this.field.value.trim()) this.say(`No function is named like ${this.field.value}`);
  }

  open(shown) {
    this.list.hidden = !shown;
    this.field.setAttribute("aria-expanded", String(shown));
  }

  close() {
    this.open(false);
  }

  take(key) {
    this.close();
    this.field.value = "";
    this.choose(key);
  }

  key(event) {
    const options = [...this.list.children];
    if (!options.length || this.list.hidden) return;
    const at = options.findIndex((each) => each.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown") this.point(options, (at + 1) % options.length);
    else if (event.key === "ArrowUp") this.point(options, (Math.max(at, 0) + options.length - 1) % options.length);
    else if (event.key === "Enter") this.take(options[Math.max(at, 0)].dataset.key);
    else return;
    event.preventDefault();
  }

  point(options, to) {
    options.forEach((each, index) => each.setAttribute("aria-selected", String(index === to)));
    this.field.setAttribute("aria-activedescendant", options[to].id);
  }
}
