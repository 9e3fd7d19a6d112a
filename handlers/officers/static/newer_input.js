// An answer of the server never takes back what she typed, chose or unfolded after it was asked for: where it replaces fields,
// whatever is newer than the question is put into the new ones, and told to the server in turn. What `data-anew` is ticked
// to is what the page says: once a form with `data-settles` is changed it waits, empty, for the answer, and where none comes the
// page says so and offers to ask again. What she presses counts as well, once and in its order, whatever is under way: a button with
// `data-acts` is not held up by answers to what she changed and waits for that of another such button; and what is replaced
// between pressing and letting go is pressed all the same.
"use strict";

let moment = 0;
const changedAt = new Map(); // By field, as it goes by: one that is replaced keeps its name.
const askedAt = new WeakMap(); // By request.
let asked = 0; // For the answer whose swap is under way.
let newer = []; // What it must not lose: puts it back, and says which field that was.
const restored = new WeakMap(); // By request: what the server is to hear of once the new fields work.

const isTicked = (field) => field.type === "checkbox" || field.type === "radio";
const nameOf = (field) => (field.type === "radio" ? `${field.name}=${field.value}` : field.name);

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, ({ target }) => {
    if (!target.form) return;
    moment += 1;
    changedAt.set(nameOf(target), moment);
    if ("settles" in target.form.dataset) {
      for (const agreed of document.querySelectorAll("[data-anew]")) {
        agreed.checked = false;
        // What is typed and taken back before it is a change asks for nothing that would end the waiting.
        if (kind === "change") agreed.disabled = true;
      }
    }
  }, true);
}

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  // What comes by itself was told of nothing that she typed.
  askedAt.set(detail.xhr, detail.requestConfig.triggeringEvent ? moment : -1);
  if ("acts" in detail.elt.dataset) acting = detail.xhr;
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  asked = askedAt.get(detail.xhr);
  newer = [];
  hold(detail.target);
});

for (const trouble of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(trouble, ({ detail }) => {
    // The page below still has the plan of before: nothing can be agreed to until there is a new one.
    if (!("settles" in detail.elt.dataset)) return;
    for (const said of detail.elt.querySelectorAll("[data-unsettled]")) said.hidden = false;
  });
}

document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => hold(detail.target));

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (newer.length) restored.set(detail.xhr, newer.map((put) => put()).filter(Boolean));
  newer = [];
});

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  for (const field of restored.get(detail.xhr) ?? []) field.dispatchEvent(new Event("change", { bubbles: true }));
  restored.delete(detail.xhr);
});

let acting = null; // The request of a button with `data-acts`.
let next = []; // Such buttons, pressed meanwhile.

document.addEventListener("htmx:confirm", (event) => {
  const { elt, target } = event.detail;
  if (!("acts" in elt.dataset)) return;
  if (acting) {
    event.preventDefault();
    next.push(elt);
  } else {
    // What was asked after the one that is under way goes out when that ends, and is ended in its turn by `hx-sync`.
    window.htmx.trigger(target, "htmx:abort");
  }
});

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (!acting || detail.xhr !== acting) return;
  acting = null;
  while (next.length && !acting) twinOf(next.shift())?.click();
});

for (const trouble of ["htmx:sendError", "htmx:responseError", "htmx:timeout", "htmx:sendAbort"]) {
  document.addEventListener(trouble, ({ detail }) => {
    if (!acting || detail.xhr !== acting) return;
    acting = null;
    next = [];
  });
}

let pressed = null;

document.addEventListener("pointerdown", ({ target, button }) => {
  pressed = button === 0 ? target.closest("button, a[href]") : null;
}, true);

document.addEventListener("pointerup", ({ clientX, clientY }) => {
  const was = pressed;
  pressed = null;
  if (!was || was.isConnected) return;
  const now = document.elementFromPoint(clientX, clientY)?.closest("button, a[href]");
  if (now && isSame(was, now)) now.click();
}, true);

const isSame = (one, other) => one.localName === other.localName && one.name === other.name && one.value === other.value &&
  one.href === other.href && one.getAttribute("formaction") === other.getAttribute("formaction");
const twinOf = (button) => [...document.querySelectorAll("[data-acts]")].find((one) => isSame(button, one));

function hold(target) {
  for (const details of target.querySelectorAll("details[id]")) {
    const { id, open } = details;
    newer.push(() => {
      const now = document.getElementById(id);
      if (now) now.open = open;
      return null;
    });
  }
  for (const field of target.querySelectorAll("input[name]:not([type=hidden]), select[name], textarea[name]")) {
    if ("anew" in field.dataset || !(changedAt.get(nameOf(field)) > asked)) continue;
    const { name, type, value, checked, files, selectionStart, selectionEnd } = field;
    const hasFocus = field === document.activeElement;
    newer.push(() => {
      const now = [...document.getElementsByName(name)].find(
        (one) => one.type === type && (!isTicked(field) || one.value === value),
      );
      if (!now) return null;
      if (type === "file") now.files = files;
      else if (isTicked(field)) now.checked = checked;
      else now.value = value;
      if (hasFocus) now.focus({ preventScroll: true }); // In what was folded just now it could not be given back before.
      if (now === document.activeElement && selectionStart !== null) now.setSelectionRange?.(selectionStart, selectionEnd);
      return now;
    });
  }
}
