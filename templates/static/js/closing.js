// Notices that carry their times: each is shown from its beginning to its end, by the server's
// clock, also on a page that nobody loads anew.

const EVERY_MS = 10_000;

export function watchClosing(root) {
  let ahead = 0;

  function start() {
    const place = root.querySelector("[data-clock]");
    if (place) ahead = Date.parse(place.dataset.clock) - Date.now();
    show();
  }

  function show() {
    const at = Date.now() + ahead;
    for (const notice of root.querySelectorAll("[data-since]")) {
      const on = Date.parse(notice.dataset.since) <= at && at < Date.parse(notice.dataset.until);
      if (notice.hidden === on) notice.hidden = !on;
    }
  }

  start();
  setInterval(show, EVERY_MS);
  root.addEventListener("lystok:page", start);
}
