// Small comforts on pages that also work without: messages, the theme without a reload, ticking all rows.
"use strict";

// Messages ------------------------------------------------------------------------------------------

const READ_BY = 12000; // milliseconds for a message that only confirms; errors stay until put away

const messages = document.getElementById("flashes");

function putAwayInTime(message) {
  if (!message.matches(".status-green, .status-blue")) return;
  const wait = () => setTimeout(() => message.close(), READ_BY);
  let timer = wait();
  for (const stay of ["mouseenter", "focusin"]) message.addEventListener(stay, () => clearTimeout(timer));
  for (const go of ["mouseleave", "focusout"]) message.addEventListener(go, () => (timer = wait()));
}

function said(message) {
  return message.querySelector("p").firstChild.textContent.trim();
}

messages.querySelectorAll(".message").forEach(putAwayInTime);

new MutationObserver((changes) => {
  for (const message of changes.flatMap((change) => [...change.addedNodes])) {
    if (!(message instanceof HTMLDialogElement)) continue;
    const before = [...messages.querySelectorAll(".message[open]")].filter((one) => one !== message);
    // What asks again by itself says the same each time: once is enough.
    if (before.some((one) => said(one) === said(message))) message.remove();
    else putAwayInTime(message);
  }
}).observe(messages, { childList: true });

function noAnswer() {
  messages.append(document.getElementById("no-answer").content.cloneNode(true));
}

// Only the portal's own error fragments say where they belong; any other error answer is nobody's page.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  const fresh = xhr.getResponseHeader("X-Form-Token");
  if (fresh) document.querySelectorAll("input[name=csrf_token]").forEach((field) => (field.value = fresh));
  if (xhr.status < 400 || event.detail.shouldSwap) return;
  if (xhr.getResponseHeader("HX-Retarget")) event.detail.shouldSwap = true;
  else noAnswer();
});
document.addEventListener("htmx:sendError", noAnswer);
document.addEventListener("htmx:timeout", noAnswer);

// Light and dark ------------------------------------------------------------------------------------

document.addEventListener("submit", async (event) => {
  if (!event.target.matches("[data-theme-choice]")) return;
  event.preventDefault();
  const form = event.target;
  const chosen = event.submitter.value;
  document.documentElement.dataset.bsTheme = chosen;
  document.querySelector("meta[name=color-scheme]").content = chosen === "auto" ? "light dark" : chosen;
  for (const button of form.querySelectorAll("[name=theme]")) button.ariaPressed = String(button.value === chosen);
  const fields = new FormData(form, event.submitter);
  fields.set("stay", "1");
  await fetch(form.action, { method: "POST", body: fields });
});

// Ticking rows in bulk: a page of them, or all that match ---------------------------------------------
// A search table's ticks are kept by the tab, over pages, sorts, searches and what one comes back from, until they are
// cleared, bulk ends or what was ticked is pushed. #rows says under which name, at most how many, and what matches.

function rowsForm() {
  return document.getElementById("rows");
}

function rowBoxes(form) {
  return [...form.querySelectorAll("tbody input[type=checkbox]")];
}

function keptTicks(form) {
  const { ids = [], matching = null } = JSON.parse(sessionStorage.getItem(form.dataset.ticks) ?? "{}");
  return { ids: new Set(ids), matching };
}

function keepTicks(form, ids, matching) {
  if (!ids.size && matching === null) sessionStorage.removeItem(form.dataset.ticks);
  else sessionStorage.setItem(form.dataset.ticks, JSON.stringify({ ids: [...ids], matching }));
}

// The box that stands for all of the page, and what goes along from other pages.
function sumUpTicks(form, ids) {
  const boxes = rowBoxes(form);
  const page = form.querySelector("[data-tick-all]");
  const ticked = boxes.filter((box) => box.checked).length;
  page.checked = ticked === boxes.length;
  page.indeterminate = ticked > 0 && ticked < boxes.length;
  if (!form.dataset.ticks) return;
  const here = new Set(boxes.map((box) => box.value));
  const fields = [...ids].filter((id) => !here.has(id)).map((id) => {
    const field = document.createElement("input");
    [field.type, field.name, field.value] = ["hidden", "elsewhere", id];
    return field;
  });
  form.querySelector("#ticked-elsewhere").replaceChildren(...fields);
  form.querySelector("[data-clear-here]").hidden = ticked + fields.length === 0;
}

