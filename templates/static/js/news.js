// What can't wait, an emergency or an alarm at a lane: a page that lies open asks for it twice a second,
// so that it is seen and heard within one.

import { sound } from "./sound.js";

const EVERY_MS = 500;

export function watchNews(root) {
  const place = () => root.querySelector("[data-news-from]");
  const notices = () => [...(place()?.querySelectorAll("[data-key]") ?? [])];
  let known = new Set(notices().map((one) => one.dataset.key));
  let asking = false;

  async function ask() {
    const from = place()?.dataset.newsFrom;
    if (!from || asking) return;
    asking = true;
    try {
      const response = await fetch(from, { headers: { "X-Live": "1" }, credentials: "same-origin" });
      if (response.ok && !response.redirected) take(await response.text());
    } catch { /* The next question asks again. */ }
    asking = false;
  }

  function take(text) {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    const keys = [...fresh.querySelectorAll("[data-key]")].map((one) => one.dataset.key);
    if (keys.join() === notices().map((one) => one.dataset.key).join()) return;
    place()?.replaceChildren(...fresh.body.childNodes);
    look();
    root.dispatchEvent(new Event("lystok:news"));
  }

  // Where it is dealt with it needs no notice, but the list there is asked for at once.
  function look() {
    const shown = notices();
    for (const one of shown) one.hidden = location.pathname.startsWith(one.dataset.at);
    if (shown.some((one) => !known.has(one.dataset.key))) sound("alarm");
    known = new Set(shown.map((one) => one.dataset.key));
  }

  setInterval(ask, EVERY_MS);
  root.addEventListener("lystok:page", () => place() && look());
}
