// The ticket on a phone: kept for times without a network, enlarged by a touch, awake while shown.

const page = document.querySelector(".pass");
const show = (name) => { page.querySelector(`[data-${name}]`).hidden = false; };

async function keep() {
  if (!navigator.serviceWorker || !window.caches) return;
  await navigator.serviceWorker.register(page.dataset.worker);
  await navigator.serviceWorker.ready;
  if (!navigator.onLine) return;
  const files = [...document.querySelectorAll("link[href], script[src]")].map((element) => element.href || element.src);
  const cache = await caches.open("lystok-ticket");
  // Typeface and pictograms are named by the styles and by the page, not by links.
  const signs = [...document.querySelectorAll("use")].map((use) => new URL(use.getAttribute("href"), location).href.split("#")[0]);
  await cache.addAll([...new Set([location.href, ...files, ...signs])]);
  show("kept");
}

const today = new Intl.DateTimeFormat("sv-SE").format(new Date());
if (today > page.dataset.lastDay) show("over");
if (!navigator.onLine) show("away");
keep().catch(() => {});

const code = page.querySelector("[data-enlarge]");
let awake = null;
code.addEventListener("click", async () => {
  const large = code.getAttribute("aria-pressed") !== "true";
  code.setAttribute("aria-pressed", String(large));
  if (!large) awake?.release();
  else awake = await navigator.wakeLock?.request("screen").catch(() => null);
});
