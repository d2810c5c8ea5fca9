// Sending a form without leaving the page: the answer's main part takes the place of ours.

const MAIN = "#main";
const waiting = [];
let busy = false;

/** Send a form; scans that come meanwhile wait their turn. */
export function send(form, submitter) {
  const body = new FormData(form, submitter ?? null);
  const action = submitter?.hasAttribute("formaction") ? submitter.formAction : form.action;
  waiting.push({ action, body });
  form.reset();
  if (!busy) work();
}

async function work() {
  busy = true;
  while (waiting.length) {
    const { action, body } = waiting.shift();
    try {
      show(await fetch(action, { method: "POST", body: new URLSearchParams(body), credentials: "same-origin" }));
    } catch {
      document.body.dataset.state = "lost";
      say(document.body.dataset.lost ?? "");
    }
  }
  busy = false;
}

/** Show the answer to a form: its main part, under its own address. */
export async function show(response) {
  const address = new URL(response.url);
  delete document.body.dataset.state;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.querySelector(MAIN);
  const here = document.querySelector(MAIN);
  const sameFrame = page.querySelector("[data-scan]") && document.querySelector("[data-scan]");
  if (!fresh || !here || !sameFrame) {
    location.assign(response.ok ? response.url : "/");
    return;
  }
  if (address.pathname !== location.pathname && response.ok) history.pushState(null, "", response.url);
  document.title = page.title;
  here.replaceWith(fresh);
  for (const part of [".rail", "[data-scan] input[name=from]"]) {
    const [old, young] = [document.querySelector(part), page.querySelector(part)];
    if (old && young) old.replaceWith(young);
  }
  const [field, other] = [document.querySelector("#code"), page.querySelector("#code")];
  if (field && other) field.placeholder = other.placeholder;
  prepare();
  document.dispatchEvent(new Event("lystok:page"));
  if (!document.activeElement || document.activeElement === document.body) field?.focus();
}

/** Move a narrow rail to where one is; the page itself stays where it begins. */
function showPlace() {
  const here = document.querySelector(".rail [aria-current]");
  const rail = here?.closest(".rail");
  if (rail) rail.scrollLeft = here.offsetLeft - (rail.clientWidth - here.offsetWidth) / 2;
}

/** After every new main part: forms in it send themselves the same way, and its news is said. */
export function prepare() {
  const main = document.querySelector(MAIN);
  showPlace();
  // At the door there is no frame to keep: its form goes the plain way, and its answer is shown.
  const framed = document.querySelector("[data-scan]") !== null;
  for (const form of (framed && main?.querySelectorAll("form[method=post]:not([enctype])")) || []) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send(form, event.submitter);
    });
  }
  const news = main?.querySelector("[data-news], .notice:not(.lost, [hidden]), .act-last, .field-title");
  if (news) say(news.textContent.replace(/\s+/g, " ").trim());
}

function say(text) {
  const place = document.querySelector("[data-say]");
  if (!place) return;
  place.textContent = "";
  setTimeout(() => { place.textContent = text; }, 50);
}

addEventListener("popstate", () => location.reload());
