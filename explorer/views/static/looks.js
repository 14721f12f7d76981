// What the cells of a notebook look at, plain HTML, comes to life where there is a widget: one model, many panes.

import { make, name_of } from "./dom.js";
import { guard, holding, mark } from "./keys.js";
import { Pane } from "./pane.js";

const NEAR = "400px"; // from the window, where a look comes to life
const PROSE = "jp-RenderedHTMLCommon";

class Look {
  /** `frame` holds the plain HTML, which comes back when the widget goes; `ask` wants the page of a function. */
  constructor(frame, { ask, act, say }) {
    Object.assign(this, { frame, ask, say });
    this.plain = [...frame.childNodes];
    this.output = frame.closest(`.${PROSE}`);
    this.first = frame.dataset.function;
    const choose_line = (number) => { this.pane.show_line(number); say(`Line ${number}`); };
    this.pane = new Pane({ choose: (key) => this.show(key), choose_line, act, say, drawn: () => mark(this.root) });
    this.back = make("button", { type: "button", onclick: () => this.show(this.first) }, `Back to ${name_of(this.first)}`);
    this.root = make("div", { class: "xp xp-alive" }, this.pane.element, make("div", { class: "xp-own" }, this.back));
    guard(this.root, ({ key, target }) => this.pane.walk(key, target));
  }

  show(key = this.first) {
    this.key = key;
    this.ask(this);
  }

  hear(page) {
    if (!page.title || page.function !== this.key) return;
    const alive = this.root.isConnected;
    const moved = alive && page.function !== this.pane.page.function;
    if (!alive) this.live();
    this.pane.line = 0;
    holding(this.root, this.pane.element, () => this.pane.draw({ page, beside: {} }));
    this.back.parentNode.hidden = this.key === this.first;
    if (moved) this.say(`${page.title}, ${page.place}`);
  }

  /** Stand in the place of the plain HTML, without JupyterLab's rules for prose and code. */
  live() {
    this.frame.replaceChildren(this.root);
    this.output?.classList.remove(PROSE);
  }

  leave() {
    this.frame.replaceChildren(...this.plain);
    this.output?.classList.add(PROSE);
    delete this.frame.dataset.live;
  }
}

export class Looks {
  /** `send` asks Python for a page, `versions` are those it has; `act` does what is asked of a note, `say` tells. */
  constructor({ send, versions, act, say }) {
    Object.assign(this, { send, versions, act, say });
    this.all = [];
    this.seen = new IntersectionObserver((rows) => this.near(rows), { rootMargin: NEAR });
    this.born = new MutationObserver(() => this.find());
  }

  /** Find the looks of a notebook, and those that come later. */
  watch(notebook) {
    this.notebook = notebook;
    this.born.observe(notebook, { childList: true, subtree: true });
    this.find();
  }

  find() {
    for (const frame of this.notebook.querySelectorAll(".xp-look:not([data-live])")) {
      if (!this.versions().includes(frame.dataset.version)) continue;
      frame.dataset.live = "";
      this.all.push(new Look(frame, { ask: (look) => this.ask(look), act: this.act, say: this.say }));
      this.seen.observe(frame);
    }
  }

  near(rows) {
    for (const { target } of rows.filter((each) => each.isIntersecting)) {
      this.seen.unobserve(target);
      this.all.find((look) => look.frame === target)?.show();
    }
  }

  ask(look) {
    this.send({ look: this.all.indexOf(look), version: look.frame.dataset.version, function: look.key });
  }

  hear({ look, page }) {
    this.all[look]?.hear(page);
  }

  /** Notes have changed. */
  renew() {
    for (const look of this.all) if (look.root.isConnected) this.ask(look);
  }

  leave() {
    this.born.disconnect();
    this.seen.disconnect();
    for (const look of this.all) look.leave();
  }
}
