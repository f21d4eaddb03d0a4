// Files may be dropped anywhere on the form; what was chosen is said in words.
(() => {
  "use strict";
  const form = document.querySelector("[data-drop]");
  const field = form?.querySelector("input[type=file]");
  if (!field) return;
  const note = form.querySelector("[data-drop-note]");
  const say = () => {
    const files = [...field.files];
    const size = files.reduce((sum, file) => sum + file.size, 0) / 1e6;
    note.textContent = files.length
      ? `${files.length} file${files.length > 1 ? "s" : ""}, ${size.toFixed(1)} MB: ${files.slice(0, 8).map((file) => file.name).join(", ")}${files.length > 8 ? ", …" : ""}`
      : "";
  };
  field.addEventListener("change", say);
  form.addEventListener("dragover", (event) => { event.preventDefault(); form.classList.add("dropping"); });
  form.addEventListener("dragleave", () => form.classList.remove("dropping"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("dropping");
    if (!event.dataTransfer.files.length) return;
    field.files = event.dataTransfer.files;
    say();
    field.focus();
  });
  form.addEventListener("submit", () => { note.textContent = "Uploading …"; });
})();
