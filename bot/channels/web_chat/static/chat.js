// Makes the chat page livelier: messages come and go without loading the page anew. Everything works without it too, so
// on a browser that lacks what it needs it does nothing.
(function () {
  "use strict";
  if (!window.fetch || !window.URLSearchParams || !window.crypto || !("append" in Element.prototype)) return;

  const words = document.body.dataset;
  const log = document.getElementById("log");
  const compose = document.getElementById("compose");
  const box = document.getElementById("text");
  const notice = document.getElementById("notice");
  const answering = document.getElementById("answering");
  const isWidget = /[?&]widget\b/.test(location.search);
  const page = "/chat" + (isWidget ? "?widget=1" : "");
  const title = document.title;
  const dayOpened = new Date().toDateString();

  const queue = []; // What she has sent and the service has not confirmed, oldest first.
  let isPosting = false; // The loop over the queue runs ...
  let isUnderWay = false; // ... and a message is on its way right now.
  let held = []; // What came while a message was on its way: shown after it, or she would see it twice.
  let last = Number(words.last);
  let unseen = 0;
  let isLeaving = false;
  let wakeUp = null; // Ends the pause before the next attempt.

  // ---- showing

  function show(sentence) {
    if (notice.textContent !== sentence) notice.textContent = sentence;
  }

  function isLater(a, b) {
    return Number(a.dataset.at) - Number(b.dataset.at) || Number(a.id.slice(1)) - Number(b.id.slice(1));
  }

  function insert(html) {
    const main = log.parentElement;
    const isAtEnd = Math.abs(main.scrollTop) < 120; // It counts from the bottom up.
    let newest = null;
    const template = document.createElement("template");
    template.innerHTML = html;
    for (const line of Array.from(template.content.querySelectorAll(".line"))) {
      const changed = Number(line.dataset.changed || 0);
      last = Math.max(last, Number(line.id.slice(1)), changed);
      const there = document.getElementById(line.id);
      if (there && changed > Number(there.dataset.changed || 0)) there.replaceWith(line);
      const oldest = log.querySelector(".line[data-at]");
      // What was changed further up than the page shows, she reads there.
      if (there || (changed && oldest && isLater(oldest, line) > 0)) continue;
      const after = Array.from(log.querySelectorAll(".line[data-at], .pending")).find(
        (other) => !other.dataset.at || isLater(other, line) > 0
      );
      newest = line;
      line.classList.add("new");
      log.insertBefore(line, after || log.querySelector(".start"));
      if (document.hidden && line.classList.contains("ours")) unseen += 1;
    }
    document.title = (unseen ? "(" + unseen + ") " : "") + title;
    closeOldChoices();
    if (!newest || !isAtEnd) return;
    if (newest.offsetHeight > main.clientHeight) newest.scrollIntoView({ block: "start" });
    else main.scrollTop = 0;
  }

  // Only the newest question is open, and only until she answers; the server draws the page by the same rule.
  function closeOldChoices() {
    let isOpen = true;
    for (const line of Array.from(log.querySelectorAll(".line")).reverse()) {
      if (line.classList.contains("hers")) isOpen = false;
      const choices = line.querySelector(".choices");
      if (choices && !isOpen) choices.remove();
      if (choices) isOpen = false;
    }
  }

  function arrive(html) {
    if (isUnderWay) held.push(html);
    else insert(html);
  }

  function drawPending(text) {
    const line = document.createElement("div");
    const bubble = document.createElement("div");
    const under = document.createElement("p");
    line.className = "line hers pending";
    bubble.className = "bubble";
    bubble.dir = "auto";
    bubble.textContent = text;
    under.className = "under";
    under.textContent = words.sending;
    line.append(bubble, under);
    log.insertBefore(line, log.querySelector(".start"));
    log.parentElement.scrollTop = 0;
    return line;
  }

  // ---- sending

  function newNonce() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
  }

  function put(form, button) {
    const fields = new URLSearchParams();
    new FormData(form).forEach((value, name) => fields.append(name, value));
    if (button && button.name) fields.set(button.name, button.value);
    const isTyped = form === compose;
    const text = isTyped ? box.value.trim() : button.textContent.trim();
    if (!text) return;
    queue.push({ action: form.getAttribute("action"), fields, typed: isTyped ? box.value : "", line: drawPending(text) });
    if (isTyped) {
      box.value = "";
      form.elements.nonce.value = newNonce();
      answer("", "");
      grow();
      box.focus();
    } else {
      form.remove();
      if (matchMedia("(pointer: fine)").matches) box.focus();
      else log.focus();
    }
    closeOldChoices();
    show("");
    post();
  }

  async function post() {
    if (isPosting) {
      if (wakeUp) wakeUp();
      return;
    }
    isPosting = true;
    let failures = 0;
    while (queue.length) {
      const item = queue[0];
      isUnderWay = true;
      const result = await attempt(item);
      isUnderWay = false;
      if (result.again && failures < (result.status === 401 ? 2 : Infinity)) {
        failures += 1;
        item.line.lastChild.textContent = words.waiting;
        show(result.error || (navigator.onLine === false ? words.offline : words.trouble));
        held.splice(0).forEach(insert);
        await pause(Math.min(1000 * 2 ** failures, 30000));
        continue;
      }
      failures = 0;
      queue.shift();
      item.line.remove();
      if (result.html === undefined && !box.value) {
        box.value = item.typed;
        grow();
      }
      show(result.html === undefined ? result.error : "");
      held.splice(0).forEach(insert);
      insert(result.html || "");
      if (item.fields.has("ma")) history.replaceState(null, "", page);
      setTimeout(ask, 3000); // Some networks hold streams back.
    }
    isPosting = false;
  }

  // What became of one attempt: { html } when it was taken in, { error, again } when not.
  async function attempt(item) {
    const stop = window.AbortController ? new AbortController() : { signal: undefined, abort() {} };
    const timer = setTimeout(() => stop.abort(), 20000);
    try {
      const response = await fetch(item.action, {
        method: "POST", body: item.fields, headers: { Accept: "application/json" }, signal: stop.signal,
      });
      const result = await response.json();
      result.status = response.status;
      if (response.status >= 500) result.again = true;
      return result;
    } catch (error) {
      return { again: true };
    } finally {
      clearTimeout(timer);
    }
  }

  function pause(ms) {
    return new Promise((resolve) => {
      wakeUp = resolve;
      setTimeout(resolve, ms);
    });
  }

  // ---- receiving

  function listen() {
    if (!window.EventSource) return poll(Infinity);
    const source = new EventSource("/chat/events?after=" + last + (isWidget ? "&widget=1" : ""));
    source.onmessage = (event) => arrive(JSON.parse(event.data).html);
    source.addEventListener("gone", leave);
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) poll(12);
    };
  }

  // Her chat was cleared, in another tab or by the button here, which leads on by itself.
  function leave() {
    if (!isLeaving) location.replace(page);
  }

  // Ask now and then; after so many times try to listen again.
  function poll(times) {
    if (times <= 0) return listen();
    ask();
    setTimeout(() => poll(times - 1), document.hidden ? 20000 : 5000);
  }

  async function ask() {
    try {
      const response = await fetch("/chat/messages?after=" + last + (isWidget ? "&widget=1" : ""));
      const news = await response.json();
      if (news.gone && document.querySelector(".line[data-at]")) leave();
      else arrive(news.html);
    } catch (error) {
      // It is asked again anyway.
    }
  }

  // ---- the form

  function grow() {
    box.style.height = "auto";
    box.style.height = box.scrollHeight + 2 + "px";
  }

  function answer(lineId, text) {
    compose.elements.reply_to.value = lineId;
    answering.querySelector("q").textContent = text;
    answering.hidden = !lineId;
  }

  let pressed = null; // Older browsers do not say which button sent a form.
  document.addEventListener("click", (event) => {
    pressed = event.target.closest("button");
    const reply = event.target.closest(".reply");
    const cancel = event.target.closest("#answering a");
    const menu = document.querySelector(".menu");
    if (reply) {
      const line = reply.closest(".line");
      answer(line.id.slice(1), line.querySelector(".bubble").textContent.slice(0, 90));
    } else if (cancel) {
      answer("", "");
    } else if (!menu.contains(event.target)) {
      menu.open = false;
    }
    if (reply || cancel) {
      event.preventDefault();
      box.focus();
    }
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    isLeaving = !form.getAttribute("action").startsWith("/chat/send");
    if (isLeaving) return;
    event.preventDefault();
    put(form, event.submitter || pressed);
  });

  box.addEventListener("input", grow);
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    pressed = null;
    put(compose, null);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.querySelector(".menu").open = false;
  });

  // ---- the world around

  window.addEventListener("offline", () => show(words.offline));
  window.addEventListener("online", () => {
    show("");
    if (wakeUp) wakeUp();
    ask();
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) ask();
  });
  window.addEventListener("beforeunload", (event) => {
    if (queue.length) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    unseen = 0;
    document.title = title;
    // "Hôm nay" is no longer true.
    if (dayOpened !== new Date().toDateString() && !box.value && !queue.length) location.reload();
  });

  if (/[?&](da_xoa|tra_loi)=/.test(location.search)) history.replaceState(null, "", page);
  grow();
  if (!/[?&]truoc=/.test(location.search)) listen();
})();
