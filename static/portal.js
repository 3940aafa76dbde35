// Small comforts on pages that also work without: ticking all rows, submitting a filter when it changes.
"use strict";

document.addEventListener("change", (event) => {
  const all = event.target.closest("[data-tick-all]");
  if (!all) return;
  for (const box of all.closest("table").querySelectorAll("input[name=ids]")) box.checked = all.checked;
});
