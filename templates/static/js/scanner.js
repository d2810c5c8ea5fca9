// A scanner that plays a keyboard: many keys, faster than fingers, closed by Enter.
//
// It is heard wherever the focus is, so nobody has to look for the field first. Normal typing is
// left alone: a burst is taken for a scan only when every gap in it is shorter than people can do.
// A field that asks for a number on a label (`data-takes-scan`) takes the scan itself.

const GAP_MS = 40;
const LEAST_SIGNS = 5;

const isEditable = (element) =>
  element instanceof HTMLInputElement ? !["checkbox", "radio", "button", "submit"].includes(element.type)
    : element instanceof HTMLTextAreaElement || element?.isContentEditable === true;

export function watchScanner(root, { field, onScan }) {
  const none = { text: "", target: null, before: "", at: -Infinity };
  let burst = { ...none };

  const begin = (event) => {
    burst = { text: "", target: event.target, before: event.target.value ?? "", at: event.timeStamp };
  };
  const isScan = (event) => burst.text.length >= LEAST_SIGNS && event.timeStamp - burst.at <= 2 * GAP_MS;

  const keep = (event) => {
    const { target, text } = burst;
    target.value = text;
    // A search begins at once; a form waits for what is still to be filled in.
    if (target.type !== "search") event.preventDefault();
    event.stopImmediatePropagation();
    target.dispatchEvent(new Event("change", { bubbles: true }));
  };

  const finish = (event) => {
    if (burst.target?.matches?.("[data-takes-scan]")) {
      keep(event);
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    // What the scanner wrote into a form field does not belong there.
    if (burst.target !== field && isEditable(burst.target)) burst.target.value = burst.before;
    onScan(burst.text);
  };

  root.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" || event.key === "Tab") {
      if (isScan(event)) finish(event);
      // Whatever comes after it belongs to no scan before it.
      burst = { ...none };
      return;
    }
    if (event.key.length !== 1) return;
    if (event.timeStamp - burst.at > GAP_MS) begin(event);
    burst.text += event.key;
    burst.at = event.timeStamp;
    // Inside a burst no key presses a button or scrolls the page.
    if (burst.text.length > 2 && !isEditable(event.target)) event.preventDefault();
  }, { capture: true });
}
