// Sending a form without leaving the page: the answer's main part takes the place of ours.

const MAIN = "#main";
const ENTRIES = "input:not([type=hidden]), select, textarea";
const UNFIT = 422;
const waiting = [];
const pressed = new Set();
let busy = false;

/** Send a form; scans and other buttons that come meanwhile wait their turn, the same one pressed twice is
    sent once. What was filled in stays until it was taken. */
export function send(form, submitter) {
  const button = submitter ?? form;
  if (pressed.has(button)) return;
  const body = new FormData(form, submitter ?? null);
  const action = submitter?.hasAttribute("formaction") ? submitter.formAction : form.action;
  waiting.push({ form, button, action, body, stays: submitter?.dataset.stay ?? "" });
  if (form.matches("[data-scan]")) form.reset();
  else pressed.add(button);
  if (!busy) work();
}

async function work() {
  busy = true;
  while (waiting.length) {
    const { form, button, action, body, stays } = waiting.shift();
    try {
      await show(await fetch(action, { method: "POST", body: new URLSearchParams(body), credentials: "same-origin" }), stays, form);
      if (form.matches("[data-scan]")) document.dispatchEvent(new Event("lystok:scanned"));
    } catch {
      document.body.dataset.state = "lost";
      say(document.body.dataset.lost ?? "");
    }
    pressed.delete(button);
  }
  busy = false;
}

/** Show the answer to a form: its main part, under its own address.

    `stays` names a button of a list or of a course of steps: whoever pressed it goes on from there.
    A form that was refused keeps what was filled in. */
export async function show(response, stays = "", sent = null) {
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
  if (address.pathname + address.search !== location.pathname + location.search && response.ok) history.pushState(null, "", response.url);
  document.title = page.title;
  const stood = goesOn(stays)?.getBoundingClientRect().top;
  here.replaceWith(fresh);
  for (const part of [".rail", "[data-scan] input[name=from]"]) {
    const [old, young] = [document.querySelector(part), page.querySelector(part)];
    if (old && young) old.replaceWith(young);
  }
  const [field, other] = [document.querySelector("#scan"), page.querySelector("#scan")];
  if (field && other) field.placeholder = other.placeholder;
  const refused = sent && (response.status === UNFIT || isRefused(fresh)) ? sameForm(fresh, sent) : null;
  const told = refused ? tellAt(refused, fresh) : [];
  if (refused) refill(refused, sent);
  prepare();
  document.dispatchEvent(new Event("lystok:page"));
  const wrong = refused && (entriesOf(refused).find((one) => one.matches("[aria-invalid=true]")) ?? entriesOf(refused)[0]);
  if (wrong) {
    wrong.focus();
    told[0]?.scrollIntoView({ block: "nearest" });
    return;
  }
  const next = goesOn(stays);
  if (next) {
    (next.form?.querySelector(ENTRIES) ?? next).focus({ preventScroll: true });
    scrollBy(0, next.getBoundingClientRect().top - stood);
  } else if (!document.activeElement || document.activeElement === document.body) field?.focus();
}

/** Whether the answer says no: it warns or refuses, and grants nothing. */
const isRefused = (main) =>
  main.querySelector("[data-sound=refuse], [data-sound=desk]") !== null && main.querySelector("[data-sound=grant]") === null;

/** The form of a new main part that asks for the same: under the same address, for the same act. */
function sameForm(main, sent) {
  const asks = (form) =>
    [form.getAttribute("action"), ...[...form.querySelectorAll("input[type=hidden]:not([name=csrf_token])")].map((one) => `${one.name}=${one.value}`)].join("&");
  return [...main.querySelectorAll("form[method=post]")].find((form) => asks(form) === asks(sent)) ?? null;
}

/** What is filled in of a form, wherever on the page it stands. */
const entriesOf = (form) => [...form.elements].filter((one) => one.matches(ENTRIES));

/** Why a form was refused stands above it, rather than at the top of a page that is not seen there. */
function tellAt(form, main) {
  const told = [...main.querySelectorAll("[data-sound], [data-sound] + .why")];
  form.before(...told);
  return told;
}

/** Write into a form what stood in the one that was sent; passwords are typed anew. */
function refill(form, sent) {
  const left = entriesOf(sent);
  for (const one of entriesOf(form)) {
    const isTick = one.type === "checkbox" || one.type === "radio";
    const at = left.findIndex((old) => old.name === one.name && old.type === one.type && (!isTick || old.value === one.value));
    if (at < 0 || one.type === "password") continue;
    const [old] = left.splice(at, 1);
    if (isTick) one.checked = old.checked;
    else one.value = old.value;
  }
}

/** The button that was pressed; where its line is hidden or its step done by now, the next that is seen. */
function goesOn(stays) {
  const all = [...document.querySelectorAll("[data-stay]")];
  const at = all.findIndex((one) => one.dataset.stay === stays);
  return at < 0 ? null : all.slice(at).find((one) => one.getClientRects().length) ?? null;
}

/** Move a rail that is narrow or longer than the window to where one is; the page itself stays where it begins. */
function showPlace() {
  const here = document.querySelector(".rail [aria-current]");
  const rail = here?.closest(".rail");
  const list = here?.closest(".rail-list");
  if (!rail) return;
  rail.scrollLeft = here.offsetLeft - (rail.clientWidth - here.offsetWidth) / 2;
  list.scrollTop = Math.max(0, here.offsetTop + here.offsetHeight - list.clientHeight);
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
