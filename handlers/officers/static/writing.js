// Buttons that mark words or put a merge field where the cursor stands, and a word when a file is too large or the line is
// down. Without this script the buttons stay off: the marks can be typed.
"use strict";

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
  field.setCustomValidity(isTooLarge ? field.dataset.tooLarge : "");
  if (!isTooLarge) return;
  field.reportValidity();
  field.value = "";
  field.setCustomValidity("");
  event.stopImmediatePropagation();
}, true);

for (const trouble of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(trouble, (event) => {
    const state = document.getElementById("kept-state");
    if (!state || event.detail.target !== state) return;
    state.querySelector("p")?.remove();
    const said = document.createElement("p");
    said.className = "fault";
    said.textContent = state.dataset.failed;
    state.append(said);
  });
}
