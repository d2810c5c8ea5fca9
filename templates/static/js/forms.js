// The keyboard on the screen, and the field that is typed into: by finger, by keys, by both.

const place = document.getElementById("screen");
const token = document.querySelector('meta[name="token"]').content;
const field = () => document.getElementById("typed");
const CHECK_AFTER_MS = 350;

let checking = 0;

// --- Typing --------------------------------------------------------------------------------------

function write(text) {
  const input = field();
  if (input.value.length >= input.maxLength) return;
  input.setRangeText(text, input.selectionStart, input.selectionEnd, "end");
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

function erase() {
  const input = field();
  const from = input.selectionStart === input.selectionEnd ? Math.max(0, input.selectionStart - 1) : input.selectionStart;
  input.setRangeText("", from, input.selectionEnd, "end");
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

// A day gets its points by itself: 05111990 -> 05.11.1990.
function asDay(input) {
  const digits = input.value.replace(/\D/g, "").slice(0, 8);
  input.value = [digits.slice(0, 2), digits.slice(2, 4), digits.slice(4)].filter(Boolean).join(".");
}

// --- Capitals: by themselves where a word begins, else by the key ---------------------------------

const shown = () => place.querySelector(".layer:not([hidden])");

function beginsWord() {
  const input = field();
  return input.value === "" || /[\s\-’.]$/.test(input.value.slice(0, input.selectionStart)) && !/’$/.test(input.value);
}

function setShift(on) {
  const layer = shown();
  if (!layer?.hasAttribute("data-capitals")) return;
  for (const key of layer.querySelectorAll("[data-shift]")) key.setAttribute("aria-pressed", on);
  for (const key of layer.querySelectorAll("[data-key]")) {
    const sign = key.dataset.key.toLowerCase();
    key.dataset.key = on ? sign.toUpperCase() : sign;
    if (sign.trim()) key.textContent = key.dataset.key;
  }
}

const suitShift = () => setShift(field()?.dataset.ask !== "email" && beginsWord());

// --- What is wrong, as one types -----------------------------------------------------------------

async function check() {
  const input = field();
  if (!input) return;
  const { ask } = input.dataset;
  const value = input.value;
  const answer = await fetch("/check", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Lystok-Token": token },
    body: JSON.stringify({ ask, value }),
    cache: "no-store",
  }).catch(() => null);
  if (!answer?.ok || field() !== input || input.value !== value) return;
  const { fault } = await answer.json();
  // Nobody is told off for what is not finished yet.
  showFault(fault === "empty" ? "" : fault);
}

function showFault(fault) {
  field().toggleAttribute("aria-invalid", Boolean(fault));
  if (fault) field().setAttribute("aria-invalid", "true");
  for (const one of place.querySelectorAll("[data-fault]")) one.hidden = one.dataset.fault !== fault;
}

place.addEventListener("input", (event) => {
  if (event.target.id !== "typed") return;
  if (event.target.dataset.ask === "birth_date") asDay(event.target);
  suitShift();
  clearTimeout(checking);
  checking = setTimeout(check, CHECK_AFTER_MS);
});

// --- Keys ----------------------------------------------------------------------------------------

// The field keeps the caret while keys are touched.
place.addEventListener("mousedown", (event) => { if (event.target.closest(".key")) event.preventDefault(); });

place.addEventListener("click", (event) => {
  const key = event.target.closest(".key, [data-typed], [data-erase], [data-whole]");
  if (!key) return;
  if (key.dataset.typed) done(key.dataset.typed);
  else if (key.dataset.key) { write(key.dataset.key); open(key, ""); }
  else if (key.dataset.open) open(key, key.dataset.open);
  else if (key.hasAttribute("data-close")) open(key, "");
  else if (key.hasAttribute("data-whole")) setWhole(key.getAttribute("aria-pressed") !== "true");
  else if (key.hasAttribute("data-erase")) erase();
  else if (key.hasAttribute("data-shift")) setShift(key.getAttribute("aria-pressed") !== "true");
  else if (key.dataset.layer) turnTo(key.dataset.layer);
});

// Five letters instead of their keys by fives, or with "" these again; keys that were used by keys
// hand the focus on.
function open(key, five) {
  const grouped = key.closest(".grouped");
  if (!grouped) return;
  const before = grouped.querySelector(".fives:not([hidden])");
  const had = before.contains(document.activeElement);
  for (const one of grouped.children) one.hidden = (one.dataset.five ?? "") !== five;
  if (!had) return;
  const now = grouped.querySelector(".fives:not([hidden])");
  (five ? now.firstElementChild : now.querySelector(`[data-open="${before.dataset.five}"]`)).focus();
}

// Whoever wants all keys at once, however small, keeps them until the enrolment ends.
let whole = false;

function setWhole(on) {
  whole = on;
  place.querySelector(".keys").classList.toggle("is-whole", on);
  document.getElementById("keys-whole")?.setAttribute("aria-pressed", on);
}

function turnTo(name) {
  for (const layer of place.querySelectorAll(".layer")) layer.hidden = layer.dataset.name !== name;
  suitShift();
  if (!place.contains(document.activeElement) || document.activeElement === document.body) field().focus();
}

function done(action) {
  document.dispatchEvent(new CustomEvent("lystok:press", { detail: { action, value: field().value } }));
}

place.addEventListener("keydown", (event) => {
  if (event.target.id === "typed" && event.key === "Enter") {
    event.preventDefault();
    done(place.querySelector("[data-typed]").dataset.typed);
  }
});

// --- From key to key by arrows ---------------------------------------------------------------------

const SIDES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

place.addEventListener("keydown", (event) => {
  const side = SIDES[event.key];
  const from = event.target.closest(".key, #typed");
  if (!side || !from) return;
  if (from.id === "typed" && side[1] === 0) { event.stopPropagation(); return; }
  event.preventDefault();
  event.stopPropagation();
  nearest(from, side)?.focus();
});

function nearest(from, [dx, dy]) {
  const middle = (one) => { const box = one.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; };
  const [x, y] = middle(from);
  let best = null;
  let least = Infinity;
  for (const one of place.querySelectorAll("button:not(:disabled), #typed")) {
    if (!one.offsetParent || one === from) continue;
    const [ox, oy] = middle(one);
    const along = (ox - x) * dx + (oy - y) * dy;
    const aside = Math.abs((ox - x) * dy) + Math.abs((oy - y) * dx);
    if (along > 4 && along + 3 * aside < least) { least = along + 3 * aside; best = one; }
  }
  return best;
}

// --- A new field ------------------------------------------------------------------------------------

new MutationObserver(() => {
  const input = field();
  if (!place.querySelector('[data-name^="enrol"]')) whole = false;
  if (!input || input.dataset.ready) return;
  input.dataset.ready = "yes";
  setWhole(whole);
  input.focus({ preventScroll: true });
  input.setSelectionRange(input.value.length, input.value.length);
  suitShift();
}).observe(place, { childList: true, subtree: true });