// What was ticked before, on a page that has just come.
function showTicks() {
  const form = rowsForm();
  if (!form?.dataset.ticks) return;
  const { ids, matching } = keptTicks(form);
  const all = matching === form.dataset.matching;
  if (matching !== null && !all) keepTicks(form, ids, null); // something else matches by now
  form.querySelector("[data-tick-everything]").checked = all;
  for (const box of rowBoxes(form)) box.checked = all || ids.has(box.value);
  sumUpTicks(form, ids);
  form.dispatchEvent(new Event("ticks"));
}

document.addEventListener("htmx:load", (event) => {
  if (event.detail.elt.contains(rowsForm())) showTicks();
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) showTicks();
});

document.addEventListener("change", (event) => {
  const form = event.target.closest("#rows");
  if (!form) return;
  const boxes = rowBoxes(form);
  const everything = form.querySelector("[data-tick-everything]");
  if (event.target === everything || event.target === form.querySelector("[data-tick-all]")) {
    for (const box of boxes) box.checked = event.target.checked;
  }
  if (event.target !== everything) everything.checked = false; // a row of its own was left out, or one added
  if (!form.dataset.ticks) return sumUpTicks(form, []);
  const { ids } = keptTicks(form);
  const full = form.querySelector("[data-ticks-full]");
  full.hidden = true;
  if (event.target === everything) ids.clear();
  else {
    for (const box of boxes) if (!box.checked) ids.delete(box.value);
    for (const box of boxes.filter((one) => one.checked && !ids.has(one.value))) {
      if (ids.size < Number(form.dataset.most)) ids.add(box.value);
      else [box.checked, full.hidden] = [false, false];
    }
  }
  keepTicks(form, ids, everything.checked ? form.dataset.matching : null);
  sumUpTicks(form, ids);
});

document.addEventListener("click", (event) => {
  const clears = event.target.closest("[data-clear-ticks]");
  if (!clears) return;
  sessionStorage.removeItem(clears.dataset.clearTicks);
  if (!clears.matches("[data-clear-here]")) return;
  event.preventDefault();
  showTicks();
});

// Confirmed: what was ticked is done with.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.forgetTicks) sessionStorage.removeItem(event.target.dataset.forgetTicks);
});

// What unfolds over a page: one at a time, put away by Esc, by a choice and by a click beside it ---------------

function foldUp(kept) {
  for (const one of document.querySelectorAll("details.fold[open]")) if (one !== kept) one.open = false;
}

document.addEventListener("click", (event) => {
  foldUp(event.target.closest("details.fold"));
  const chosen = event.target.closest("details.fold a, details.fold .fold-list button");
  if (!chosen) return;
  const fold = chosen.closest("details.fold");
  fold.open = false;
  if ("start" in chosen.dataset) {
    event.preventDefault();
    for (const end of ["start", "end"]) chosen.form.elements[end].value = chosen.dataset[end];
    chosen.form.dispatchEvent(new Event("change"));
    fold.querySelector("summary").focus();
  }
});

document.addEventListener("keydown", (event) => {
  const fold = event.key === "Escape" && event.target.closest("details.fold[open]");
  if (!fold) return;
  event.stopPropagation(); // the drawer beside it stays
  fold.open = false;
  fold.querySelector("summary").focus();
}, true);

document.addEventListener("submit", (event) => {
  if (event.target.id !== "search") return;
  foldUp(null);
  for (const one of event.target.querySelectorAll(":popover-open")) one.hidePopover();
});

// Copying: <button data-copy="id of what is copied" hidden>; without a script the text can be marked by hand -----

function offerCopying(root) {
  for (const button of root.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
}
offerCopying(document);
document.addEventListener("htmx:load", (event) => offerCopying(event.detail.elt));

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  await navigator.clipboard.writeText(source.value ?? source.textContent);
  (button.querySelector("span") ?? button).textContent = "Copied";
});

