/* The marking desk: number keys toggle rubric points, the button says the mark. The form works without it. */

const form = document.querySelector("#mark");
const free = form.querySelector("[name=points]");
const comment = form.querySelector("[name=comment]");
const boxes = [...form.querySelectorAll("[name=criteria]")];
const total = form.querySelector("[data-total]");
const button = form.querySelector("[data-button]");
const typing = (node) => node === free || node === comment;

/* Hundredths as whole numbers, so that 0.1 + 0.2 is 0.3 here as on the server. */
const hundredths = (text) => Math.round(Number(text) * 100);
const shown = (value) => String(value / 100);

function show() {
  const met = boxes.filter((box) => box.checked).map((box) => hundredths(box.dataset.points));
  const sum = Math.min(met.reduce((a, b) => a + b, 0), hundredths(form.dataset.max));
  const points = free.value.trim() || (sum ? shown(sum) : "");
  total.textContent = points || "—";
  button.textContent = points ? form.dataset.say.replace("{p}", points) : form.dataset.first;
}

/* A point ticked after a nought takes the nought back. */
function tick(box) {
  if (free.value.trim() === "0") free.value = "";
  box.click();
}

form.addEventListener("input", show);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (typing(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const box = boxes.find((one) => one.dataset.key === event.key);
  if (box) tick(box);
  else if (event.key === "0") {
    free.value = "0";
    show();
  } else if (event.key === ".") free.focus();
  else if (event.key.toLowerCase() === "c") comment.focus();
  else if (event.key.toLowerCase() === "j") document.querySelector("[data-following]")?.click();
  else if (event.key.toLowerCase() === "k") document.querySelector("[data-previous]")?.click();
  else if (event.key === "Enter" && !event.target.closest("a, button, summary")) form.requestSubmit();
  else return;
  event.preventDefault();
});

show();
