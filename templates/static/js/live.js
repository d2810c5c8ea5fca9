// A page that asks for itself again every few seconds, until it is paused or not looked at.

export function watchLive(root) {
  // As the server told each part last: the page itself hides lines in it.
  const told = new WeakMap();
  let timer = 0;
  let asking = false;

  const button = () => root.querySelector("[data-pause]");
  const paused = () => button()?.getAttribute("aria-pressed") === "true";

  async function refresh() {
    if (!button() || paused() || root.hidden || asking) return;
    asking = true;
    try {
      const response = await fetch(location.href, { headers: { "X-Live": "1" }, credentials: "same-origin" });
      if (new URL(response.url).pathname !== location.pathname) { location.reload(); return; }
      if (response.ok && !paused()) take(await response.text());
      root.body.removeAttribute("data-state");
    } catch {
      root.body.dataset.state = "lost";
    }
    asking = false;
  }

  function take(text) {
    const page = new DOMParser().parseFromString(text, "text/html");
    for (const part of root.querySelectorAll("[data-live]")) {
      const fresh = page.querySelector(`[data-live="${part.dataset.live}"]`);
      if (!fresh || isInUse(part)) continue;
      const text = fresh.innerHTML;
      if (text !== (told.get(part) ?? part.innerHTML)) swap(part, fresh);
      told.set(part, text);
    }
  }

  // What somebody opened or types in waits until they are done.
  function isInUse(part) {
    const held = part.contains(root.activeElement) ? root.activeElement : null;
    return part.querySelector("details[open]") !== null || (held?.matches("input, select, textarea") ?? false);
  }

  function swap(part, fresh) {
    const held = part.contains(root.activeElement) ? whatItIs(root.activeElement) : null;
    part.replaceChildren(...fresh.childNodes);
    if (held) part.querySelector(held)?.focus({ preventScroll: true });
  }

  // A link by its address, a button by its value or by where its form goes; one that stands outside
  // its form names it.
  function whatItIs(element) {
    const named = (name) => (element.hasAttribute(name) ? `[${name}="${CSS.escape(element.getAttribute(name))}"]` : "");
    const own = named("href") + named("value");
    if (element.hasAttribute("form")) return element.localName + named("form") + own;
    const form = element.form?.getAttribute("action");
    return form ? `form[action="${CSS.escape(form)}"] ${element.localName}${own}` : own || null;
  }

  root.addEventListener("click", (event) => {
    const pressed = event.target.closest?.("[data-pause]");
    if (!pressed) return;
    const next = !paused();
    pressed.setAttribute("aria-pressed", String(next));
    if (!next) refresh();
  });
  root.addEventListener("visibilitychange", refresh);
  root.addEventListener("lystok:news", refresh);

  function start() {
    clearInterval(timer);
    const shown = button();
    if (!shown) return;
    shown.hidden = false;
    timer = setInterval(refresh, Number(shown.dataset.interval));
  }
  start();
  root.addEventListener("lystok:page", start);
}
