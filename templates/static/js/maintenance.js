// The maintenance page: knocks, tries, turns; looks anew every two seconds; goes home when left.

const token = document.querySelector('meta[name="token"]').content;
const main = document.querySelector("main");
const KNOCK_IDLE_MS = 60_000;
const LOOK_MS = 2000;

function send(path, body) {
  return fetch(`/maintenance/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Lystok-Token": token },
    body: JSON.stringify(body),
    cache: "no-store",
  });
}

// --- Left alone, the station is the patrons' again ---------------------------------------------

let idle = 0;
const idleMs = main.dataset.idle ? Number(main.dataset.idle) * 1000 : KNOCK_IDLE_MS;
function awake() {
  clearTimeout(idle);
  idle = setTimeout(() => leave(), idleMs);
}
for (const name of ["pointerdown", "keydown"]) addEventListener(name, awake);
awake();

async function leave() {
  sessionStorage.clear();
  if ("tab" in main.dataset) await send("leave", {}).catch(() => {});
  location.assign("/");
}

// --- Larger letters and contrast, for as long as the technician is here --------------------------

const EASES = ["text", "contrast"];

function ease(name, on) {
  const button = document.querySelector(`[data-eases="${name}"]`);
  if (on && button) document.documentElement.dataset[name] = button.dataset.on;
  else delete document.documentElement.dataset[name];
  button?.setAttribute("aria-pressed", on);
}

for (const name of EASES) ease(name, sessionStorage.getItem(name) === "on");
document.addEventListener("click", (event) => {
  const name = event.target.closest?.("[data-eases]")?.dataset.eases;
  if (!name) return;
  const on = sessionStorage.getItem(name) !== "on";
  sessionStorage.setItem(name, on ? "on" : "off");
  ease(name, on);
});

// --- The code -----------------------------------------------------------------------------------

const code = document.getElementById("code");
const said = () => document.getElementById("said");

function say(text, kind = "") {
  if (said()) {
    said().textContent = text;
    said().dataset.kind = kind;
  }
}

async function knock() {
  const answer = await send("enter", { code: code.value, language: document.documentElement.lang });
  code.value = "";
  code.focus();
  if (answer.ok) { location.assign("/maintenance/"); return; }
  const told = answer.status === 403 ? await answer.json().catch(() => ({})) : {};
  say(told.shut_s ? `${main.dataset.shut} ${told.shut_s}` : main.dataset.wrong, "bad");
}

if (code) {
  document.querySelector(".knock-form").addEventListener("submit", (event) => { event.preventDefault(); knock(); });
  document.addEventListener("click", (event) => {
    const key = event.target.closest("[data-digit], [data-erase]");
    if (!key) return;
    code.value = key.dataset.digit === undefined ? code.value.slice(0, -1) : (code.value + key.dataset.digit).slice(0, 12);
  });
}

// --- Trying and doing -----------------------------------------------------------------------------

async function order(button, path, body) {
  button.disabled = true;
  say("…");
  try {
    const answer = await send(path, body);
    if (answer.status === 403) { location.reload(); return; }
    const told = await answer.json();
    say(told.text, told.ok ? "good" : "bad");
    if (told.ok && body.what === "restart") again();
  } catch {
    say("—", "bad");
  } finally {
    button.disabled = false;
    button.focus();
  }
}

// The program is gone for a moment; the page comes back with it.
function again() {
  const look = () => fetch("/maintenance/", { cache: "no-store" }).then(() => location.assign("/"), () => setTimeout(look, 500));
  setTimeout(look, 1500);
}

function isSure(button) {
  if (!button.dataset.sure || button.dataset.asked) return true;
  button.dataset.asked = "1";
  say(button.dataset.sure);
  setTimeout(() => { delete button.dataset.asked; }, 5000);
  return false;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const { dataset } = button;
  if (dataset.try) order(button, "try", { what: dataset.try });
  else if (dataset.do && isSure(button)) order(button, "do", { what: dataset.do });
  else if ("picture" in dataset) picture(dataset.picture);
  else if ("sound" in dataset) sound(dataset.told);
  else if ("leave" in dataset) leave();
  else if (dataset.language) { await send("language", { what: dataset.language }); location.reload(); }
});

document.addEventListener("change", (event) => {
  const { knob } = event.target.dataset;
  if (knob) order(event.target, "do", { what: knob, value: event.target.value });
});
document.addEventListener("input", (event) => {
  if (event.target.dataset.knob) event.target.nextElementSibling.textContent = `${event.target.value} %`;
});
document.querySelector("[data-pair]")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const field = document.getElementById("pair-code");
  order(event.target.querySelector("button"), "do", { what: "pair", value: field.value.trim() });
});

document.querySelector(".sieve")?.addEventListener("submit", (event) => {
  event.preventDefault();
  location.assign(`/maintenance/log?${new URLSearchParams(new FormData(event.target, event.submitter))}`);
});

function sound(told) {
  const audio = new AudioContext();
  const tone = audio.createOscillator();
  tone.frequency.value = 660;
  tone.connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.4);
  say(told, "good");
}

// --- What a camera sees ---------------------------------------------------------------------------

async function picture(which) {
  const place = document.querySelector("[data-sight]");
  const [view, words] = [place.querySelector("canvas"), place.querySelector("figcaption")];
  const answer = await fetch(`/maintenance/camera.jpg?which=${which || "scanner"}&at=${Date.now()}`, { cache: "no-store" });
  place.hidden = false;
  say("");
  if (answer.ok) {
    const found = answer.headers.get("X-Found");
    await draw(view, await answer.blob());
    words.textContent = found ? `${words.dataset.found} ${found}` : words.dataset.none;
  } else {
    view.width = 0;
    words.textContent = words.dataset.failed;
  }
  place.scrollIntoView({ block: "nearest" });
}

async function draw(view, blob) {
  const seen = await createImageBitmap(blob);
  [view.width, view.height] = [seen.width, seen.height];
  view.getContext("2d").drawImage(seen, 0, 0);
}

// --- Looking anew ---------------------------------------------------------------------------------

async function look() {
  if (!document.hidden && document.querySelector("[data-live]")) {
    try {
      const asked = new URLSearchParams(location.search);
      asked.set("part", "1");
      const answer = await fetch(`/maintenance/${main.dataset.tab}?${asked}`, { cache: "no-store", redirect: "error" });
      if (answer.ok) put(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch { /* The program is gone for a moment. */ }
  }
  setTimeout(look, LOOK_MS);
}

function put(fresh) {
  const [now, then] = [[...document.querySelectorAll("[data-live]")], [...fresh.querySelectorAll("[data-live]")]];
  now.forEach((one, index) => {
    const other = then[index];
    if (!other || one.innerHTML === other.innerHTML || one.contains(document.activeElement)) return;
    one.replaceChildren(...other.childNodes);
  });
}

if (main.dataset.tab) setTimeout(look, LOOK_MS);
document.addEventListener("contextmenu", (event) => event.preventDefault());
