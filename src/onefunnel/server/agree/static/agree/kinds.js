// A form whose "kind" is chosen asks only for what belongs to that kind; without this script it
// shows all. What is not asked for is not sent, so it ends up empty.
(() => {
  "use strict";
  const kind = document.getElementById("f-kind");
  const parts = [...document.querySelectorAll("[data-kinds]")];
  if (!kind || !parts.length) return;
  const show = () => parts.forEach((part) => {
    const isAsked = part.dataset.kinds.split(" ").includes(kind.value || "step");
    part.hidden = !isAsked;
    part.querySelectorAll("input, select, textarea").forEach((one) => { one.disabled = !isAsked; });
  });
  kind.addEventListener("change", show);
  show();
})();
