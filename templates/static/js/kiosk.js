// The patron's page: shows what the station pushes, tells what is pressed, warns before the reset.

const place = document.getElementById("screen");
const lost = document.getElementById("lost");
const token = document.querySelector('meta[name="token"]').content;
const LOST_AFTER_MS = 2500;

let version = Number(place.dataset.version);
let warning = 0;
let losing = 0;

// --- What the station pushes ---------------------------------------------------------------

function listen() {
  const stream = new EventSource("/stream");
  stream.addEventListener("screen", (event) => {
    found();
    show(JSON.parse(event.data));
  });
  stream.addEventListener("open", found);
  stream.addEventListener("error", () => {
    losing ||= setTimeout(() => { lost.hidden = false; }, LOST_AFTER_MS);
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 1000);
  });
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
  warnBefore(told);
}

function put(told) {
  const before = place.firstElementChild;
  const isNew = before?.dataset.serial !== String(told.serial);
  const held = isNew ? null : document.activeElement?.id;
  const scrolled = isNew ? [] : scrollers().map((one) => one.scrollTop);
  place.innerHTML = told.html;
  place.dataset.version = told.version;
  document.documentElement.lang = told.language;
  place.firstElementChild.classList.toggle("is-new", isNew);
  fit(scrolled);
  focusOn(held);
  if (isNew) sound(told.tone);
}

// The same control again where it is still there, else the words of the screen.
function focusOn(id) {
  const again = id ? document.getElementById(id) : null;
  const target = again && !again.disabled ? again : document.getElementById("main");
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
  const pressed = event.target.closest("[data-action], [data-scroll]");
  if (!pressed) return;
  if (pressed.dataset.scroll) scroll(pressed);
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

document.addEventListener("contextmenu", (event) => event.preventDefault());
document.addEventListener("dragstart", (event) => event.preventDefault());

// --- What is longer than the screen ----------------------------------------------------------

const scrollers = () => [...place.querySelectorAll("[data-scroller]")];
const toolsOf = (scroller) => scroller.parentElement.querySelector(".scroll-tools");

const isOver = (one) => one.scrollHeight > one.clientHeight + 1;
const isWide = (one) => one.scrollWidth > one.clientWidth + 1;
const wordsOverflow = () => [...place.querySelectorAll(".words")].some((one) => isOver(one) || [one, ...one.children].some(isWide));

// The words win: headings get smaller, the pictogram gives way, and only then there is scrolling.
function fit(tops) {
  const screen = place.firstElementChild;
  place.querySelectorAll(".scroll-tools").forEach((tools) => { tools.hidden = true; });
  for (const step of [0, 1, 2]) {
    screen.dataset.fit = step;
    if (!wordsOverflow()) break;
  }
  scrollers().forEach((scroller, index) => {
    toolsOf(scroller).hidden = !isOver(scroller);
    scroller.tabIndex = isOver(scroller) ? 0 : -1;
    scroller.scrollTop = tops[index] ?? 0;
  });
}

function scroll(button) {
  const scroller = button.closest(".scroll-tools").parentElement.querySelector("[data-scroller]");
  const distance = Number(button.dataset.scroll) * scroller.clientHeight * 0.8;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  scroller.scrollBy({ top: distance, behavior: calm ? "instant" : "smooth" });
}

addEventListener("resize", () => fit([]));
document.fonts.ready.then(() => fit([]));

// --- Sounds: two notes up, two notes level, two notes down ------------------------------------

const NOTES = { heard: [880], grant: [660, 880], desk: [660, 660], refuse: [520, 390], alarm: [880, 440, 880, 440] };
let audio;

function sound(tone) {
  if (!NOTES[tone]) return;
  try {
    audio ??= new AudioContext();
    if (audio.state !== "running") { audio.resume(); }
    NOTES[tone].forEach((frequency, index) => note(frequency, audio.currentTime + index * 0.14));
  } catch { /* A machine without sound still shows. */ }
}

function note(frequency, start) {
  const oscillator = audio.createOscillator();
  const gain = audio.createGain();
  oscillator.frequency.value = frequency;
  gain.gain.setValueAtTime(0.15, start);
  gain.gain.exponentialRampToValueAtTime(0.001, start + 0.13);
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start(start);
  oscillator.stop(start + 0.14);
}

fit([]);
listen();
