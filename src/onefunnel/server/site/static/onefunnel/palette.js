// Ctrl K: one box for pages and records. Opens a <dialog>; arrows choose, Enter goes.
(() => {
  "use strict";
  const dialog = document.getElementById("palette");
  if (!dialog) return;
  const input = dialog.querySelector("input");
  const list = dialog.querySelector("ul");
  const note = dialog.querySelector(".palette-note");
  let hits = [];
  let chosen = 0;
  let waiting = null;
  let asked = 0;
  let answered = null; // the words the shown list answers

  function open() {
    if (dialog.open) return;
    input.value = "";
    dialog.showModal();
    input.focus();
    ask();
  }

  async function ask() {
    const mine = ++asked;
    const words = input.value;
    const query = new URLSearchParams({ q: words });
    let answer;
    try {
      answer = await fetch(`${dialog.dataset.url}?${query}`, { headers: { Accept: "application/json" } });
    } catch {
      note.textContent = "The server cannot be reached.";
      return;
    }
    if (mine !== asked) return; // a later question was asked meanwhile
    if (!answer.ok || answer.redirected) {
      note.textContent = "You are signed out. Load the page again.";
      return;
    }
    hits = (await answer.json()).hits;
    chosen = 0;
    answered = words;
    draw();
  }

  function draw() {
    list.replaceChildren(...hits.map((hit, index) => {
      const item = document.createElement("li");
      item.id = `palette-${index}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", String(index === chosen));
      const title = document.createElement("span");
      title.textContent = hit.title;
      const kind = document.createElement("small");
      kind.textContent = hit.kind;
      item.append(title, kind);
      item.addEventListener("click", () => go(index));
      return item;
    }));
    input.setAttribute("aria-expanded", String(hits.length > 0));
    input.setAttribute("aria-activedescendant", hits.length ? `palette-${chosen}` : "");
    note.textContent = hits.length
      ? `${hits.length} found. Arrows choose, Enter opens, Escape closes.`
      : "Nothing found. Try part of a name, a company or a page.";
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
  }

  function go(index) {
    if (hits[index]) window.location.assign(hits[index].url);
  }

  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, 120);
  });
  input.addEventListener("keydown", async (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!hits.length) return;
      chosen = (chosen + (event.key === "ArrowDown" ? 1 : hits.length - 1)) % hits.length;
      draw();
    } else if (event.key === "Enter") {
      event.preventDefault();
      clearTimeout(waiting);
      if (answered !== input.value) await ask(); // what is typed now, not what was asked before
      go(chosen);
    } else if (event.key === "Escape") { // a search box would take the first one to empty itself
      event.preventDefault();
      dialog.close();
    }
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  // The box is hidden at once, but the browser takes the focus out of it only when it next draws:
  // on a busy machine it is still inside here.
  dialog.addEventListener("close", () => setTimeout(() => {
    const active = document.activeElement;
    if (active === document.body || dialog.contains(active)) document.getElementById("content").focus();
  }));
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
    }
  });
  // without this script the link leads to the page that searches
  document.querySelectorAll("[data-open-palette]").forEach((link) =>
    link.addEventListener("click", (event) => { event.preventDefault(); open(); }));
})();
