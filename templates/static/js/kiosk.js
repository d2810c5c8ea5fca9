// The patron's page: shows what the station pushes, tells what is pressed, warns before the reset.

import { ready, sound } from "./notes.js";

const place = document.getElementById("screen");
const lost = document.getElementById("lost");
const token = document.querySelector('meta[name="token"]').content;
const frame = document.getElementById("read");
const READ_MS = 600;
const LOST_AFTER_MS = 2500;

let version = Number(place.dataset.version);
let warning = 0;
let losing = 0;
let headphones = false;
let lastHtml = "";

// --- What the station pushes ---------------------------------------------------------------

function listen() {
  const stream = new EventSource("/stream");
  stream.addEventListener("screen", (event) => {
    found();
    show(JSON.parse(event.data));
  });
  stream.addEventListener("read", (event) => sayRead(event.data));
  stream.addEventListener("open", found);
  stream.addEventListener("error", () => {
    losing ||= setTimeout(() => { lost.hidden = false; }, LOST_AFTER_MS);
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 1000);
  });
}

// A code was read: seen and heard at once, whatever will be decided.
function sayRead(at) {
  document.documentElement.dataset.read = at;
  frame.animate({ opacity: [1, 1, 0] }, { duration: READ_MS, easing: "ease-in" });
  sound("read");
}

function found() {
  clearTimeout(losing);
  losing = 0;
  lost.hidden = true;
}

function show(told) {
  // A new run of the program has another token: begin anew.
  if (told.instance !== document.documentElement.dataset.instance) { location.reload(); return; }
  if (told.version !== version) put(told);
  version = told.version;
  headphones = told.headphones;
  warnBefore(told);
}

function put(told) {
  const before = place.firstElementChild;
  const isNew = before?.dataset.serial !== String(told.serial);
  // Only the time began anew: what is being typed stays as it is.
  if (!isNew && told.html === lastHtml && isSameEase(told)) {
    place.dataset.version = told.version;
    return;
  }
  lastHtml = told.html;
  const held = isNew ? null : document.activeElement?.id;
  const scrolled = isNew ? [] : scrollers().map((one) => one.scrollTop);
  const page = document.documentElement;
  const saidBefore = page.dataset.aloud === "on" && page.lang === told.language && !isNew;
  const typed = isNew ? null : document.getElementById("typed")?.value;
  const heldBefore = place.querySelector(".held")?.textContent;
  place.innerHTML = told.html;
  if (typed && document.getElementById("typed")) document.getElementById("typed").value = typed;
  place.dataset.version = told.version;
  page.lang = told.language;
  for (const ease of ["contrast", "text", "aloud"]) page.dataset[ease] = told[ease];
  fit(scrolled);
  // Only now: words on their way in are measured elsewhere than where they will stand.
  place.firstElementChild.classList.toggle("is-new", isNew);
  focusOn(held);
  if (isNew) sound(told.tone);
  if (told.aloud !== "on") hush();
  else if (!saidBefore) readScreen();
  else sayHint(heldBefore);
}

const isSameEase = (told) =>
  ["contrast", "text", "aloud"].every((ease) => document.documentElement.dataset[ease] === told[ease]);

// The same control again where it is still there, else the words of the screen.
function focusOn(id) {
  const again = id ? document.getElementById(id) : null;
  const target = again && !again.disabled ? again : document.getElementById("typed") ?? document.getElementById("main");
  target?.focus({ preventScroll: true });
}

// --- The reset -----------------------------------------------------------------------------

function warnBefore(told) {
  clearTimeout(warning);
  const ending = document.getElementById("ending");
  if (!ending || told.resets_in_ms === null) return;
  ending.hidden = true;
  const left = Math.min(told.warning_ms, told.resets_in_ms);
  warning = setTimeout(() => {
    ending.style.setProperty("--left", `${left}ms`);
    ending.hidden = false;
    fit(scrollers().map((one) => one.scrollTop));
  }, told.resets_in_ms - left);
}

