// A year of days under the keys: arrows go by days and weeks, Page keys by months, Home and End to
// the ends of a week; one day alone stands in the order of the Tab key.

const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

export function watchDays(root) {
  root.addEventListener("keydown", (event) => {
    const link = event.target.closest?.("[data-day]");
    if (!link || event.altKey || event.ctrlKey || event.metaKey) return;
    const next = target(link.dataset.day, event.key);
    const found = next && root.querySelector(`[data-day="${next}"]`);
    if (!found) return;
    event.preventDefault();
    choose(root, found);
    found.focus();
  });
  const start = () => {
    const first = root.querySelector("[data-first]") ?? root.querySelector("[data-day]");
    if (first) choose(root, first);
  };
  start();
  root.addEventListener("lystok:page", start);
}

function choose(root, link) {
  for (const other of root.querySelectorAll("[data-day]")) other.tabIndex = other === link ? 0 : -1;
}

function target(day, key) {
  const at = new Date(`${day}T12:00:00Z`);
  const weekday = (at.getUTCDay() + 6) % 7;
  if (key in STEPS) at.setUTCDate(at.getUTCDate() + STEPS[key]);
  else if (key === "Home") at.setUTCDate(at.getUTCDate() - weekday);
  else if (key === "End") at.setUTCDate(at.getUTCDate() + 6 - weekday);
  else if (key === "PageUp" || key === "PageDown") byMonth(at, key === "PageUp" ? -1 : 1);
  else return null;
  return at.toISOString().slice(0, 10);
}

/** The same day of the next month, or its last one. */
function byMonth(at, step) {
  const day = at.getUTCDate();
  at.setUTCDate(1);
  at.setUTCMonth(at.getUTCMonth() + step);
  const length = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)).getUTCDate();
  at.setUTCDate(Math.min(day, length));
}
