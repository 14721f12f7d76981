// What a handout does with a script: n and p step, u unfolds, the bar says where we are. Without it everything is there.
"use strict";
const bar = document.querySelector(".bar");
const steps = [...document.querySelectorAll(".step[id]")];
const folds = [...document.querySelectorAll("details")];
const where = document.getElementById("where");
const buttons = { p: "previous", n: "next", u: "unfold" };
const unfold = document.getElementById("unfold");
const words = [unfold.textContent, bar.dataset.fold];

/** The step whose heading the reader has passed last, -1 before the first; at the end, where none can, the one asked for. */
function here() {
  const passed = steps.findLastIndex((step) => step.getBoundingClientRect().top < 120);
  const asked = steps.findIndex((step) => `#${step.id}` === location.hash);
  const end = scrollY + innerHeight > document.documentElement.scrollHeight - 4;
  return end && asked > passed ? asked : passed;
}

function go(by) {
  const step = steps[here() + by];
  if (!step) return;
  history.replaceState(null, "", `#${step.id}`);
  step.scrollIntoView();
  step.firstElementChild.focus({ preventScroll: true });
  tell();
}

function tell() {
  const now = here();
  const said = steps[now]?.firstElementChild.textContent || "";
  if (where.textContent !== said) where.textContent = said;
  document.getElementById("previous").setAttribute("aria-disabled", String(now < 1));
  document.getElementById("next").setAttribute("aria-disabled", String(now >= steps.length - 1));
}

function toggle() {
  const open = folds.some((fold) => !fold.open);
  for (const fold of folds) fold.open = open;
  unfold.textContent = words[Number(open)];
}

const acts = { previous: () => go(-1), next: () => go(1), unfold: toggle };
for (const [id, act] of Object.entries(acts)) document.getElementById(id).addEventListener("click", act);
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
  acts[buttons[event.key]]?.();
});
let waiting = false;
document.addEventListener("scroll", () => {
  if (!waiting) requestAnimationFrame(() => { waiting = false; tell(); });
  waiting = true;
}, { passive: true });
bar.hidden = false;
tell();
