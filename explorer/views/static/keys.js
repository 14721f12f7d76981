// Keys stay with us: JupyterLab's command mode must never see one.

/** JupyterLab matches its keys on the focused element itself, before they bubble: mark all that takes the focus. */
export function mark(root) {
  for (const each of root.querySelectorAll("a, button, select, input, textarea, summary, [tabindex]")) each.setAttribute("data-lm-suppress-shortcuts", "true");
}

/** Draw inside of a root without losing the focus, which `home` takes if it must. */
export function holding(root, home, draw) {
  const inside = root.contains(document.activeElement);
  draw();
  mark(root);
  if (inside && !root.contains(document.activeElement)) home.focus({ preventScroll: true });
}

/** Keep the keys pressed in a root; `act` does what one asks for, and says whether it did. */
export function guard(root, act) {
  root.addEventListener("keydown", (event) => {
    if (!event.ctrlKey && !event.metaKey && !(event.shiftKey && event.key === "Enter")) event.stopPropagation();
    if (!event.ctrlKey && !event.metaKey && !event.altKey && act(event)) event.preventDefault();
  });
  for (const name of ["keyup", "keypress"]) root.addEventListener(name, (event) => event.stopPropagation());
}
