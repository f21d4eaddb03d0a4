// Tells the funnel that a visitor began a form and left, and which field was touched last.
// No cookie, no address, nothing that was typed: one request, of the name of a field.
// And gives what is sent a key of its own, so that a form sent twice by one click comes in once.
(() => {
  "use strict";
  const here = new URL(document.currentScript.src).origin;
  for (const form of document.querySelectorAll("form[action]")) {
    const to = new URL(form.getAttribute("action"), document.baseURI);
    if (to.origin !== here || !/^\/run\/forms\/[a-z0-9-]+\/$/.test(to.pathname)) continue;
    let last = "";
    let isDone = false;
    const hidden = (name, value) => {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name, value });
      form.append(field);
      return field;
    };
    hidden("_watched", "yes");
    const fresh = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), String).join("-");
    const key = hidden("key", fresh());
    form.addEventListener("input", (event) => {
      key.value = fresh();  // other content is another answer
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
