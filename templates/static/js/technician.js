// The ways from the patron's page to the maintenance page, which asks who comes: a corner held for
// five seconds, Ctrl+Alt+M, or the button that a technician's card brings up.

const HELD_MS = 5000;
const CORNER_PX = 96;
const home = "/maintenance/";
let held = 0;

addEventListener("pointerdown", (event) => {
  if (event.clientX < CORNER_PX && event.clientY < CORNER_PX) held = setTimeout(() => location.assign(home), HELD_MS);
});
for (const name of ["pointerup", "pointercancel", "pointerleave"]) addEventListener(name, () => clearTimeout(held));

addEventListener("keydown", (event) => {
  if (event.ctrlKey && event.altKey && event.code === "KeyM") location.assign(home);
});

addEventListener("click", async (event) => {
  const offered = event.target.closest?.("[data-offered]")?.dataset.offered;
  if (!offered) return;
  const answer = await fetch("/maintenance/enter", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Lystok-Token": document.querySelector('meta[name="token"]').content },
    body: JSON.stringify({ offered, language: document.documentElement.lang }),
    cache: "no-store",
  });
  if (answer.ok) location.assign(home);
});
