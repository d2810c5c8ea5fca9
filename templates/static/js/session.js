// Keeps the page where it is: no key, gesture or menu of the browser leads out of it, and twice a
// second the station hears that it is alive.

const BEAT_MS = 500;
const word = (document.querySelector('meta[name="beat"]') ?? document.querySelector('meta[name="token"]')).content;

async function beat() {
  try {
    // Locks are handed out by the browser's own process: if that hangs, this waits.
    await navigator.locks.request("beat", () => {});
    await fetch("/beat", { method: "POST", headers: { "X-Lystok-Token": word }, cache: "no-store" });
  } catch { /* The station is away for a moment: the page says so itself. */ }
  setTimeout(beat, BEAT_MS);
}
beat();

// What a browser does by keys: tabs, windows, addresses, search, zoom, print, save, reload, tools.
// Letters, digits, arrows, Tab, Enter and Escape are the page's; AltGr writes letters.
addEventListener("keydown", (event) => {
  const isOurs = event.ctrlKey && event.altKey && event.code === "KeyM";
  const writes = event.getModifierState("AltGraph");
  const commands = (event.ctrlKey || event.altKey || event.metaKey) && !writes;
  const named = /^(F\d+|Browser.*|Launch.*|Help|ContextMenu|PrintScreen)$/.test(event.key);
  const tasks = event.shiftKey && event.key === "Escape";
  if ((commands || named || tasks) && !isOurs) event.preventDefault();
}, { capture: true });

addEventListener("wheel", (event) => { if (event.ctrlKey) event.preventDefault(); }, { passive: false });
addEventListener("touchmove", (event) => { if (event.touches.length > 1) event.preventDefault(); }, { passive: false });
for (const name of ["contextmenu", "dragstart", "dragover", "drop", "auxclick", "gesturestart"]) {
  addEventListener(name, (event) => event.preventDefault(), { passive: false });
}
