// Buttons that mark words or put a merge field where the cursor stands, and a word when a file is too large or the line is
// down. Without this script the buttons stay off: the marks can be typed. Whatever is sent is numbered, so that the server knows what
// this page wrote before, and in which order, also where its answer is lost.
"use strict";

let turn = 0;

document.addEventListener("formdata", ({ target, formData }) => {
  if (!target.elements.form) return;
  turn += 1;
  formData.set("turn", String(turn));
});

for (const button of document.querySelectorAll("button[data-before]")) button.disabled = false;

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-before]");
  if (!button) return;
  const box = document.getElementById(button.closest("[data-into]").dataset.into);
  const { before, after = "" } = button.dataset;
  const chosen = box.value.slice(box.selectionStart, box.selectionEnd);
  const start = box.selectionStart;
  box.setRangeText(before + chosen + after, start, box.selectionEnd, "end");
  if (after) box.setSelectionRange(start + before.length, start + before.length + chosen.length);
  box.focus();
  box.dispatchEvent(new Event("input", { bubbles: true }));
});

document.addEventListener("change", (event) => {
  const field = event.target;
  const most = Number(field.dataset?.mostMb || 0) * 1024 * 1024;
  if (field.type !== "file" || !most) return;
  const isTooLarge = [...field.files].some((file) => file.size > most);
  field.classList.toggle("is-invalid", isTooLarge);
  field.parentElement.querySelector(".too-large")?.remove();
  if (!isTooLarge) return;
  const said = document.createElement("div");
  said.className = "invalid-feedback too-large";
  said.setAttribute("role", "alert");
  said.textContent = field.dataset.tooLarge;
  field.after(said);
  field.value = "";
  event.stopImmediatePropagation();
}, true);

for (const trouble of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(trouble, (event) => {
    const state = event.detail.target;
    if (!state?.dataset.failed || [401, 403].includes(event.detail.xhr.status)) return; // Of these session.js speaks.
    for (const paragraph of state.querySelectorAll("p")) paragraph.remove();
    const said = document.createElement("p");
    said.className = "fault";
    said.textContent = state.dataset.failed;
    state.append(said);
  });
}
