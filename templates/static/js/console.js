// The console's behaviour: everything here only quickens what plain links and forms already do.

import { watchClosing } from "./closing.js";
import { watchDays } from "./days.js";
import { watchFinding } from "./finding.js";
import { watchKeys } from "./keys.js";
import { watchLive } from "./live.js";
import { watchNews } from "./news.js";
import { prepare, send } from "./pages.js";
import { watchPhoto } from "./photo.js";
import { watchRows } from "./rows.js";
import { watchScanner } from "./scanner.js";
import { watchSound } from "./sound.js";

const form = document.querySelector("[data-scan]");
const field = form?.querySelector("input[name=code]");

if (form && field) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (field.value.trim()) send(form);
  });
  watchScanner(document, {
    field,
    onScan(text) {
      field.value = text;
      send(form);
    },
  });
}
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-print]")) print();
});
document.addEventListener("change", ({ target }) => {
  if (!target.dataset?.fills) return;
  document.getElementById(target.dataset.fills).value = target.selectedOptions[0].dataset.fill ?? "";
});
watchKeys(document, field);
watchLive(document);
watchNews(document);
watchClosing(document);
watchDays(document);
watchFinding(document);
watchRows(document);
watchSound(document);
prepare();
watchPhoto(document);
