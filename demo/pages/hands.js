// What a person does: holds, lays, walks, cuts, breaks, drops files, filters tickets.

import { send } from "./bench.js";
import { copy } from "./table.js";

const MIME = "application/x-lystok";
const stationOf = (element) => element.closest("[data-station]").dataset.station;
const parsed = (text) => JSON.parse(text || "{}");

/** Listen to everything that can be pressed, dragged and typed. */
export function watchHands() {
  document.addEventListener("click", onClick);
  document.addEventListener("change", onChange);
  watchTabs();
  watchFilters();
  watchDrags();
}

function onClick(event) {
  const button = event.target.closest("button");
  if (!button) return;
  const data = button.dataset;
  if (data.hold) send("/hold", { station: data.at, thing: parsed(data.hold) });
  else if (data.play) play(button);
  else if ("cut" in data) send("/cable", { station: stationOf(button), whole: button.getAttribute("aria-pressed") === "true" });
  else if ("repair" in data) repair(stationOf(button));
  else if (data.copy) copy(data.copy);
  else if (data.code) fetch(`/staff/${data.code}/code`, { cache: "no-store" }).then(async (answer) => copy(await answer.text()));
}

async function play(button) {
  const { play: device, do: act } = button.dataset;
  const args = parsed(button.dataset.arguments);
  const station = stationOf(button);
  if (!(await send("/play", { station, device, do: act, arguments: args }, act))) return;
  if (act === "walk" || act === "push") walk(station, args.direction);
}

function walk(station, direction) {
  const wing = document.querySelector(`.wing[data-station="${station}"]`);
  const ahead = wing.classList.contains(`wing-${direction}`);
  const lane = wing.querySelector("[data-lane]");
  lane.classList.remove("walks", "walks-back");
  void lane.getBoundingClientRect();
  lane.classList.add(ahead ? "walks" : "walks-back");
}

async function repair(station) {
  for (const device of ["camera", "cards", "lane", "printer"]) {
    await send("/play", { station, device, do: "reset", arguments: {} });
  }
  await send("/cable", { station, whole: true });
}

async function onChange(event) {
  const select = event.target.closest("select[data-device]");
  if (select) {
    const args = parsed(select.selectedOptions[0].dataset.arguments);
    await send("/play", { station: stationOf(select), device: select.dataset.device, do: "set", arguments: args });
  } else if (event.target.matches("[data-upload]")) {
    await upload(event.target.dataset.upload, event.target.files[0]);
    event.target.value = "";
  }
}

async function upload(station, file) {
  if (!file) return;
  await send(`/upload/${station}`, file);
}

// --- Tabs: arrows go from one to the next ------------------------------------------------------

function watchTabs() {
  const tabs = [...document.querySelectorAll('[role="tab"]')];
  const choose = (chosen) => tabs.forEach((tab) => {
    const on = tab === chosen;
    tab.setAttribute("aria-selected", String(on));
    tab.tabIndex = on ? 0 : -1;
    document.getElementById(tab.getAttribute("aria-controls")).hidden = !on;
  });
  tabs.forEach((tab, at) => {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => {
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      const next = tabs[(to + tabs.length) % tabs.length];
      choose(next);
      next.focus();
    });
  });
}

// --- Tickets ---------------------------------------------------------------------------------

function watchFilters() {
  const find = document.getElementById("find");
  const state = document.getElementById("state");
  const filter = () => {
    const text = find.value.trim().toLowerCase().replaceAll("'", "’");
    let shown = 0;
    for (const row of document.querySelectorAll("#tickets > li")) {
      row.hidden = !(row.dataset.words.includes(text) && (!state.value || row.dataset.state === state.value));
      shown += Number(!row.hidden);
    }
    document.getElementById("none").hidden = shown > 0;
  };
  find.addEventListener("input", filter);
  state.addEventListener("change", filter);
}

// --- Dragging things and files to a camera -----------------------------------------------------

function watchDrags() {
  document.addEventListener("dragstart", (event) => {
    const row = event.target.closest?.("[data-thing]");
    if (row) event.dataTransfer.setData(MIME, row.dataset.thing);
    document.body.classList.add("is-over-all");
  });
  document.addEventListener("dragend", () => document.body.classList.remove("is-over-all"));
  for (const type of ["dragover", "dragenter"]) {
    document.addEventListener(type, (event) => {
      const eye = event.target.closest?.("[data-drop]");
      event.preventDefault();
      event.dataTransfer.dropEffect = eye ? "copy" : "none";
      mark(eye);
    });
  }
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    mark(null);
    document.body.classList.remove("is-over-all");
    const eye = event.target.closest?.("[data-drop]");
    if (eye) drop(eye.dataset.drop, event.dataTransfer);
  });
}

function mark(eye) {
  for (const one of document.querySelectorAll("[data-drop]")) one.classList.toggle("is-over", one === eye);
}

function drop(station, carried) {
  const thing = carried.getData(MIME);
  if (thing) send("/hold", { station, thing: JSON.parse(thing) });
  else if (carried.files.length) upload(station, carried.files[0]);
}
