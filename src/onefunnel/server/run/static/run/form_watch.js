// Tells the funnel that a visitor began a form and left, and which field was touched last.
// No cookie, no address, nothing that was typed: one request, of the name of a field.
(() => {
  "use strict";
  const here = new URL(document.currentScript.src).origin;
  for (const form of document.querySelectorAll("form[action]")) {
    const to = new URL(form.getAttribute("action"), document.baseURI);
    if (to.origin !== here || !/^\/run\/forms\/[a-z0-9-]+\/$/.test(to.pathname)) continue;
    let last = "";
    let isDone = false;
    const mark = document.createElement("input");
    mark.type = "hidden";
    mark.name = "_watched";
    mark.value = "yes";
    form.append(mark);
    form.addEventListener("input", (event) => {
      if (event.target.name && event.target.name !== "website") last = event.target.name;
    });
    form.addEventListener("submit", () => { isDone = true; });
    addEventListener("pagehide", () => {
      if (!last || isDone) return;
      isDone = true;
      fetch(`${to.href}left/`, {
        method: "POST", body: new URLSearchParams({ last }), keepalive: true, mode: "no-cors",
        credentials: "omit",
      }).catch(() => {});
    });
  }
})();
