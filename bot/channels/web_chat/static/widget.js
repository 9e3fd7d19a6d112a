// Puts the chat on another site: <script src="https://.../chat/widget.js" defer></script>. A round button at the lower
// right opens it in a frame. The page around it cannot read what is said in there.
(function () {
  "use strict";
  var script = document.currentScript;
  if (!script || document.getElementById("chihoi-widget")) return;
  var home = new URL(script.src).origin;
  var rose = "#c2185b";

  function style(element, values) {
    for (var name in values) element.style.setProperty(name, values[name], "important");
  }

  var button = document.createElement("button");
  button.id = "chihoi-widget";
  button.type = "button";
  style(button, {
    position: "fixed", right: "16px", bottom: "16px", "z-index": "2147483000", width: "64px", height: "64px",
    padding: "0", border: "0", "border-radius": "50%", background: rose, color: "#fff", cursor: "pointer",
    "box-shadow": "0 3px 14px rgba(60, 10, 34, .4)",
  });

  var drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  var path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  var bubble = "M6 5h20a3 3 0 0 1 3 3v12a3 3 0 0 1-3 3H15l-7 6v-6H6a3 3 0 0 1-3-3V8a3 3 0 0 1 3-3zM10 14h.01M16 14h.01M22 14h.01";
  var cross = "M8 8l16 16M24 8L8 24";
  drawing.setAttribute("viewBox", "0 0 32 32");
  drawing.setAttribute("aria-hidden", "true");
  path.setAttribute("fill", "none");
  path.setAttribute("stroke", "#fff");
  path.setAttribute("stroke-width", "3");
  path.setAttribute("stroke-linecap", "round");
  path.setAttribute("stroke-linejoin", "round");
  drawing.appendChild(path);
  button.appendChild(drawing);
  style(drawing, { width: "34px", height: "34px", margin: "0 auto", display: "block" });

  var frame = null;
  var isOpen = false;

  function draw() {
    path.setAttribute("d", isOpen ? cross : bubble);
    button.setAttribute("aria-expanded", String(isOpen));
    button.setAttribute("aria-label", isOpen ? "Đóng khung chat với Hội Phụ nữ" : "Chat với Hội Phụ nữ");
    if (frame) style(frame, { display: isOpen ? "block" : "none" });
  }

  function toggle() {
    isOpen = !isOpen;
    if (!frame) {
      frame = document.createElement("iframe");
      frame.title = "Chat với Hội Phụ nữ";
      frame.src = home + "/chat?widget=1";
      style(frame, {
        position: "fixed", right: "16px", bottom: "92px", "z-index": "2147483000", width: "min(400px, calc(100vw - 32px))",
        height: "min(640px, calc(100vh - 112px))", border: "0", "border-radius": "16px", background: "#fff",
        "box-shadow": "0 6px 30px rgba(60, 10, 34, .35)",
      });
      document.body.appendChild(frame);
    }
    draw();
  }

  button.addEventListener("click", toggle);
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && isOpen) {
      toggle();
      button.focus();
    }
  });
  draw();

  function attach() {
    document.body.appendChild(button);
  }
  if (document.body) attach();
  else document.addEventListener("DOMContentLoaded", attach);
})();
