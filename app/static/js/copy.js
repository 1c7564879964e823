/* A button that copies the text of a field: [data-copy=ID]. What came of it is said beside it. */
for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  const said = button.parentElement.querySelector("[data-copied]");
  button.addEventListener("click", async () => {
    field.select();
    let done = false;
    try {
      await navigator.clipboard.writeText(field.value);
      done = true;
    } catch {
      // Without https there is no clipboard; the old way still copies what is selected.
      done = document.execCommand("copy");
    }
    said.textContent = done ? button.dataset.done : button.dataset.failed;
  });
}
