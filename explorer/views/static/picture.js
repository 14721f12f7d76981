// The picture: its boxes can be pressed and walked along, and another release or a trace is drawn over it.

import { listed, make, name_of } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDEST = 960; // px up to which a picture is fitted to the room there is; a wider one is scrolled

/** Bring an element into view without moving the page. */
export function show_within(frame, element) {
  if (!element) return;
  const outer = frame.getBoundingClientRect();
  const inner = element.getBoundingClientRect();
  if (inner.top < outer.top || inner.bottom > outer.bottom) frame.scrollTop += inner.top - outer.top - (outer.height - inner.height) / 2;
  if (inner.left < outer.left || inner.right > outer.right) frame.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
}

/** The (caller, callee) that an edge stands for. */
function pairs_of(edge) {
  const keys = edge.getAttribute("data-calls").split(" ");
  return keys.flatMap((key, index) => (index % 2 ? [] : [[key, keys[index + 1]]])).filter((pair) => pair[1]);
}

/** What another release has and lacks, in words. */
function beside_said({ version, functions }) {
  const named = (change) => Object.entries(functions).filter((each) => each[1] === change).map((each) => each[0]);
  const rows = [[`new in ${version}`, "new"], [`not in ${version} (dotted)`, "gone"], ["changed", "changed"], ["moved", "moved"]];
  const parts = rows.map(([words, change]) => [words, named(change)]).filter((each) => each[1].length);
  if (!parts.length) return `On these routes ${version} is the same.`;
  return `Beside ${version}: ${parts.map(([words, names]) => `${words}: ${listed(names, 5)}`).join("; ")}.`;
}

/** What a trace has and lacks, in words. */
function trace_said(trace) {
  const count = (what) => trace.filter((each) => each[2] === what);
  const odd = count("unexpected").map((each) => `${name_of(each[0])} → ${name_of(each[1])}`);
  const more = odd.length ? `; not in the graph (broken): ${listed(odd)}` : "";
  const seen = count("seen").length;
  return `Trace: ${seen} ${seen === 1 ? "call" : "calls"} seen (heavy), ${count("unseen").length} not (pale)${more}.`;
}

export class Picture {
  /** `choose` takes the FUNC@SRC of a box that is pressed. */
  constructor(choose) {
    this.choose = choose;
    this.boxes = new Map(); // FUNC@SRC to its boxes
    this.frame = make("div", {
      class: "xp-picture", role: "region", tabindex: "0",
      "aria-label": "Route map; on a function, arrow up goes to a caller, arrow down to a callee",
    });
    this.said = make("p", { class: "xp-quiet xp-said" });
  }

  draw(svg) {
    const parsed = new DOMParser().parseFromString(svg || "<svg/>", "image/svg+xml").documentElement;
    this.root = document.importNode(parsed, true);
    this.frame.replaceChildren(this.root);
    this.root.setAttribute("role", "group"); // an image would hide the boxes in it
    const wide = Number(parsed.getAttribute("width"));
    if (wide > WIDEST) this.root.style.minWidth = `${wide}px`;
    this.boxes.clear();
    for (const box of this.root.querySelectorAll("[data-function]")) {
      const key = box.getAttribute("data-function");
      if (!this.boxes.has(key)) this.boxes.set(key, []);
      this.boxes.get(key).push(box);
      box.setAttribute("role", "button");
      box.addEventListener("click", () => this.choose(key));
    }
  }

  /** Light a function; it alone is reached by Tab. */
  light(selected) {
    const first = this.boxes.has(selected) ? selected : this.boxes.keys().next().value;
    for (const [key, found] of this.boxes) {
      for (const box of found) {
        box.classList.toggle("xp-lit", key === selected);
        box.setAttribute("tabindex", key === first ? "0" : "-1");
        box.setAttribute("aria-pressed", String(key === selected));
      }
    }
    this.show(selected);
  }

  show(selected) {
    show_within(this.frame, this.boxes.get(selected)?.[0]);
  }

