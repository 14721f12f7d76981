// The reader's own notes: Python keeps, changes and removes them, undoes the last of it, or says why it cannot.

import { make } from "./dom.js";

export class Writing {
  /** `send` takes what is asked; `say` tells what was done; `leave` gives the focus back; ids begin with `own`. */
  constructor(own, { send, say, leave }) {
    Object.assign(this, { send, say, leave });
    this.changed = ""; // the id of the note in the form, none for a new one
    this.line = 0;
    this.title = make("input", { type: "text", id: `${own}-title`, maxlength: "80" });
    this.text = make("textarea", { id: `${own}-text`, rows: "3", maxlength: "2000" });
    this.where = make("p", { class: "xp-quiet" });
    this.answer = make("p", { class: "xp-answer", role: "alert" });
    this.cancel = make("button", { type: "button", hidden: "", onclick: () => { this.fill(); this.leave(); } }, "Cancel");
    this.form = make("form", { onsubmit: (event) => { event.preventDefault(); this.keep(); } },
      this.where, make("label", { for: this.title.id }, "Title"), this.title, make("label", { for: this.text.id }, "Text"), this.text,
      make("div", { class: "xp-bar" }, make("button", { type: "submit" }, "Keep note"), this.cancel));
    this.name = make("summary");
    this.details = make("details", { class: "xp-writing" }, this.name, this.form);
    this.undo = make("button", { type: "button", onclick: () => this.ask({ undo: true }) }, "Undo");
    this.told = make("span");
    this.done = make("p", { class: "xp-bar xp-done", hidden: "" }, this.told, this.undo);
    this.element = make("div", { class: "xp-own" }, this.done, this.answer, this.details);
    this.fill();
  }

  /** Where a note would stand; hidden where there are no lines, or nobody to keep it. */
  show(line, possible) {
    this.line = line;
    this.details.hidden = !possible && !this.changed;
    const new_one = line ? `On the statement of line ${line}.` : "Choose a line first: click its number, or press ↓ on the source.";
    this.where.textContent = this.changed ? "It stays on its statement." : new_one;
  }

  /** An empty form for a new note, or one that is there to be changed. */
  fill(note) {
    this.changed = note?.id || "";
    this.title.value = note?.title || "";
    this.text.value = note ? note.text.join("\n\n") : "";
    this.name.textContent = note ? `Change “${note.title}”` : "Write a note";
    this.cancel.hidden = !note;
    this.details.open = Boolean(note);
    this.show(this.line, !this.details.hidden);
    if (note) this.text.focus();
  }

  ask(message) {
    this.answer.textContent = "";
    this.send(message);
  }

  keep() {
    this.ask({ note: this.changed, title: this.title.value, text: this.text.value });
  }

  /** Do to a note what its button says. */
  act(what, note) {
    if (what === "change") this.fill(note);
    else this.ask({ remove: note.id });
  }

  hear({ done, refused = "", undo }) {
    this.answer.textContent = refused && `${refused[0].toUpperCase()}${refused.slice(1)}.`;
    if (!done) return;
    this.say(done);
    this.told.textContent = done;
    this.done.hidden = !undo;
    this.fill();
    if (undo) this.undo.focus();
    else this.leave();
  }
}
