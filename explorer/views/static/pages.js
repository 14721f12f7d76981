// Pages that Python sent ahead, so that the next one is drawn without a round trip.

const MOST = 48; // pages kept

const idle = (run) => (window.requestIdleCallback ? requestIdleCallback(run, { timeout: 500 }) : setTimeout(run, 50));
const id_of = (step, key) => `${step} ${key}`;

export class Pages {
  /** `send` asks Python for a page; `wanted` gives [step, FUNC@SRC] of those that may be next, the likeliest first. */
  constructor({ send, wanted }) {
    Object.assign(this, { send, wanted });
    this.forget("");
    this.waiting = false; // for an answer: they are asked for one at a time, so that a click never stands behind many
    this.awake = false; // once a reader points at us
  }

  /** What was kept is of no use in another edition: of another text, tour or comparison, or with other notes. */
  forget(edition) {
    this.edition = edition;
    this.kept = new Map(); // the latest used last
    this.tried = new Set();
  }

  /** What stands at a step, 0 for none, and a function; undefined where it was not sent. */
  find(step, key) {
    const id = id_of(step, key);
    const found = this.kept.get(id);
    if (found && this.kept.delete(id)) this.kept.set(id, found);
    return found;
  }

  /** Keep what Python shows now. */
  keep(shown) {
    if (!shown.page.edition) return;
    if (shown.page.edition !== this.edition) this.forget(shown.page.edition);
    this.put(shown);
    this.ask();
  }

  put(shown) {
    const id = id_of(shown.page.step, shown.page.function);
    this.tried.add(id);
    this.kept.set(id, shown);
    if (this.kept.size <= MOST) return;
    const [oldest] = this.kept.keys();
    this.kept.delete(oldest);
    this.tried.delete(oldest);
  }

  /** Keep what was sent ahead, unless it is of another edition, and ask for more. */
  hear(shown) {
    this.waiting = false;
    if (this.edition && shown.page?.edition === this.edition) this.put(shown);
    this.ask();
  }

  /** A reader points at a function, or at nothing. */
  point(...spot) {
    this.awake = true;
    this.pointed = spot.length ? spot : undefined;
    this.ask();
  }

  ask() {
    if (!this.awake || this.waiting || !this.edition) return;
    this.waiting = true;
    idle(() => {
      const spots = [...(this.pointed ? [this.pointed] : []), ...this.wanted()].slice(0, MOST);
      const next = spots.find((spot) => spot[1] && !this.tried.has(id_of(...spot)));
      this.waiting = Boolean(next);
      if (!next) return;
      this.tried.add(id_of(...next));
      this.send({ ahead: next });
    });
  }
}
