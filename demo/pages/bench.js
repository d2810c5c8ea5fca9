// The bench: shows what the stage tells, sends what a person does.

import { layTable, watchTable } from "./table.js";
import { showStation } from "./station.js";
import { watchHands } from "./hands.js";

const token = document.querySelector('meta[name="token"]').content;
const toast = document.getElementById("toast");
export const words = JSON.parse(document.getElementById("words").textContent);

let clearing = 0;

/** Tell something for a moment. */
export function say(text, isError = false) {
  clearTimeout(clearing);
  toast.textContent = text;
  toast.classList.toggle("is-error", isError);
  clearing = setTimeout(() => { toast.textContent = ""; }, 4000);
}

/** Send an act; answers whether it was done. `what` names the words of a refusal. */
export async function send(path, body, what = "") {
  const isFile = body instanceof Blob;
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "X-Lystok-Token": token, "Content-Type": isFile ? "application/octet-stream" : "application/json" },
      body: isFile ? body : JSON.stringify(body),
      cache: "no-store",
    });
    if (answer.ok) return true;
    if (answer.status === 403) location.reload();
    say(await refusal(answer, what), true);
  } catch {
    say(words.errors.stage, true);
  }
  return false;
}

async function refusal(answer, what) {
  if (answer.status === 413) return words.errors.too_large;
  const told = await answer.json().catch(() => ({}));
  const code = told.error === "not_now" ? what : told.error;
  return words.errors[code] ?? words.errors.wrong;
}

async function look() {
  let version = 0;
  for (;;) {
    try {
      const answer = await fetch(`/state?after=${version}`, { cache: "no-store" });
      const sight = await answer.json();
      if (sight.version !== version && sight.stations) show(sight);
      version = sight.version;
    } catch {
      say(words.errors.stage, true);
      version = 0;
      await new Promise((done) => { setTimeout(done, 2000); });
    }
    if (document.hidden) await new Promise((done) => { document.addEventListener("visibilitychange", done, { once: true }); });
  }
}

function show(sight) {
  for (const [code, station] of Object.entries(sight.stations)) showStation(code, station);
  layTable(sight.slips);
}

watchTable();
watchHands();
look();
