// Draws the charts of a page. The specification stands in the page as JSON; colours come from the
// config of the theme in force, and change with it. Nothing is fetched and nothing is evaluated.
(() => {
  "use strict";
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const json = (id) => JSON.parse(document.getElementById(id).textContent);
  const theme = () => {
    const chosen = document.documentElement.dataset.theme;
    if (chosen === "dark" || chosen === "light") return chosen;
    return dark.matches ? "dark" : "light";
  };

  async function draw(element) {
    const spec = json(element.dataset.chart);
    spec.config = json("chart-themes")[theme()];
    try {
      await window.drawChart(element, spec);
      element.dataset.drawn = theme();
    } catch (error) {
      element.textContent = "This browser could not draw the chart. The table below has every figure.";
      element.dataset.drawn = "failed";
      console.warn(error);
    }
  }

  const drawAll = () => document.querySelectorAll("[data-chart]").forEach(draw);

  document.addEventListener("DOMContentLoaded", drawAll);
  document.addEventListener("htmx:afterSettle", (event) => {
    event.target.querySelectorAll("[data-chart]:not([data-drawn])").forEach(draw);
  });
  dark.addEventListener("change", drawAll);
  new MutationObserver(drawAll).observe(document.documentElement, {
    attributes: true,
    attributeFilter: ["data-theme"],
  });

  // A menu of the top bar asks again as soon as it is changed; without scripts its button does.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-asks-at-once]");
    if (form && event.target.matches("select")) form.requestSubmit();
  });
})();
