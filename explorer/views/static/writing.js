// A note of the reader's own: Python keeps it, or says why it cannot.

import { make } from "./dom.js";

export class Writing {
  /** `send` takes what was written; `say` tells that it was kept; ids begin with `own`. */
  constructor(own, { send, say }) {
    this.say = say;
    this.title = make("input", { type: "text", id: `${own}-title`, maxlength: "80" });
    this.text = make("textarea", { id: `${own}-text`, rows: "3", maxlength: "2000" });
    this.where = make("p", { class: "xp-quiet" });
    this.answer = make("p", { class: "xp-answer", role: "alert" });
    this.form = make("form", { onsubmit: (event) => {
      event.preventDefault();
      this.answer.textContent = "";
      send({ title: this.title.value, text: this.text.value });
    } }, this.where, make("label", { for: this.title.id }, "Title"), this.title, make("label", { for: this.text.id }, "Text"), this.text,
    make("button", { type: "submit" }, "Keep note"));
    this.element = make("details", { class: "xp-writing" }, make("summary", {}, "Write a note"), this.form, this.answer);
  }

  /** Where a note would stand; hidden where there are no lines, or nobody to keep it. */
  show(line, possible) {
    this.element.hidden = !possible;
    this.where.textContent = line ? `On the statement of line ${line}.` : "Choose a line first: click its number, or press ↓ on the source.";
  }

  hear(message) {
    const words = message.refused || "";
    this.answer.textContent = words && `${words[0].toUpperCase()}${words.slice(1)}.`;
    if (!message.kept) return;
    this.say(`Kept: ${message.kept}`);
    this.form.reset();
    this.element.open = false;
  }
}
