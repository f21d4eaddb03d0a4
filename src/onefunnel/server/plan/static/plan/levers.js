// Each lever says where it stands while it is moved; what comes of it is asked when it is let go.
document.addEventListener("input", (event) => {
  const lever = event.target;
  if (lever.type !== "range" || !lever.closest(".lever")) return;
  lever.closest(".lever").querySelector("output").textContent = `${lever.value}%`;
});
