// Buttons that put a merge field where the cursor stands. Without this script they stay off and the names can be typed.
"use strict";

for (const button of document.querySelectorAll("button[data-insert]")) {
  button.disabled = false;
  button.addEventListener("click", () => {
    const box = document.getElementById(button.parentElement.dataset.into);
    box.setRangeText(button.dataset.insert, box.selectionStart, box.selectionEnd, "end");
    box.focus();
    box.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
