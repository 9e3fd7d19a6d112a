"use strict";
// Keeps the phones fresh without touching what is being written: only the parts marked data-live are exchanged.
const wrong = document.getElementById("wrong");

function say(text) {
  wrong.textContent = text;
  wrong.hidden = !text;
  if (text) setTimeout(() => { wrong.hidden = true; }, 6000);
}

function toBottom(chat) { chat.scrollTop = chat.scrollHeight; }

function take(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("board");
  const board = document.getElementById("board");
  const main = board.querySelector("main");
  const keys = (root) => [...root.querySelectorAll("[data-phone]")].map((phone) => phone.dataset.phone);
  const shown = new Set(keys(board));
  for (const phone of fresh.querySelectorAll("[data-phone]")) {
    if (shown.has(phone.dataset.phone)) continue;
    main.querySelector(".start")?.remove();
    main.append(document.importNode(phone, true));
  }
  const wanted = new Set(keys(fresh));
  for (const phone of board.querySelectorAll("[data-phone]")) if (!wanted.has(phone.dataset.phone)) phone.remove();
  for (const part of fresh.querySelectorAll("[data-live]")) {
    const here = board.querySelector(`[data-live="${CSS.escape(part.dataset.live)}"]`);
    if (!here || here.innerHTML === part.innerHTML) continue;
    const focused = here.contains(document.activeElement) ? document.activeElement.textContent : null;
    here.innerHTML = part.innerHTML;
    if (here.classList.contains("chat")) toBottom(here);
    if (focused) [...here.querySelectorAll("button")].find((b) => b.textContent === focused)?.focus();
  }
  board.dataset.changes = fresh.dataset.changes;
}

async function refresh(since) {
  const answer = await fetch(`/phones/board?since=${since}`);
  if (!answer.ok) throw new Error(answer.statusText);
  take(await answer.text());
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  event.preventDefault();
  const fields = new URLSearchParams(new FormData(form, event.submitter));
  try {
    const answer = await fetch(form.action, { method: "POST", body: fields, headers: { "X-Phones": "1" } });
    say((await answer.json()).wrong);
    for (const text of form.querySelectorAll("textarea, [data-form=new] input:not([type=hidden])")) text.value = "";
    if (form.dataset.form === "new") form.reset();
    await refresh(-1);
  } catch {
    say("Bản giả lập đã dừng.");
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.target.tagName !== "TEXTAREA") return;
  event.preventDefault();
  if (event.target.value.trim()) event.target.form.requestSubmit();
});

// A picture grows when it has loaded: the chat goes down with it.
document.addEventListener("load", (event) => {
  const chat = event.target instanceof Element && event.target.closest(".chat");
  if (chat) toBottom(chat);
}, true);

document.querySelectorAll(".chat").forEach(toBottom);

(async function follow() {
  for (;;) {
    try {
      await refresh(document.getElementById("board").dataset.changes);
    } catch {
      await new Promise((resolve) => { setTimeout(resolve, 2000); });
    }
  }
})();