// A form is replaced by one with other rows: totals that were asked for on the old one are not shown on the new.
document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
  for (const asks of target.querySelectorAll("[hx-target='#sums']")) {
    asks.addEventListener("htmx:beforeOnLoad", (late) => late.preventDefault());
  }
});

// An answer that was made from what the form said as it was asked for wipes nothing that was typed since.

const saidThen = new WeakMap(); // of each request, what each field said as it left
let typedSince = () => false; // of the answer that is being put in: whether a field says something else by now
let keptFields = []; // of a form that is being replaced

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  const form = detail.elt.closest("#order-form");
  if (form) saidThen.set(detail.xhr, new Map([...form.elements].map((field) => [field.name, field.value])));
});

document.addEventListener("htmx:beforeSwap", ({ detail: { xhr, target, requestConfig } }) => {
  const then = saidThen.get(xhr);
  const isTyped = (field) => field.matches("input:not([type=hidden]), select, textarea");
  typedSince = (field) => isTyped(field) && then?.has(field.name) && then.get(field.name) !== field.value;
  const rowsMove = !requestConfig.elt.name?.startsWith("add_");
  keptFields = [...(target.id === "order-form" ? target.elements : [])]
    .filter((field) => typedSince(field) && !(rowsMove && /^(lines|charges)-/.test(field.name)))
    .map((field) => [field.name, field.value]);
});

document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  const fields = detail.target.querySelectorAll("#order-form :is(input, select, textarea)");
  if ([...fields].some((field) => typedSince(field))) detail.shouldSwap = false;
});

document.addEventListener("htmx:afterSwap", () => {
  for (const [name, value] of keptFields.splice(0)) {
    const field = document.getElementById("order-form").elements[name];
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
});

// What moves on the page ----------------------------------------------------------------------------
// #follow asks again for its parts, and each is put in where it has changed. Not while somebody types or chooses in it:
// that part is asked for once they are done. What had the focus, was unfolded or scrolled to the side is so again.

let owed = false; // a part was held back
let held = null; // what of the part that is being put in a person must not miss

function follow() {
  return document.getElementById("follow");
}

function isFollowed(part) {
  return Boolean(part.id) && Boolean(follow()?.getAttribute("hx-select-oob")?.split(",").includes(`#${part.id}`));
}

function isBusy(part) {
  const active = document.activeElement;
  return isTouched(part) || (part.contains(active) && active.matches("input, textarea, select"));
}

function askAgain() {
  if (follow()) htmx.trigger(follow(), "moved");
}

// While it was asked the page may have moved on: an answer to what stands here no more is nobody's, and a part that has
// left is put in nowhere. What has left hears no listener of the page, so it gets its own.
document.addEventListener("htmx:beforeRequest", ({ detail: { elt } }) => {
  if (elt !== follow()) return;
  elt.addEventListener("htmx:beforeOnLoad", (answered) => {
    if (!elt.isConnected) return answered.preventDefault();
    const parts = elt.getAttribute("hx-select-oob").split(",");
    elt.setAttribute("hx-select-oob", parts.filter((part) => document.getElementById(part.slice(1))).join(","));
  }, { once: true });
});

function sideways(part) {
  return [...part.querySelectorAll(".table-responsive")];
}

// The same thing in what was put in: by its id, else by where it leads and what it says.
function likeIn(part, { id, tag, href, text }) {
  if (id && document.getElementById(id)) return document.getElementById(id);
  return [...part.querySelectorAll(tag)].find((one) => one.getAttribute("href") === href && one.textContent.trim() === text);
}

document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  const { target, fragment } = detail;
  held = null;
  if (!isFollowed(target)) return;
  const fresh = fragment.firstElementChild;
  if (isBusy(target)) {
    owed = true;
    detail.shouldSwap = false;
    return;
  }
  // Alike but for what each answer or a person makes of it: then nothing is put in.
  if (target.ariaCurrent) fresh.ariaCurrent = target.ariaCurrent;
  const token = document.querySelector("input[name=csrf_token]")?.value;
  for (const part of [target, fresh]) {
    for (const field of part.querySelectorAll("input[name=csrf_token]")) field.setAttribute("value", token);
  }
  const folds = [...fresh.querySelectorAll("details")];
  for (const one of target.querySelectorAll("details[open]")) {
    const says = one.querySelector("summary")?.textContent;
    for (const fold of folds) if (fold.querySelector("summary")?.textContent === says) fold.open = true;
  }
  if (target.isEqualNode(fresh)) {
    detail.shouldSwap = false;
    return;
  }
  const active = document.activeElement;
  held = {
    part: target.id,
    scrolled: sideways(target).map((one) => one.scrollLeft),
    focused: target.contains(active)
      ? { id: active.id, tag: active.tagName, href: active.getAttribute("href"), text: active.textContent.trim() }
      : null,
  };
});

