// Lists under the keys: down from the filter into the first line, from line to line, and behind the last one to the
// next page. Enter opens, as links do.

const STEPS = { ArrowDown: 1, ArrowUp: -1 };
const LINE = "main tbody > tr, main .entries > li";
const PRESSED = "a[href], button, summary";

export function watchRows(root) {
  root.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const next = beside(root, event.target, step);
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
}

function beside(root, from, step) {
  const line = from.closest(LINE);
  if (line && (!from.matches(PRESSED) || from.matches("[data-day]"))) return null;
  const place = line ? pressedIn(line).indexOf(from) : 0;
  const stops = [root.querySelector("#filter"), ...lines(root, line), root.querySelector("main a[rel=next]")];
  const at = stops.indexOf(line ?? from);
  const next = at < 0 ? null : stops.slice(step > 0 ? at + 1 : 0, step > 0 ? undefined : at).filter(Boolean).at(step > 0 ? 0 : -1);
  return next?.matches(LINE) ? pressedIn(next).at(Math.min(place, pressedIn(next).length - 1)) : next;
}

/** Lines of the list in which one is, of the last one of the page otherwise: others may stand above it. */
function lines(root, line) {
  const all = [...root.querySelectorAll(LINE)].filter((one) => pressedIn(one).length);
  const list = (line ?? all.at(-1))?.parentElement;
  return all.filter((one) => one.parentElement === list);
}

function pressedIn(line) {
  return [...line.querySelectorAll(PRESSED)].filter((one) => !one.disabled && one.getClientRects().length);
}
