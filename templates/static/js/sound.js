// What a scan came to, by ear: whoever scans looks at the books, not at the screen. The notes are those of the kiosk;
// they can be switched off on the help page.

import { sound as play } from "./notes.js";

const OFF = "lystok-sound";

/** Sound a tone, unless it was switched off here. */
export function sound(tone) {
  if (localStorage.getItem(OFF) !== "off") play(tone);
}

export function watchSound(root) {
  const box = () => root.querySelector("[data-sound-switch]");
  const set = () => { if (box()) box().checked = localStorage.getItem(OFF) !== "off"; };
  root.addEventListener("lystok:scanned", () => {
    sound(root.querySelector("[data-sound]")?.dataset.sound);
  });
  root.addEventListener("change", (event) => {
    if (event.target === box()) localStorage.setItem(OFF, event.target.checked ? "on" : "off");
  });
  root.addEventListener("lystok:page", set);
  set();
}
