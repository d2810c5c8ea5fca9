// The table: slips of both printers, the newest in front until another one is taken.

import { say, send, words } from "./bench.js";
import { printed } from "./station.js";

const id = (name) => document.getElementById(name);
let slips = [];
let chosen = "";
let isFirst = true;

/** Lay the slips on the table, the newest first. */
export function layTable(now) {
  if (JSON.stringify(now) === JSON.stringify(slips)) return;
  const isNew = now.length > 0 && now[0].name !== slips[0]?.name;
  if (isNew && !isFirst) printed(now[0].station);
  slips = now;
  isFirst = false;
  if (isNew || !slips.some((slip) => slip.name === chosen)) chosen = slips[0]?.name ?? "";
  show();
}

function show() {
  const slip = slips.find((one) => one.name === chosen);
  id("table-empty").hidden = Boolean(slip);
  id("chosen").hidden = !slip;
  if (!slip) return;
  const number = slip.number || words.torn;
  const at = new Date(slip.at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const picture = id("chosen-picture");
  if (picture.dataset.name !== slip.name) {
    picture.dataset.name = slip.name;
    picture.src = `/slips/${slip.name}.png`;
    picture.parentElement.scrollTop = 0;
  }
  picture.alt = `${words.slip} ${number}`;
  id("chosen-when").textContent = `${slip.station} · ${at}`;
  id("chosen-number").textContent = number;
  id("chosen-number").classList.toggle("is-torn", !slip.number);
  id("copy-number").disabled = !slip.number;
  showPile();
}

function showPile() {
  id("pile").hidden = slips.length < 2;
  id("pile").replaceChildren(...slips.map((slip) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    const picture = document.createElement("img");
    button.type = "button";
    button.setAttribute("aria-pressed", String(slip.name === chosen));
    picture.src = `/slips/${slip.name}.png`;
    picture.alt = slip.number || words.torn;
    button.append(picture);
    button.addEventListener("click", () => { chosen = slip.name; show(); });
    item.append(button);
    return item;
  }));
}

/** Copy a text and say so. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    say(`${words.copied}: ${text}`);
  } catch {
    say(words.not_copied, true);
  }
}

/** Listen to the buttons of the table. */
export function watchTable() {
  id("real").addEventListener("click", () => {
    const real = document.querySelector(".table").classList.toggle("is-real");
    id("real").setAttribute("aria-pressed", String(real));
  });
  id("copy-number").addEventListener("click", () => copy(slips.find((slip) => slip.name === chosen).number));
  for (const button of document.querySelectorAll("[data-slip-at]")) {
    button.addEventListener("click", () => send("/hold", { station: button.dataset.slipAt, thing: { kind: "slip", name: chosen } }));
  }
  const picture = id("chosen-picture");
  picture.addEventListener("dragstart", (event) => {
    event.dataTransfer.setData("application/x-lystok", JSON.stringify({ kind: "slip", name: chosen }));
  });
}