  /** Draw over it what another release lacks, and a trace; without conditions if they are not wanted. */
  overlay(beside, trace, conditions) {
    this.frame.classList.toggle("xp-plain", !conditions);
    this.mark_boxes(beside, trace);
    this.mark_panels();
    this.mark_edges(beside, trace);
    this.root.querySelector(".xp-extra")?.remove();
    const extra = document.createElementNS(SVG, "g");
    extra.setAttribute("class", "xp-extra");
    for (const [caller, callee, what] of trace) if (what === "unexpected") extra.append(...this.arrow(caller, callee));
    this.root.append(extra);
    this.said.textContent = [beside.version ? beside_said(beside) : "", trace.length ? trace_said(trace) : ""].filter(Boolean).join(" ");
  }

  mark_boxes(beside, trace) {
    const ran = new Set(trace.filter((each) => each[2] !== "unseen").flatMap((each) => each.slice(0, 2)));
    for (const [key, found] of this.boxes) {
      const change = beside.functions?.[name_of(key)];
      const still = trace.length > 0 && !ran.has(key);
      for (const box of found) {
        box.classList.toggle("xp-gone", change === "gone");
        box.classList.toggle("xp-unseen", still);
        const texts = [...box.querySelectorAll("text")].map((each) => each.textContent);
        const words = [texts.join(" "), change === "gone" ? `not in ${beside.version}` : change, still ? "not in the trace" : ""];
        box.setAttribute("aria-label", words.filter(Boolean).join(", "));
      }
    }
  }

  /** A frame round several functions is pale where none of them ran. */
  mark_panels() {
    for (const panel of this.root.querySelectorAll(".panel")) {
      const rows = [];
      for (let each = panel.nextElementSibling; each?.classList.contains("row"); each = each.nextElementSibling) rows.push(each);
      panel.classList.toggle("xp-unseen", rows.length > 0 && rows.every((each) => each.classList.contains("xp-unseen")));
    }
  }

  mark_edges(beside, trace) {
    const gone = new Set((beside.gone || []).map((pair) => pair.join(" ")));
    const seen = new Set(trace.filter((each) => each[2] === "seen").map((each) => each.slice(0, 2).join(" ")));
    for (const edge of this.root.querySelectorAll("[data-calls]")) {
      const pairs = pairs_of(edge);
      const ran = pairs.some((pair) => seen.has(pair.join(" ")));
      edge.classList.toggle("xp-gone", pairs.length > 0 && pairs.every((pair) => gone.has(pair.map(name_of).join(" "))));
      edge.classList.toggle("xp-seen", ran);
      edge.classList.toggle("xp-unseen", trace.length > 0 && !ran);
    }
  }

  /** A line for a call that ran and that the source does not show. */
  arrow(caller, callee) {
    const ends = [caller, callee].map((key) => this.boxes.get(key)?.[0].getBBox());
    if (!ends[0] || !ends[1]) return [];
    const [ax, bx] = ends.map((box) => box.x + box.width / 2);
    const [ay, by] = ends.map((box) => box.y + box.height / 2);
    const line = document.createElementNS(SVG, "path");
    line.setAttribute("d", `M${ax} ${ay}Q${(ax + bx) / 2 + 24} ${(ay + by) / 2} ${bx} ${by}`);
    return [line];
  }

  /** Go to a callee, or a caller, that is in the picture. */
  along(calls, key, down) {
    const found = down ? calls.filter((each) => each[0] === key).map((each) => each[1]) : calls.filter((each) => each[1] === key).map((each) => each[0]);
    const there = found.find((each) => this.boxes.has(each));
    if (!there) return;
    this.boxes.get(there)[0].focus({ preventScroll: true });
    this.choose(there);
  }

  /** Offer the picture, with all that is drawn over it, as a file. */
  save(name) {
    const text = new XMLSerializer().serializeToString(this.root);
    const address = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
    make("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  }
}
