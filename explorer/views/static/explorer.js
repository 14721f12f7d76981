// The widget's front end: one module, no bundler, no request. Text of others is only ever set as text; the one piece of
// markup is the picture, which our own writer escapes.

const SOURCE_KINDS = { k: "keyword", c: "comment", s: "string", m: "number" };

/** An element; `attributes` may hold on... listeners, children are elements or text. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.flat());
  return element;
}

/** A place as a link to the mirror, or as text where there is none. */
function place(text, address) {
  if (!text) return [];
  const code = make("code", {}, text);
  if (!/^https:\/\//.test(address || "")) return [code];
  return [make("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, code)];
}

/** Prose, in which `...` is what a reader types. */
function prose(text) {
  return text.split("`").map((part, index, all) => (index % 2 && index < all.length - 1 ? make("code", {}, part) : part));
}

function lines_of(note) {
  return note.first === note.last ? `${note.first}` : `${note.first}–${note.last}`;
}

function render({ model, el }) {
  const status = make("p", { class: "xp-status", role: "status", "aria-live": "polite" });
  const previous = make("button", { type: "button", title: "p", onclick: () => go(-1) }, "Previous");
  const next = make("button", { type: "button", title: "n", onclick: () => go(1) }, "Next");
  const version = make("select", { onchange: () => set("version", version.value) });
  const title = make("h3", { class: "xp-title" });
  const steps = make("ol", { class: "xp-steps", "aria-label": "Steps" });
  const picture = make("div", {
    class: "xp-picture", role: "region", tabindex: "0",
    "aria-label": "Route map; on a function, arrow up goes to a caller, arrow down to a callee",
  });
  const pane = make("section", { class: "xp-pane", tabindex: "-1", "aria-label": "Source and notes" });
  const root = make("div", { class: "xp" },
    make("header", { class: "xp-head" }, title,
      make("div", { class: "xp-bar", role: "group", "aria-label": "Tour" },
        previous, next, make("label", {}, "Linux ", version))),
    make("div", { class: "xp-top" }, steps, picture), pane, status);
  const boxes = new Map();
  let buttons = [];
  let near; // the function whose name is under the pointer

  function set(name, value) {
    model.set(name, value);
    model.save_changes();
  }

  function go(by) {
    const count = model.get("chart").steps.length;
    const wanted = Math.min(Math.max(model.get("step") + by, 1), count);
    if (wanted !== model.get("step")) set("step", wanted);
    else choose(model.get("chart").steps[wanted - 1].function);
  }

  function choose(key) {
    if (key && key !== model.get("selected")) set("selected", key);
  }

  // JupyterLab matches its keys on the focused element itself, before they bubble: mark all that takes the focus.
  function mark() {
    for (const each of root.querySelectorAll("a, button, select, [tabindex]")) each.setAttribute("data-lm-suppress-shortcuts", "true");
  }

  /** Draw without losing the focus: outside of the root, keys would be JupyterLab's. */
  function holding(draw) {
    const inside = root.contains(document.activeElement);
    draw();
    mark();
    if (inside && !root.contains(document.activeElement)) pane.focus({ preventScroll: true });
  }

  function draw_chart() {
    const chart = model.get("chart");
    title.textContent = chart.title || "";
    const parsed = new DOMParser().parseFromString(chart.svg || "<svg/>", "image/svg+xml").documentElement;
    picture.replaceChildren(document.importNode(parsed, true));
    picture.firstChild.setAttribute("role", "group"); // an image would hide the boxes in it
    boxes.clear();
    for (const box of picture.querySelectorAll("[data-function]")) {
      const key = box.getAttribute("data-function");
      if (!boxes.has(key)) boxes.set(key, []);
      boxes.get(key).push(box);
      box.setAttribute("role", "button");
      box.setAttribute("tabindex", "-1");
      box.setAttribute("aria-label", [...box.querySelectorAll("text")].map((each) => each.textContent).join(" "));
      box.addEventListener("click", () => choose(key));
    }
    buttons = (chart.steps || []).map((step, index) =>
      make("button", { type: "button", title: step.summary || undefined, onclick: () => {
        if (model.get("step") !== index + 1) set("step", index + 1);
        else choose(step.function);
      } }, step.title));
    steps.replaceChildren(...buttons.map((button) => make("li", {}, button)));
    light();
  }

  function draw_versions() {
    const here = model.get("version");
    version.replaceChildren(...model.get("versions").map((each) => make("option", { value: each }, each)));
    version.value = here;
  }

  /** Light the selected function and the step; bring the box into view without moving the page. */
  function light() {
    const selected = model.get("selected");
    const step = model.get("step");
    for (const [key, found] of boxes) {
      for (const box of found) {
        box.classList.toggle("xp-lit", key === selected);
        box.setAttribute("tabindex", key === selected ? "0" : "-1");
        box.setAttribute("aria-pressed", key === selected ? "true" : "false");
      }
    }
    buttons.forEach((button, index) => {
      if (index + 1 === step) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    });
    previous.setAttribute("aria-disabled", String(step <= 1));
    next.setAttribute("aria-disabled", String(step >= buttons.length));
    show();
  }

  function show() {
    show_within(picture, boxes.get(model.get("selected"))?.[0]);
    show_within(steps, buttons[model.get("step") - 1]);
  }

  function show_within(frame, element) {
    if (!element) return;
    const outer = frame.getBoundingClientRect();
    const inner = element.getBoundingClientRect();
    if (inner.top < outer.top || inner.bottom > outer.bottom) frame.scrollTop += inner.top - outer.top - (outer.height - inner.height) / 2;
    if (inner.left < outer.left || inner.right > outer.right) frame.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
  }

  function draw_page() {
    const page = model.get("page");
    if (!page.title) return;
    pane.replaceChildren(
      make("ul", { class: "xp-trust", "aria-label": "How sure" }, page.trust.map((each) => make("li", {}, prose(each)))),
      make("h4", {}, make("code", {}, page.title), " ", place(page.place, page.link)),
      ...page.words.map((text) => make("p", {}, prose(text))),
      ...(page.lacking ? [make("p", { class: "xp-lacking" }, prose(page.lacking))] : []),
      ...(page.lines.length ? [source(page)] : []),
      ...page.apart.map((note) => make("aside", { class: "xp-note xp-apart" }, note_parts(note, page))),
      ...(page.absent.length ? [make("p", { class: "xp-quiet" }, `Not in this version: ${page.absent.join("; ")}.`)] : []));
  }

  function note_parts(note, page) {
    const where = note.place && !(note.first && page.lines.length) ? place(note.place, note.link) : [];
    const which = note.first && page.lines.length ? make("span", { class: "xp-line" }, lines_of(note)) : "";
    return [
      make("p", { class: "xp-name" }, make("strong", {}, note.title), " ", which, where,
        note.sure ? make("em", {}, ` ${note.sure}`) : ""),
      ...note.text.map((text) => make("p", {}, prose(text))),
    ];
  }

  /** The source in pieces that begin where a note does, so that each note stands beside its line. */
  function source(page) {
    const on = new Set();
    for (const note of page.notes) for (let line = note.first; line <= note.last; line += 1) on.add(line);
    const starts = new Map();
    for (const note of page.notes) starts.set(note.first, [...(starts.get(note.first) || []), note]);
    const inside = make("div", { class: "xp-source", role: "region", tabindex: "0", "aria-label": `Source of ${page.title}` });
    let piece = null;
    let folded = [];
    const unfold = () => {
      if (!folded.length) return;
      const hidden = folded;
      folded = [];
      const button = make("button", { type: "button", class: "xp-fold", onclick: () => {
        const rows = hidden.map((line) => row(line, on));
        button.replaceWith(...rows);
        rows[0].setAttribute("tabindex", "-1");
        rows[0].focus();
        mark();
      } }, `… ${hidden.length} lines …`);
      piece.firstChild.append(button);
    };
    for (const line of page.lines) {
      const notes = starts.get(line.number);
      if (!piece || notes) {
        unfold();
        piece = make("div", { class: "xp-piece" }, make("div", { class: "xp-code" }));
        if (notes) {
          piece.append(make("div", { class: "xp-notes" }, notes.map((note) => make("aside", { class: "xp-note" }, note_parts(note, page)))));
        }
        inside.append(piece);
      }
      if (line.fold) folded.push(line);
      else {
        unfold();
        piece.firstChild.append(row(line, on));
        const ending = page.notes.filter((note) => note.last === line.number);
        if (ending.length) piece.firstChild.append(make("div", { class: "xp-below" }, ending.map((note) => make("aside", { class: "xp-note" }, note_parts(note, page)))));
      }
    }
    unfold();
    return inside;
  }

  function row(line, on) {
    const words = line.tokens.map(([kind, text, key]) => {
      if (key) return make("span", { class: "xp-link", role: "link", tabindex: "0", "data-key": key }, text);
      const style = kind === "kt" ? "type" : kind.startsWith("cp") ? "macro" : SOURCE_KINDS[kind[0]];
      return style ? make("span", { class: `xp-${style}` }, text) : text;
    });
    return make("div", { class: on.has(line.number) ? "xp-row xp-on" : "xp-row" },
      make("span", { class: "xp-number" }, `${line.number}`), make("span", { class: "xp-text" }, words.length ? words : "\u200b"));
  }

  function announce() {
    const page = model.get("page");
    const chart = model.get("chart");
    const beside = chart.steps[model.get("step") - 1]?.function !== model.get("selected");
    status.textContent = beside ? `${page.title}, ${page.place}` : `Step ${model.get("step")} of ${chart.steps.length}: ${page.title}, ${page.place}`;
  }

  function follow(event) {
    const name = event.target.closest?.(".xp-link");
    if (!name || !pane.contains(name)) return false;
    choose(name.dataset.key);
    return true;
  }

  function hover(event) {
    const key = event.target.closest?.(".xp-link")?.dataset.key;
    if (key === near) return;
    for (const box of boxes.get(near) || []) box.classList.remove("xp-near");
    for (const box of boxes.get(key) || []) box.classList.add("xp-near");
    near = key;
  }

  function along(key, name) {
    const rows = model.get("chart").calls;
    const found = name === "ArrowDown" ? rows.filter((row) => row[0] === key).map((row) => row[1]) : rows.filter((row) => row[1] === key).map((row) => row[0]);
    const there = found.find((each) => boxes.has(each));
    if (!there) return;
    boxes.get(there)[0].focus({ preventScroll: true });
    choose(there);
  }

  function key(event) {
    if (event.key !== "Escape" && !event.ctrlKey && !event.metaKey && !(event.shiftKey && event.key === "Enter")) event.stopPropagation();
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.tagName === "SELECT") return;
    const box = event.target.closest?.("[data-function]");
    const press = event.key === "Enter" || event.key === " ";
    const sideways = event.key === "ArrowRight" || event.key === "ArrowLeft";
    if (event.key === "n" || event.key === "p") go(event.key === "n" ? 1 : -1);
    else if (sideways && event.target !== picture && !event.target.closest(".xp-source")) go(event.key === "ArrowRight" ? 1 : -1);
    else if (box && press) choose(box.dataset.function);
    else if (box && (event.key === "ArrowDown" || event.key === "ArrowUp")) along(box.dataset.function, event.key);
    else if (!(press && follow(event))) return;
    event.preventDefault();
  }

  const events = {
    "change:chart": () => holding(draw_chart),
    "change:versions": draw_versions,
    "change:version": () => { version.value = model.get("version"); },
    "change:selected": light,
    "change:step": light,
    "change:page": () => { holding(draw_page); announce(); },
  };
  for (const [name, run] of Object.entries(events)) model.on(name, run);
  root.addEventListener("keydown", key);
  for (const name of ["keyup", "keypress"]) root.addEventListener(name, (event) => event.stopPropagation());
  pane.addEventListener("click", follow);
  pane.addEventListener("mouseover", hover);
  pane.addEventListener("focusin", hover);
  el.append(root);
  draw_versions();
  draw_chart();
  draw_page();
  mark();
  const resized = new ResizeObserver(show);
  resized.observe(root);
  return () => {
    resized.disconnect();
    for (const [name, run] of Object.entries(events)) model.off(name, run);
    root.remove();
  };
}

export default { render };
