// A record found by typing: what goes by it is listed below its field, for the mouse, the arrow keys and a screen reader.
// The keys and roles of a combobox are those of combobox-nav; when a list is open, and what choosing does, stands here.
import Combobox from "./vendor/combobox-nav.js";

const comboboxes = new WeakMap(); // of each field that was typed in

function listOf(field) {
  return document.getElementById(field.dataset.lookup);
}

function close(field) {
  comboboxes.get(field)?.stop();
  listOf(field).hidden = true;
}

function combobox(field) {
  if (!comboboxes.has(field)) {
    const list = listOf(field);
    comboboxes.set(field, new Combobox(field, list, { tabInsertsSuggestions: false }));
    list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
    list.addEventListener("combobox-commit", ({ target }) => {
      field.value = target.dataset.text;
      close(field);
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
  return comboboxes.get(field);
}

document.addEventListener("focusin", ({ target }) => {
  if (target.matches("[data-lookup]")) combobox(target);
});

document.addEventListener("focusout", ({ target }) => {
  if (target.matches("[data-lookup]")) close(target);
});

document.addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
  const field = document.activeElement;
  if (!field.dataset?.lookup || target.id !== field.dataset.lookup) return;
  target.hidden = false;
  combobox(field).start();
});

document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (!field.matches("[data-lookup]")) return;
  if (event.key === "Escape" && !listOf(field).hidden) {
    event.preventDefault();
    close(field);
  } else if (event.key === "ArrowDown" && listOf(field).hidden) {
    event.preventDefault();
    htmx.trigger(field, "offer");
  }
});
