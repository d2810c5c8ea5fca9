// Keys: "/" and F2 to the scan field, Alt with a digit to a place (with Shift to a choice), Enter and Escape for the acts
// that a page names as its own. "/" alone can be switched off on the help page (WCAG 2.1.4).

const SINGLE = "lystok-single-keys";

const isTyping = (element) =>
  element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement;
const isControl = (element) => element?.closest("a, button, summary, input, textarea, select") != null;
const singleKeys = () => localStorage.getItem(SINGLE) !== "off";

export function watchKeys(root, field) {
  root.addEventListener("keydown", (event) => {
    if (event.defaultPrevented) return;
    const act = chosen(event, field);
    if (act) {
      event.preventDefault();
      act();
    }
  });
  watchSwitch(root);
}

function chosen(event, field) {
  const toField = () => { field.focus(); field.select(); };
  if (event.altKey && /^Digit\d$/.test(event.code)) {
    const keys = `Alt+${event.shiftKey ? "Shift+" : ""}${event.code.slice(-1)}`;
    const named = document.querySelector(`[aria-keyshortcuts="${keys}"]`);
    return named && (() => { named.focus(); named.click(); });
  }
  if (event.altKey || event.ctrlKey || event.metaKey) return null;
  if (event.key === "F2") return field && toField;
  if (event.key === "?" && singleKeys() && !isTyping(event.target)) return () => document.querySelector('[aria-keyshortcuts="Alt+0"]')?.click();
  const isFree = !isTyping(event.target) || (event.target === field && !field.value); // pressed there by habit
  if (event.code === "Slash" && singleKeys() && !event.shiftKey && isFree) return field && toField;
  if (event.key === "Enter") return mainAct(event, field);
  if (event.key === "Escape") return leave(field);
  return null;
}

function mainAct(event, field) {
  const button = document.querySelector("[data-main]");
  const free = !isControl(event.target) || (event.target === field && !field.value);
  return button && free ? () => button.click() : null;
}

function leave(field) {
  const menu = document.querySelector(".person[open]");
  if (menu) return () => { menu.open = false; menu.querySelector("summary").focus(); };
  if (field?.value) return () => { field.value = ""; };
  const button = document.querySelector('[data-key="Escape"]');
  return button && (() => button.click());
}

function watchSwitch(root) {
  const set = () => {
    const box = root.querySelector("[data-single-keys]");
    if (box) box.checked = singleKeys();
  };
  root.addEventListener("change", (event) => {
    if (event.target.matches("[data-single-keys]")) localStorage.setItem(SINGLE, event.target.checked ? "on" : "off");
  });
  root.addEventListener("click", (event) => {
    const menu = root.querySelector(".person[open]");
    if (menu && !menu.contains(event.target)) menu.open = false;
  });
  set();
}