document.addEventListener("htmx:oobAfterSwap", () => {
  if (!held) return;
  const part = document.getElementById(held.part);
  sideways(part).forEach((one, at) => (one.scrollLeft = held.scrolled[at] ?? 0));
  if (held.focused) {
    const now = likeIn(part, held.focused) ?? part;
    if (now === part && !part.matches("a")) part.tabIndex = -1;
    now.focus({ preventScroll: true });
  }
  held = null;
});

for (const done of ["change", "focusout"]) {
  document.addEventListener(done, () => {
    if (!owed) return;
    owed = false;
    setTimeout(askAgain);
  });
}

// The drawer ----------------------------------------------------------------------------------------
// Opened by a badge it lies over the right part of the page: focus goes into it and comes back to the badge, what was
// ticked and typed on the page stays. Next, previous and Esc also by key, as long as the focus is inside.

const drawer = document.getElementById("drawer");
const roomBeside = matchMedia("(min-width: 1200px)");
let openedFrom = null; // address and title of the page that it was opened on, and the path of what opened it
let kept = null; // what an own renewal must not disturb: focus and what was unfolded

function panel() {
  return document.querySelector("[data-drawer]");
}

function isTouched(part) {
  return [...part.querySelectorAll("input, textarea, select")].some((field) =>
    field.type === "checkbox" ? field.checked !== field.defaultChecked
      : field.options ? field.value !== ([...field.options].find((one) => one.defaultSelected) ?? field.options[0]).value
        : field.value !== field.defaultValue);
}

function keepOthersOut() {
  const over = drawer?.childElementCount > 0 && !roomBeside.matches;
  for (const part of document.body.children) if (part !== drawer && part.id !== "flashes") part.inert = over;
  if (drawer) [drawer.role, drawer.ariaModal] = over ? ["dialog", "true"] : ["complementary", null];
}

// What opens drawers on the page: badges, and names in lists.
function openers() {
  return [...document.querySelectorAll('a[hx-target="#drawer"]')];
}

// The one so many places on from the shown one, on a page that is no table with pages of its own.
function beside(shown, places) {
  const all = openers();
  const at = all.findIndex((one) => one.pathname === shown);
  return at < 0 ? undefined : all[at + places];
}

function offerSteps(root) {
  for (const button of root.querySelectorAll("[data-step]")) {
    button.hidden = !beside(root.dataset.drawer, Number(button.dataset.step));
  }
}

function showBeside(places) {
  const next = beside(panel().dataset.drawer, places);
  htmx.ajax("GET", next.href, { source: next, target: "#drawer", swap: "innerHTML" });
  history.replaceState({ htmx: true }, "", next.href);
}

// In the table the shown record is marked and, from top to bottom, in sight; sideways nothing moves.
function markShown(shown) {
  for (const one of openers()) {
    if (one.pathname !== shown) one.removeAttribute("aria-current");
    else if (one.ariaCurrent !== "true") {
      one.ariaCurrent = "true";
      if (roomBeside.matches) bringIntoSight(one.closest("tr, li") ?? one);
    }
  }
}

