// A field that shortens a long list to what is typed, and a tick that leaves only those still awaited.
// The list may be drawn anew at any time, by somebody's act or by itself. A search ends with the mark of
// whom it found; the tick stays.

export function watchFinding(root) {
  let awaited = false;

  const field = () => root.querySelector("[data-find]");
  const tick = () => root.querySelector("[data-awaited]");

  function shorten() {
    const wanted = field()?.value.trim().toLocaleLowerCase();
    for (const line of root.querySelectorAll(".roll-line")) {
      const said = line.querySelector(".roll-who").textContent.toLocaleLowerCase();
      const misses = Boolean(wanted) && !said.includes(wanted);
      const hidden = misses || (awaited && line.dataset.state !== "waiting");
      if (line.hidden !== hidden) line.hidden = hidden;
    }
  }

  function begin() {
    if (!field()) return;
    field().closest("[hidden]")?.removeAttribute("hidden");
    tick().checked = awaited;
    shorten();
  }

  root.addEventListener("input", ({ target }) => {
    if (target.matches?.("[data-awaited]")) awaited = target.checked;
    if (target.matches?.("[data-find], [data-awaited]")) shorten();
  });
  new MutationObserver(shorten).observe(root.body, { childList: true, subtree: true });
  root.addEventListener("lystok:page", begin);
  begin();
}
