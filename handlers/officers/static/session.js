// The session may end while a page is open: nothing that she typed is lost by that. The page stays as it is and says so; once she
// has signed in at another tab, its forms are given the token of the new session. What is written at length is sent only when
// there is a session to take it.
"use strict";

const ENDED = [401, 403]; // Nobody is signed in; the page's token is of a session before.

const sayOnce = (name) => {
  const shown = document.querySelector(".session-said");
  if (shown?.dataset.says === name) return;
  shown?.remove();
  const said = document.getElementById(name).content.firstElementChild.cloneNode(true);
  said.dataset.says = name;
  document.getElementById("content").prepend(said);
};
const isSaid = () => document.querySelector(".session-said")?.dataset.says === "session-over";

let asking = null;

// Whether she is signed in; "unknown" where the line is down.
function renew() {
  asking ??= ask().finally(() => { asking = null; });
  return asking;
}

async function ask() {
  try {
    const answer = await fetch("/console/session", {
      headers: { "HX-Request": "true", "X-Refresh": "1" }, cache: "no-store", signal: AbortSignal.timeout(10_000),
    });
    if (!answer.ok) return ENDED.includes(answer.status) ? "no" : "unknown";
    const { who, csrf } = await answer.json();
    if (String(who) !== document.body.dataset.who) return "no"; // A colleague at the same machine: these are not her words.
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRF-Token": csrf }));
    for (const field of document.querySelectorAll("input[name=_csrf]")) field.value = csrf;
    return "yes";
  } catch {
    return "unknown";
  }
}

async function goOn() {
  if ((await renew()) !== "yes") return;
  if (isSaid()) sayOnce("session-again");
  // What was not heard meanwhile is told now.
  document.querySelector("main form textarea")?.dispatchEvent(new Event("input", { bubbles: true }));
}

// What a part of the page asks by itself does not show that she is there; what she clicks within it does. `hx-headers` would be
// inherited by that, whatever `hx-disinherit` says.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if ("refreshes" in detail.elt.dataset) detail.headers["X-Refresh"] = "1";
});

document.addEventListener("htmx:responseError", ({ detail }) => {
  if (detail.xhr.status === 401) sayOnce("session-over");
  if (detail.xhr.status === 403) goOn();
});

for (const kind of ["focus", "visibilitychange"]) {
  window.addEventListener(kind, () => {
    if (isSaid() && document.visibilityState === "visible") goOn();
  });
}

let checked = null; // The form that is about to be sent.

document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || form.method !== "post" || !form.querySelector("textarea")) return;
  if (checked === form) {
    checked = null;
    return;
  }
  event.preventDefault();
  if (asking) return; // The second of two clicks.
  renew().then((isSignedIn) => {
    if (isSignedIn === "no") {
      sayOnce("session-over");
      return;
    }
    checked = form;
    if (submitter) submitter.disabled = false; // A draft that is just being kept holds it.
    form.requestSubmit(submitter);
    checked = null; // Where a field is not filled in, nothing was sent.
  });
});
