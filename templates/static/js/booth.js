// The camera's view while a photo is taken: pictures and hints are fetched, never kept.

const place = document.getElementById("screen");
const token = document.querySelector('meta[name="token"]').content;
const REST_MS = 500;
const SAID_FOR_MS = 1500;

let said = "";
let saidAt = -SAID_FOR_MS;

const ask = (path) => fetch(path, { headers: { "X-Lystok-Token": token }, cache: "no-store" });
const rest = () => new Promise((done) => { setTimeout(done, REST_MS); });

async function draw(canvas, answer) {
  const picture = await createImageBitmap(await answer.blob());
  if (canvas.width !== picture.width) canvas.width = picture.width;
  if (canvas.height !== picture.height) canvas.height = picture.height;
  canvas.getContext("2d").drawImage(picture, 0, 0);
  picture.close();
}

// --- Looking -----------------------------------------------------------------------------------

async function look(viewer) {
  let after = 0;
  while (viewer.isConnected) {
    try {
      after = await lookOnce(viewer, after);
    } catch {
      await rest();
    }
  }
}

async function lookOnce(viewer, after) {
  const answer = await ask(`/photo/view?after=${after}`);
  if (!answer.ok) throw new Error(answer.statusText);
  if (answer.status === 204) return after;
  const told = JSON.parse(answer.headers.get("X-Photo"));
  if (answer.headers.get("Content-Length") !== "0") await draw(viewer.querySelector("canvas"), answer);
  if (viewer.isConnected) say(viewer, told);
  return told.number;
}

function say(viewer, told) {
  const screen = viewer.closest(".screen");
  viewer.dataset.state = told.countdown ? "counting" : told.phase === "starting" ? "starting" : told.hint ? "wrong" : "right";
  viewer.querySelector(".viewer-count").textContent = told.countdown ?? "";
  const wanted = told.phase === "starting" ? "starting" : told.hint ?? "right";
  const hints = screen.querySelector("[data-hints]");
  if (hints.dataset.shown !== wanted) {
    hints.dataset.shown = wanted;
    for (const hint of hints.children) hint.hidden = hint.dataset.hint !== wanted;
  }
  const shown = hints.querySelector(":scope > :not([hidden])")?.textContent.trim() ?? "";
  sayAloud(told.countdown ? String(told.countdown) : shown, Boolean(told.countdown));
}

// Who listens hears one hint to its end before the next; the countdown interrupts.
function sayAloud(words, urgent) {
  const now = performance.now();
  if (!words || words === said || (!urgent && now - saidAt < SAID_FOR_MS)) return;
  [said, saidAt] = [words, now];
  document.dispatchEvent(new CustomEvent("lystok:say", { detail: words }));
}

// --- The shot ----------------------------------------------------------------------------------

async function showShot(canvas) {
  try {
    const answer = await ask("/photo/shot");
    if (answer.ok) await draw(canvas, answer);
  } catch { /* The words and choices serve without it. */ }
}

function begin() {
  const viewer = place.querySelector("[data-viewer]");
  const shot = place.querySelector("[data-shot]");
  if (viewer) look(viewer);
  if (shot) showShot(shot);
}

new MutationObserver(begin).observe(place, { childList: true });
begin();
