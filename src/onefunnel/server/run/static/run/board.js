// Cards of the board move by mouse, by keyboard and by the "Move" dialog. All three send the same
// form to the same door; where it is refused the card goes back, and the words say why. Without
// this script "Move" leads to the form on the lead's page.
(() => {
  "use strict";
  const board = document.querySelector(".board[data-moves]");
  const dialog = document.getElementById("board-move");
  if (!board || !dialog) return;
  const form = dialog.querySelector("form");
  const enter = document.getElementById("board-enter");
  const error = form.querySelector(".error");
  const said = document.getElementById("board-said");
  const ASKS = ["lost", "disqualified", "recycled"]; // a move there needs a reason or a day
  const columns = () => [...board.querySelectorAll(".column")];
  const columnOf = (card) => card.closest(".column");
  const stageOf = (column) => column.dataset.stage;
  const nameOf = (column) => column.querySelector("h2").textContent.trim();
  const cardOf = (inner) => inner.closest?.(".column-cards > li:not(.column-more)");
  const titleOf = (card) => card.querySelector("a").textContent.trim();
  let dragged = null;
  let picked = null; // {card, target}: picked up with the keyboard
  let asked = null; // {card, back}: what the dialog is about

  const tell = (words) => { said.textContent = words; };
  const toast = (text, undo) =>
    document.dispatchEvent(new CustomEvent("onefunnel:say", { detail: { text, undo } }));

  // --- a move ------------------------------------------------------------------------------
  function put(card, column) {
    column.querySelector(".column-cards").prepend(card);
  }
  function placeOf(card) {
    const list = card.parentElement, next = card.nextElementSibling;
    return () => list.insertBefore(card, next && next.parentElement === list ? next : null);
  }
  async function ask(url, body) {
    const answer = await fetch(url, { method: "POST", body, headers: { Accept: "application/json" } });
    if (answer.redirected) { window.location.reload(); throw new Error("signed out"); }
    const kind = answer.headers.get("Content-Type") || "";
    if (!kind.startsWith("application/json")) {
      return { refused: [`That did not work (${answer.status}). Nothing was changed; load the page again.`] };
    }
    return answer.json();
  }
  function body(card, column, more) {
    const sent = new FormData(form);
    sent.set("stage", stageOf(column));
    sent.set("stands", stageOf(columnOf(card)));
    if (!more) { sent.set("reason", ""); sent.set("wake_on", ""); }
    return sent;
  }
  async function move(card, column, { more = false } = {}) {
    if (column === columnOf(card)) { tell(`${titleOf(card)} stays in ${nameOf(column)}.`); return true; }
    const sent = body(card, column, more);
    const back = placeOf(card), from = columnOf(card);
    const hadFocus = card.contains(document.activeElement);
    put(card, column);
    card.setAttribute("aria-busy", "true");
    if (hadFocus) focus(card);
    let answer;
    try {
      answer = await ask(moveUrl(card), sent);
    } catch {
      answer = { refused: ["The server cannot be reached. Nothing was changed; try again in a moment."] };
    }
    card.removeAttribute("aria-busy");
    if (answer.refused) {
      // where the lead stands now: "" is no stage, null is where it stood
      const isElsewhere = typeof answer.stands === "string";
      const now = columns().find((one) => stageOf(one) === answer.stands);
      if (now) put(card, now); else if (isElsewhere) card.remove(); else back();
      const words = answer.refused.join(" ");
      if (!card.isConnected) {
        if (hadFocus) board.focus();
        toast(`${titleOf(card)}: ${words} This board has no column for it, so its card was taken away.`);
        return true;
      }
      if (hadFocus) focus(card);
      if (more) return words;
      toast(`${titleOf(card)}: ${words}`);
      return false;
    }
    mark(card, answer.asks);
    toast(`${titleOf(card)}: ${answer.said}`, () => undo(card, from, answer.undo));
    follow();
    return true;
  }
  async function undo(card, from, url) {
    const sent = new FormData(form);
    let answer;
    try { answer = await ask(url, sent); } catch { answer = { refused: ["The server cannot be reached."] }; }
    if (answer.refused) { toast(`${titleOf(card)}: ${answer.refused.join(" ")}`); return; }
    put(card, from);
    focus(card);
    toast(`${titleOf(card)}: ${answer.said}`);
    follow();
  }
  // the lead's own address says its key, however it is written
  const keyOf = (card) => decodeURIComponent(card.querySelector("a").pathname.slice("/run/leads/".length, -1));
  const moveUrl = (card) => card.querySelector("a").pathname.replace("/run/leads/", "/run/move-lead/");
  const focus = (card) => card.querySelector(".grip")?.focus({ preventScroll: false });
  function mark(card, asks) {
    const small = card.querySelector("small");
    small.textContent = `${small.textContent.split(" · ")[0]} · just moved`;
    if (!asks) return;
    const link = document.createElement("a");
    Object.assign(link, { href: asks, textContent: "Say what was won" });
    small.append(" · ", link);
  }

  // --- counts follow when the data does ------------------------------------------------------
  let waits = 0, timer = null;
  function follow() { waits = 0; schedule(); }
  function schedule() {
    clearTimeout(timer);
    if (waits < 8) timer = setTimeout(recount, 1000 * 1.6 ** waits++);
  }
  async function recount() {
    let text;
    try { text = await (await fetch(window.location.href)).text(); } catch { return; }
    const page = new DOMParser().parseFromString(text, "text/html");
    const counts = page.getElementById("board-counts");
    if (!counts) return;
    document.getElementById("board-counts").replaceChildren(...counts.childNodes);
    page.querySelectorAll(".column").forEach((fresh) => {
      const own = columns().find((one) => stageOf(one) === fresh.dataset.stage);
      const head = own?.querySelector(".column-head");
      if (head && !head.contains(document.activeElement)) {
        head.replaceChildren(...fresh.querySelector(".column-head").childNodes);
      }
    });
    if (counts.hasAttribute("data-fresh")) schedule();
  }

  // --- the mouse -------------------------------------------------------------------------------
  const light = (column) => columns().forEach((one) => one.classList.toggle("is-target", one === column));
  board.addEventListener("dragstart", (event) => {
    dragged = cardOf(event.target);
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", titleOf(dragged));
  });
  board.addEventListener("dragover", (event) => {
    const column = event.target.closest(".column");
    if (!dragged || !column || !stageOf(column)) return;
    event.preventDefault();
    light(column);
  });
  board.addEventListener("drop", (event) => {
    const column = event.target.closest(".column");
    if (!dragged || !column) return;
    event.preventDefault();
    drop(dragged, column);
  });
  board.addEventListener("dragend", () => { dragged = null; light(null); });

  function drop(card, column) {
    light(null);
    if (column !== columnOf(card) && ASKS.includes(column.dataset.kind)) open(card, stageOf(column));
    else move(card, column);
  }

  // --- the keyboard ----------------------------------------------------------------------------
  function pick(card) {
    if (picked) return;
    picked = { card, target: columnOf(card) };
    card.classList.add("is-picked");
    card.querySelector(".grip").setAttribute("aria-pressed", "true");
    light(picked.target);
    tell(`Picked up ${titleOf(card)}, in ${nameOf(picked.target)}. Arrow keys choose a stage, Enter drops it there, Escape puts it back.`);
  }
  function letGo() {
    if (!picked) return;
    picked.card.classList.remove("is-picked");
    picked.card.querySelector(".grip").setAttribute("aria-pressed", "false");
    light(null);
    picked = null;
  }
  function choose(step) {
    const all = columns().filter(stageOf);
    const index = Math.min(Math.max(all.indexOf(picked.target) + step, 0), all.length - 1);
    picked.target = all[index];
    light(picked.target);
    picked.target.scrollIntoView({ block: "nearest", inline: "nearest" });
    tell(`${nameOf(picked.target)}, ${index + 1} of ${all.length}.`);
  }
  board.addEventListener("click", (event) => {
    const grip = event.target.closest(".grip");
    if (grip) {
      if (!picked) { pick(cardOf(grip)); return; }
      const { card, target } = picked;
      letGo();
      if (card === cardOf(grip)) {
        if (target === columnOf(card)) tell(`${titleOf(card)} stays in ${nameOf(target)}.`);
        else drop(card, target);
      }
      return;
    }
    const link = event.target.closest(".move");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      open(cardOf(link));
    }
  });
  board.addEventListener("keydown", (event) => {
    if (!picked) return;
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    if (event.key in steps) {
      event.preventDefault();
      choose(steps[event.key]);
    } else if (event.key === "Escape") {
      event.preventDefault();
      const { card } = picked;
      letGo();
      tell(`Put back: ${titleOf(card)} stays in ${nameOf(columnOf(card))}.`);
    }
  });
  board.addEventListener("focusout", (event) => {
    if (picked && event.target === picked.card.querySelector(".grip")) letGo();
  });

  // --- the dialog ------------------------------------------------------------------------------
  function open(card, stage) {
    letGo();
    asked = card;
    form.reset();
    error.hidden = true;
    if (enter) enter.elements.lead.value = keyOf(card);
    dialog.querySelector("h2").textContent = `Move ${titleOf(card)}`;
    const stands = stageOf(columnOf(card));
    const options = [...form.elements.stage.options];
    options.forEach((one) => { one.disabled = one.value === stands; });
    const here = options.findIndex((one) => one.value === stands);
    const next = options.slice(here + 1).find((one) => !one.disabled) || options.find((one) => !one.disabled);
    form.elements.stage.value = stage || next?.value || "";
    dialog.showModal();
    const reason = ASKS.includes(columns().find((one) => stageOf(one) === stage)?.dataset.kind);
    const field = reason && [...form.querySelectorAll("input[name=reason], input[name=wake_on]")]
      .find((one) => one.offsetParent);
    (field || form.elements.stage).focus();
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const column = columns().find((one) => stageOf(one) === form.elements.stage.value);
    if (!asked || !column) return;
    const card = asked;
    const done = await move(card, column, { more: true });
    if (done === true) { dialog.close(); return; }
    error.textContent = done;
    error.hidden = false;
  });
  dialog.querySelector("[data-cancels]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => { if (asked) focus(asked); asked = null; });

  // --- what only this script can do is there only with it --------------------------------------
  function dress() {
    board.querySelectorAll(".column-cards > li:not([draggable], .column-more)").forEach((card) => {
      card.draggable = true;
      card.querySelectorAll("a").forEach((link) => { link.draggable = false; });
      const grip = document.createElement("button");
      grip.type = "button";
      grip.className = "grip";
      grip.textContent = "⠿";
      grip.setAttribute("aria-label", `Pick up ${titleOf(card)}`);
      grip.setAttribute("aria-pressed", "false");
      card.prepend(grip);
    });
  }
  dress();
  document.getElementById("board-how").hidden = false;
  document.addEventListener("htmx:afterSwap", dress);
  if (document.getElementById("board-counts").hasAttribute("data-fresh")) follow();
})();
