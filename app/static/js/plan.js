/* The plan of an assessment: the two-way table and what each row lacks follow while one types. */
const form = document.querySelector("form[data-plan]");
const place = document.querySelector("[data-blueprint]");
let waiting = 0;
let last = 0;

async function show() {
  const turn = ++last;
  const answer = await fetch(form.dataset.plan, {
    method: "POST",
    body: new FormData(form),
    headers: { Accept: "application/json" },
  });
  if (!answer.ok || turn !== last) return;
  const found = await answer.json();
  place.innerHTML = found.html; // made by the server's own template
  for (const cell of form.querySelectorAll("[data-check]")) {
    const row = found.rows.find((one) => String(one.row) === cell.dataset.check);
    cell.textContent = row ? row.text : "";
    cell.classList.toggle("is-short", Boolean(row && !row.is_met));
  }
}

/* Keys right after one's own submission reach those who have not sat it yet: said while it is so. */
function warn() {
  const { feedback, shows_keys: keys } = form.elements;
  const isEarly = feedback.value === "after_submit" && keys.checked;
  document.querySelector("[data-early]").hidden = !isEarly;
}

form.addEventListener("change", warn);
warn();

form.addEventListener("input", (event) => {
  if (!/^(cells-|banks|fixed|paper)/.test(event.target.name)) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => show().catch(() => {}), 250);
});