// --- What is pressed -----------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const pressed = event.target.closest("[data-action], [data-scroll], [data-say]");
  if (!pressed) return;
  if (pressed.dataset.scroll) scroll(pressed);
  else if (pressed.dataset.say) sayControls[pressed.dataset.say]();
  else press(pressed.dataset.action, pressed.dataset.value ?? "");
});

function press(action, value) {
  const serial = Number(place.firstElementChild.dataset.serial);
  fetch("/press", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Lystok-Token": token },
    body: JSON.stringify({ action, value, serial }),
    cache: "no-store",
  }).then((answer) => { if (answer.status === 403) location.reload(); }, () => {});
}

document.addEventListener("lystok:press", (event) => press(event.detail.action, event.detail.value));

// Whoever types, touches or scrolls is still here.
const STAYS_EVERY_MS = 5000;
let stayedAt = 0;

for (const kind of ["pointerdown", "keydown", "input", "wheel"]) {
  document.addEventListener(kind, () => {
    if (performance.now() - stayedAt < STAYS_EVERY_MS || !document.getElementById("ending")) return;
    stayedAt = performance.now();
    press("stay", "");
  }, { capture: true, passive: true });
}

// Arrows go from control to control, Escape leaves: a keypad reaches everything.
document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (step) {
    event.preventDefault();
    const controls = [...place.querySelectorAll("button:not(:disabled)")].filter((one) => one.offsetParent);
    const at = controls.indexOf(document.activeElement);
    const next = at < 0 ? (step > 0 ? 0 : controls.length - 1) : (at + step + controls.length) % controls.length;
    controls[next]?.focus();
  } else if (event.key === "Escape" && document.getElementById("cancel")) {
    press("cancel", "");
  }
});

// --- What is longer than the screen ----------------------------------------------------------

const scrollers = () => [...place.querySelectorAll("[data-scroller]")].filter((one) => !one.closest(".is-form"));
const toolsOf = (scroller) => scroller.parentElement.querySelector(".scroll-tools");

const isOver = (one) => one.scrollHeight > one.clientHeight + 1;
const isWide = (one) => one.scrollWidth > one.clientWidth + 1;
const isBroad = (one) => one.clientWidth && isWide(one);
const wordsOverflow = () => [...place.querySelectorAll(".screen:not(.is-form) .words")].some((one) => isOver(one) || [one, ...one.children].some(isWide));

// The words win: headings get smaller, the pictogram gives way, and only then there is scrolling.
// A word that is still broader than its place has the smallest letters, and is broken if it must.
function fit(tops) {
  const screen = place.firstElementChild;
  place.querySelectorAll(".scroll-tools").forEach((tools) => { tools.hidden = true; });
  for (const step of [0, 1, 2]) {
    screen.dataset.fit = step;
    if (!wordsOverflow()) break;
  }
  delete screen.dataset.tight;
  scrollers().forEach(giveTools);
  if ([...place.querySelectorAll(".screen:not(.is-form) :is(.words, .list, .answers, .prose) :not(.unseen)")].some(isBroad)) {
    screen.dataset.tight = "";
    scrollers().forEach(giveTools);
  }
  scrollers().forEach((scroller, index) => {
    scroller.scrollTop = tops[index] ?? 0;
    markEnd(scroller);
  });
}

// Two buttons where there is room for one above the other, else one that goes down, and up at the end.
function giveTools(scroller) {
  const tools = toolsOf(scroller);
  tools.classList.remove("is-single", "is-end");
  tools.hidden = !isOver(scroller);
  const room = tools.parentElement.clientHeight;
  tools.classList.toggle("is-single", tools.scrollHeight > room);
  tools.hidden ||= tools.scrollHeight > room;
  scroller.tabIndex = isOver(scroller) ? 0 : -1;
}

function markEnd(scroller) {
  const tools = toolsOf(scroller);
  const held = tools.contains(document.activeElement);
  tools.classList.toggle("is-end", scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - 1);
  if (held && !document.activeElement.offsetParent) [...tools.children].find((one) => one.offsetParent)?.focus();
}

