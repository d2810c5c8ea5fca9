// A station as it is at this moment: screen, camera, card reader, lane, cable, faults.

import { send, words } from "./bench.js";

const of = (code) => [...document.querySelectorAll(`[data-station="${code}"]`)];
const within = (code, what) => of(code).map((part) => part.querySelector(what)).find(Boolean);

/** A slip comes out of a station's printer. */
export function printed(code) {
  const totem = within(code, ".totem");
  totem.classList.remove("prints");
  void totem.getBoundingClientRect();
  totem.classList.add("prints");
}

/** Show a station. */
export function showStation(code, now) {
  showScreen(code, now.screen);
  showEye(within(code, "[data-eye]"), code, now);
  showPad(within(code, "[data-pad]"), now.cards);
  showLane(within(code, "[data-lane]"), now.lane);
  within(code, ".totem").classList.toggle("has-paper", (now.printer?.lines_begun ?? 0) > 0);
  showCable(document.querySelector(`.cable[data-station="${code}"]`), now.cable);
  for (const row of document.querySelectorAll(`.devices[data-station="${code}"] [data-switch]`)) showSwitch(row, now);
}

async function showScreen(code, screen) {
  const wing = document.querySelector(`.wing[data-station="${code}"]`);
  wing.classList.toggle("is-dark", !screen);
  const frame = wing.querySelector("[data-screen]");
  if (!screen) {
    delete frame.dataset.count;
    return;
  }
  frame.title = `${code}: ${screen.title}`;
  const place = frame.contentDocument?.getElementById("screen");
  if (!place || (frame.dataset.count === String(screen.count) && place.firstElementChild)) return;
  const answer = await fetch(`/screen/${code}/now`, { cache: "no-store" });
  if (!answer.ok) return;
  frame.dataset.count = screen.count;
  place.innerHTML = await answer.text();
  fit(place);
  listen(frame, code);
}

// As on the station itself: letters get smaller until the words have room.
function fit(place) {
  const isFull = (one) => one.scrollHeight > one.clientHeight + 1 || one.scrollWidth > one.clientWidth + 1;
  for (const step of [0, 1, 2]) {
    place.firstElementChild.dataset.fit = step;
    if (![...place.querySelectorAll(".words")].some(isFull)) return;
  }
}

function listen(frame, code) {
  const page = frame.contentDocument;
  if (page.documentElement.dataset.heard) return;
  page.documentElement.dataset.heard = "yes";
  page.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-action]");
    if (pressed) send("/press", { station: code, action: pressed.dataset.action, value: pressed.dataset.value ?? "" });
  });
}

function showEye(eye, code, now) {
  const trouble = now.camera?.trouble ?? "gone";
  eye.dataset.trouble = trouble;
  eye.querySelector("[data-eye-trouble]").textContent = words.eye[trouble] ?? "";
  const holding = Boolean(now.camera?.holding && now.held);
  eye.classList.toggle("is-holding", holding);
  const picture = eye.querySelector("[data-eye-held]");
  picture.hidden = !holding;
  const address = `/held/${code}.png?n=${now.held}`;
  if (holding && picture.getAttribute("src") !== address) {
    picture.src = address;
    picture.onload = () => eye.classList.toggle("is-paper", picture.naturalHeight > 2 * picture.naturalWidth);
  }
}

function showPad(pad, cards) {
  const gone = !cards || cards.trouble === "gone";
  const uid = cards?.uid;
  pad.classList.toggle("is-gone", gone);
  pad.classList.toggle("has-card", Boolean(uid));
  const said = pad.querySelector("[data-pad-words]");
  said.textContent = uid ? words.pad.card : gone ? words.pad.gone : words.pad.empty;
  if (uid) said.append(Object.assign(document.createElement("small"), { textContent: uid }));
  pad.querySelector("[data-play]").hidden = !uid;
}

function showLane(lane, now) {
  const bars = now?.bars ?? "none";
  lane.dataset.bars = bars;
  lane.dataset.lamps = now?.lamps ?? "dark";
  const said = (now?.past ?? []).map((line) => line.split(" ")[0]).filter((line) => words.signals[line]).at(-1);
  const isFree = bars !== "shut";
  lane.querySelector("[data-lane-words]").textContent = isFree || !said ? words.bars[bars] : words.signals[said];
  lane.querySelector("[data-lane-picture]").setAttribute("aria-label", `${words.bars[bars]}, ${words.lamps[lane.dataset.lamps]}`);
}

function showCable(cable, { whole }) {
  cable.dataset.cable = whole ? "whole" : "cut";
  const button = cable.querySelector("[data-cut]");
  button.setAttribute("aria-pressed", String(!whole));
  button.querySelector("span").textContent = whole ? words.cut : words.mend;
}

function showSwitch(row, now) {
  const [device, name] = row.dataset.switch.split("-");
  const told = device === "printer" ? now.printer?.faults : now[device];
  row.classList.toggle("is-absent", !told);
  if (!told) return;
  const select = row.querySelector("select");
  const ends = name === "paper" && told.out_after_lines !== null && told.paper === "ok";
  const value = ends ? "ends" : told[name];
  if (document.activeElement !== select || !select.dataset.busy) select.value = value;
  row.classList.toggle("is-wrong", select.selectedIndex > 0);
}
