// The search, without a server: every word that was typed must stand in a part of a page.
// Forgives apostrophes; what stands in a heading comes first, pages of the other language last.
const plain = text => text.toLowerCase().normalize("NFC").replace(/[’'ʼ`]/g, "");
const field = document.querySelector("#search");
const found = document.querySelector("#found");
const home = document.body.dataset.home;
const own = document.documentElement.lang;
const known = Object.entries(KNOWN).flatMap(([lang, parts]) => parts.map(part => (
  { ...part, lang, head: plain(part.title), all: plain(`${part.page} ${part.title} ${part.text}`) }
)));
const MOST = 12;

function search() {
  const words = plain(field.value).split(/\s+/).filter(word => word.length > 1);
  found.hidden = words.length === 0;
  if (found.hidden) return;
  const hits = known.filter(part => words.every(word => part.all.includes(word)));
  const weight = part => words.filter(word => part.head.includes(word)).length + (part.lang === own ? MOST : 0);
  hits.sort((one, other) => weight(other) - weight(one));
  found.replaceChildren(...hits.slice(0, MOST).map(line));
  if (hits.length === 0) {
    found.append(Object.assign(document.createElement("p"), { textContent: found.dataset.none }));
  }
}

function line(part) {
  const link = Object.assign(document.createElement("a"), { href: `${home}/${part.at}`, lang: part.lang });
  const title = Object.assign(document.createElement("b"), { textContent: part.title });
  const page = Object.assign(document.createElement("small"), { textContent: part.page });
  link.append(title, part.page === part.title ? "" : page);
  return link;
}

field.addEventListener("input", search);
field.addEventListener("keydown", event => {
  if (event.key === "Escape") { field.value = ""; search(); }
  if (event.key === "Enter") found.querySelector("a")?.click();
});
document.addEventListener("click", event => { if (!event.target.closest(".search")) found.hidden = true; });
document.addEventListener("keydown", event => {
  if (event.ctrlKey && event.code === "KeyK") { event.preventDefault(); field.focus(); }
});
document.querySelector("[data-print]")?.addEventListener("click", () => print());

// Code that is wider than its window is moved by keys too.
for (const code of document.querySelectorAll("article pre")) {
  if (code.scrollWidth > code.clientWidth) code.tabIndex = 0;
}

// A wide table moves in a frame of its own; on a small screen the list of pages begins shut.
for (const table of document.querySelectorAll("article table")) {
  const frame = Object.assign(document.createElement("div"), { className: "scroll" });
  table.replaceWith(frame);
  frame.append(table);
  if (frame.scrollWidth > frame.clientWidth) {
    frame.tabIndex = 0;
    frame.setAttribute("role", "group");
    frame.setAttribute("aria-label", table.querySelector("th")?.textContent || "…");
  }
}
if (matchMedia("(max-width: 800px)").matches) document.querySelector(".way details").open = false;