function bringIntoSight(row) {
  const { top, bottom } = row.getBoundingClientRect();
  const bar = document.querySelector(".bulk-bar")?.offsetHeight ?? 0;
  const below = bottom - (innerHeight - bar);
  if (top < 0) scrollBy(0, top);
  else if (below > 0) scrollBy(0, below);
}

function closeDrawer(goBack) {
  const shown = panel().dataset.drawer;
  drawer.replaceChildren();
  keepOthersOut();
  markShown();
  const { url, title, path } = openedFrom;
  openedFrom = null;
  document.title = title;
  if (goBack) history.replaceState({ htmx: true }, "", url);
  (openers().find((one) => one.pathname === shown) ?? openers().find((one) => one.pathname === path)
    ?? document.getElementById("content")).focus();
}

document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt, target } = event.detail;
  if (elt.matches("[data-refresh]") && isTouched(elt.closest("[data-drawer]"))) event.preventDefault();
  else if (target === drawer && !openedFrom) {
    openedFrom = { url: location.href, title: document.title, path: elt.pathname };
  }
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, requestConfig, shouldSwap } = event.detail;
  if (!shouldSwap || (target !== drawer && !target.matches("[data-drawer]"))) return;
  const before = panel();
  kept = {
    unfolded: before ? [...before.querySelectorAll("details[open]")].map((one) => one.id) : [],
    quietly: requestConfig.elt.matches("[data-refresh]"),
    focused: before?.contains(document.activeElement) ? document.activeElement.id || "drawer-title" : null,
    scrolled: drawer.scrollTop,
    record: before?.dataset.record,
  };
});

document.addEventListener("htmx:afterSettle", () => {
  const now = panel();
  if (!kept || !now) return;
  const { unfolded, quietly, focused, scrolled, record } = kept;
  kept = null;
  offerSteps(now);
  keepOthersOut();
  for (const one of document.querySelectorAll(`[data-badge="${now.dataset.badgeOf}"]`)) {
    const fresh = now.querySelector(".drawer-head .status-badge");
    if (one.dataset.status !== fresh.dataset.status) askAgain();
    one.className = fresh.className;
    one.dataset.status = fresh.dataset.status;
    one.innerHTML = fresh.innerHTML;
  }
  markShown(now.dataset.drawer);
  if (record === now.dataset.record) {
    for (const one of now.querySelectorAll("details")) if (unfolded.includes(one.id)) one.open = true;
    drawer.scrollTop = scrolled;
  }
  if (!quietly) (now.querySelector("[data-focus]") ?? now.querySelector("#drawer-title")).focus();
  else if (focused) (document.getElementById(focused) ?? now.querySelector("#drawer-title")).focus();
});

// The page beside it may be searched meanwhile.
for (const moved of ["htmx:pushedIntoHistory", "htmx:replacedInHistory"]) {
  document.addEventListener(moved, (event) => {
    if (openedFrom && !event.detail.path.startsWith("/badges/")) openedFrom.url = location.href;
  });
}

// The back button closes it: nothing of the page has to be asked for again.
window.addEventListener("popstate", (event) => {
  if (!openedFrom || location.href !== openedFrom.url) return;
  event.stopImmediatePropagation();
  closeDrawer(false);
}, true);

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close-drawer]")) closeDrawer(true);
  const step = event.target.closest("[data-drawer] [data-step]");
  if (step) showBeside(Number(step.dataset.step));
});

document.addEventListener("keydown", (event) => {
  const now = panel();
  if (!now || event.ctrlKey || event.metaKey || event.altKey) return;
  const inside = now.contains(event.target);
  const nowhere = event.target === document.body;
  if (event.key === "Escape" && openedFrom && (inside || nowhere) && !isTouched(now)) closeDrawer(true);
  if (!inside || event.target.matches("input, textarea, select")) return;
  const way = { j: "next", k: "prev" }[event.key];
  if (!way) return;
  const step = { next: 1, prev: -1 }[way];
  now.querySelector(`.drawer-head :is([rel=${way}], [data-step="${step}"]:not([hidden]))`)?.click();
});

roomBeside.addEventListener("change", keepOthersOut);
if (panel()) offerSteps(panel());
