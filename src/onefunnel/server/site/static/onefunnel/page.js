// Small manners of every page: focus stays after a swap, menus close, toasts leave, copying.
(() => {
  "use strict";

  // Focus after a swap. htmx finds an element with the same id by itself; when the element that
  // had the focus has no twin, the focus goes to what took its place, never to <body>.
  let place = null; // what was around the replaced part, while the focus was inside it
  document.addEventListener("htmx:beforeSwap", (event) => {
    const target = event.detail.target;
    const active = document.activeElement;
    if (!active || active === document.body || !target.contains(active)) return;
    const self = target.id ? `#${CSS.escape(target.id)}` : null;
    const index = target.parentElement ? [...target.parentElement.children].indexOf(target) : 0;
    place = { self, parent: target.parentElement, index };
    setTimeout(keepFocus, 100); // an answer of plain text settles no element
  });
  // At the swap itself, so that a key pressed in the next instant is not lost; and once settled,
  // for parts that only then can take the focus.
  document.addEventListener("htmx:afterSwap", keepFocus);
  document.addEventListener("htmx:afterSettle", keepFocus);

  function keepFocus() {
    if (!place) return;
    const active = document.activeElement;
    if (active && active !== document.body && active.isConnected) { place = null; return; }
    const { self, parent, index } = place;
    place = null;
    const around = parent?.isConnected ? parent : document.getElementById("content");
    const part = (self && document.querySelector(self)) || around.children[index] || around;
    const able = "a[href], button:not(:disabled), input:not([type=hidden]), select, textarea, summary";
    const target = part.matches(able) ? part
      : part.querySelector("[autofocus]") || part.querySelector(able) || part;
    if (!target.matches(able) && !target.hasAttribute("tabindex")) target.setAttribute("tabindex", "-1");
    target.focus({ preventScroll: true });
  }

  // An answer of 4xx/5xx is shown as a message, not dropped.
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    const text = event.detail.xhr.getResponseHeader("X-Message");
    toast(text ? decodeURIComponent(text) : status === 403
      ? "You may not do this. Ask an owner of the workspace."
      : `That did not work (${status}). Nothing was changed; try again.`);
  });
  document.addEventListener("htmx:sendError", () =>
    toast("The server cannot be reached. Nothing was changed; try again in a moment."));

  // Scripts of single pages say something: detail is {text, undo}, undo a deed or nothing.
  document.addEventListener("onefunnel:say", (event) => toast(event.detail.text, event.detail.undo));

  function toast(text, undo) {
    const box = document.createElement("div");
    box.className = "toast";
    const words = document.createElement("p");
    words.textContent = text;
    box.append(words);
    if (undo) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Undo";
      button.addEventListener("click", () => { box.remove(); undo(); });
      box.append(button);
    }
    document.getElementById("toasts")?.append(box);
    leave(box);
  }
  function leave(box) {
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "Close";
    close.addEventListener("click", () => box.remove());
    box.append(close);
    // 10 seconds, but not while somebody points at it or has the focus in it
    const tick = () => (box.matches(":hover, :focus-within") ? setTimeout(tick, 2000) : box.remove());
    setTimeout(tick, 10000);
  }
  const dress = (root) => root.querySelectorAll(".toast").forEach((box) => {
    if (!box.dataset.dressed) { box.dataset.dressed = "1"; leave(box); }
  });
  dress(document);
  document.addEventListener("htmx:afterSettle", () => dress(document));

  // <details data-closes> is a menu: it closes on Escape and on a click elsewhere.
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details[data-closes][open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details[data-closes][open]").forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });

  // A select or date marked data-submits sends its form when changed.
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
  });
  // A box marked data-ticks="name" ticks all boxes of that name in its form.
  document.addEventListener("change", (event) => {
    const name = event.target.dataset.ticks;
    if (!name) return;
    event.target.form.querySelectorAll(`input[type=checkbox][name="${CSS.escape(name)}"]`)
      .forEach((box) => { box.checked = event.target.checked; });
  });
  // A button marked data-copies="#id" copies that element's text.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copies]");
    if (!button) return;
    await navigator.clipboard.writeText(document.querySelector(button.dataset.copies).textContent.trim());
    toast("Copied.");
  });
  // A form marked data-asks="question" asks before it is sent.
  document.addEventListener("submit", (event) => {
    const question = event.target.dataset.asks;
    if (question && !window.confirm(question)) event.preventDefault();
  });

  // After a deed, which says so in a message, the keyboard goes on at the content and not at the
  // menu; where the page names its own place to go on, that one has it.
  const done = document.querySelector("#toasts .toast") && !document.querySelector("[autofocus]");
  if (done && document.activeElement === document.body) {
    document.getElementById("content")?.focus({ preventScroll: true });
  }
})();