function scroll(button) {
  const scroller = button.closest(".scroll-tools").parentElement.querySelector("[data-scroller]");
  const isBack = button.dataset.scroll === "-1" && button.parentElement.matches(".is-single");
  const top = isBack ? 0 : scroller.scrollTop + Number(button.dataset.scroll) * scroller.clientHeight * 0.8;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  scroller.scrollTo({ top, behavior: calm ? "instant" : "smooth" });
}

place.addEventListener("scroll", (event) => {
  if (event.target.matches(".scroller:not(.is-form *)") && toolsOf(event.target)) markEnd(event.target);
}, { capture: true, passive: true });

addEventListener("resize", () => fit([]));
document.fonts.ready.then(() => fit([]));

// --- Reading aloud: the words of the screen, a phrase after the other -----------------------------

const VOLUMES = [0.15, 0.3, 0.6, 1];
const UNSAID = "[aria-hidden='true'], [hidden], .rail, .ending, .listening, .scroll-tools, .keys";
let volume = 2;
let reading = 0;
let playing = null;

function spoken(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  if (node.nodeType !== Node.ELEMENT_NODE || node.matches(UNSAID)) return "";
  if (node.matches("[data-private]") && !headphones) return "";
  const label = node.matches("button, input") ? node.getAttribute("aria-label") : null;
  const words = (label ?? [...node.childNodes].map(spoken).join(" ")).replace(/\s+/g, " ").trim();
  return words && node.matches("h1, h2, p, li, button, dt, dd") ? `${words.replace(/[.…,]$/, "")}.` : words;
}

const phrases = (words) => words.match(/[^.!?]+[.!?]*/g)?.map((one) => one.trim()).filter((one) => /[\p{L}\d]/u.test(one)) ?? [];

const readScreen = () => read(phrases([...place.querySelectorAll("main, .actions")].map(spoken).join(" ")));

async function read(words) {
  hush();
  const mine = reading;
  for (const phrase of words) {
    const sound = await fetchSpeech(phrase.slice(0, 1000));
    if (mine !== reading) return;
    if (sound) await play(sound);
    if (mine !== reading) return;
  }
}

async function fetchSpeech(text) {
  const secret = headphones;
  const answer = await fetch("/speech", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Lystok-Token": token },
    body: JSON.stringify({ text, private: secret }),
    cache: "no-store",
  }).catch(() => null);
  if (!answer?.ok) return null;
  return ready().decodeAudioData(await answer.arrayBuffer()).catch(() => null);
}

function play(sound) {
  return new Promise((done) => {
    const audio = ready();
    const gain = audio.createGain();
    playing = audio.createBufferSource();
    playing.buffer = sound;
    gain.gain.value = VOLUMES[volume];
    playing.connect(gain).connect(audio.destination);
    playing.addEventListener("ended", done);
    playing.start();
  });
}

function hush() {
  reading += 1;
  playing?.stop();
  playing = null;
  if (document.documentElement.dataset.aloud !== "on") volume = 2;
}

function louder(step) {
  volume = Math.max(0, Math.min(VOLUMES.length - 1, volume + step));
  readScreen();
}

const sayControls = { again: readScreen, stop: hush, lower: () => louder(-1), louder: () => louder(1) };

// Who goes from control to control by keys hears each of them.
document.addEventListener("focusin", (event) => {
  const control = event.target;
  const wanted = document.documentElement.dataset.aloud === "on" && control.matches(":focus-visible");
  if (wanted && control.matches("button, input")) read(phrases(spoken(control)));
});

// Why a code is not read.
function sayHint(before) {
  const now = place.querySelector(".held")?.textContent;
  if (now && now !== before) read(phrases(now));
}

// What changes within a screen and cannot wait to be asked for, as hints while a photo is taken.
document.addEventListener("lystok:say", (event) => {
  if (document.documentElement.dataset.aloud === "on") read(phrases(event.detail));
});

fit([]);
listen();
