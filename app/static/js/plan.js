/* The plan of an assessment: the two-way table and what each row lacks follow while one types. The
   table to fill in writes the rows, which are what is sent; rows written by hand show in it. */
const form = document.querySelector("form[data-plan]");
const place = document.querySelector("[data-blueprint]");
let waiting = 0;
let last = 0;

const board = document.querySelector("[data-cells]");
const cells = [...board.querySelectorAll("[data-cell]")];
const tabs = [...board.querySelectorAll("[data-type]")];
const price = board.querySelector("[data-points]");
const MOST = 60;
let type = "single";
let places = new Map(); // type|competency|difficulty to its row
let prices = {};
let found = { rows: [], supply: {} };

const lines = () => [...form.querySelectorAll("tr[data-row]")];
const part = (row, name) => row.querySelector(`[name$="-${name}"]`);
const key = (cell) => `${type}|${cell.dataset.competency}|${cell.dataset.difficulty}`;
const number = (row) => part(row, "n").name.split("-")[1];

/* A second row for the same cell, or one of another price, stays a row of its own. */
function read() {
  places = new Map();
  prices = {};
  for (const row of lines()) {
    if (!part(row, "n").value) continue;
    const [kind, competency, difficulty, points] = ["type", "competency", "difficulty", "points"].map(
      (name) => part(row, name).value,
    );
    const at = `${kind}|${competency}|${difficulty}`;
    if (places.has(at) || (kind in prices && prices[kind] !== points)) continue;
    prices[kind] = points;
    places.set(at, row);
  }
}

function draw() {
  for (const cell of cells) cell.value = places.has(key(cell)) ? part(places.get(key(cell)), "n").value : "";
  price.value = prices[type] ?? "";
  for (const tab of tabs) {
    const kind = tab.dataset.type;
    let sum = 0;
    for (const [at, row] of places) if (at.startsWith(`${kind}|`)) sum += Number(part(row, "n").value) || 0;
    tab.querySelector("[data-sum]").textContent = sum || "";
    if (kind === type) tab.setAttribute("aria-current", "true");
    else tab.removeAttribute("aria-current");
  }
  tell();
}

/* Under each cell: what it lacks, or how many items there are. */
function tell() {
  for (const cell of cells) {
    const row = places.get(key(cell));
    const check = row && found.rows.find((one) => String(one.row) === number(row));
    const there = found.supply[key(cell)] ?? 0;
    const said = cell.nextElementSibling;
    const isShort = Boolean(check && check.missing);
    said.classList.toggle("is-short", isShort);
    cell.classList.toggle("is-invalid", isShort);
    if (isShort) said.textContent = board.dataset.short.replace("{n}", check.missing);
    else said.textContent = there ? board.dataset.have.replace("{n}", there) : "";
  }
}

/* An empty row, made when there is none. */
function free() {
  const all = lines();
  const empty = all.find((row) => !part(row, "n").value);
  if (empty || all.length >= MOST) return empty;
  const last = all[all.length - 1];
  const row = last.cloneNode(true);
  for (const field of row.querySelectorAll("[name]")) {
    field.name = field.name.replace(/^cells-\d+/, `cells-${all.length}`);
    field.id = field.name;
    field.value = "";
    field.setAttribute("aria-label", field.getAttribute("aria-label").replace(/\d+/, all.length + 1));
  }
  const check = row.querySelector("[data-check]");
  check.dataset.check = all.length;
  check.textContent = "";
  last.after(row);
  return row;
}

function write(cell) {
  const value = cell.value.replace(/\D/g, "");
  const row = places.get(key(cell)) ?? (Number(value) ? free() : null);
  if (row) {
    part(row, "type").value = type;
    part(row, "competency").value = cell.dataset.competency;
    part(row, "difficulty").value = cell.dataset.difficulty;
    part(row, "points").value = price.value;
    part(row, "n").value = Number(value) || "";
    if (Number(value)) places.set(key(cell), row);
    else places.delete(key(cell));
    prices[type] = price.value;
  }
  draw();
  soon();
}

board.addEventListener("input", (event) => {
  event.stopPropagation();
  if (event.target === price) {
    prices[type] = price.value;
    for (const [at, row] of places) if (at.startsWith(`${type}|`)) part(row, "points").value = price.value;
    soon();
  } else write(event.target);
});

board.addEventListener("keydown", (event) => {
  if (event.key === "Enter") event.preventDefault(); // it would send the whole form
  const at = cells.indexOf(event.target);
  if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
  const wide = cells.filter((one) => one.closest("tr") === event.target.closest("tr")).length;
  const column = at % wide;
  const step = { ArrowDown: wide, Enter: wide, ArrowUp: -wide, ArrowRight: column < wide - 1 && 1, ArrowLeft: column && -1 }[event.key];
  const next = step && cells[at + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.select();
});

for (const tab of tabs)
  tab.addEventListener("click", () => {
    type = tab.dataset.type;
    draw();
  });

async function show() {
  const turn = ++last;
  const answer = await fetch(form.dataset.plan, {
    method: "POST",
    body: new FormData(form),
    headers: { Accept: "application/json" },
  });
  if (!answer.ok || turn !== last) return;
  found = await answer.json();
  place.innerHTML = found.html; // made by the server's own template
  document.querySelector("[data-overlap]").innerHTML = found.overlap;
  for (const cell of form.querySelectorAll("[data-check]")) {
    const row = found.rows.find((one) => String(one.row) === cell.dataset.check);
    cell.textContent = row ? row.text : "";
    cell.classList.toggle("is-short", Boolean(row && !row.is_met));
  }
  tell();
}

function soon() {
  clearTimeout(waiting);
  waiting = setTimeout(() => show().catch(() => {}), 250);
}

/* Keys right after one's own submission reach those who have not sat it yet: said while it is so. */
function warn() {
  const { feedback, shows_keys: keys } = form.elements;
  const isEarly = feedback.value === "after_submit" && keys.checked;
  document.querySelector("[data-early]").hidden = !isEarly;
}

/* One paper for all is often sat at several times: then no keys, until the trainer chooses them. */
let isChosen = false;
function settle() {
  const { issue, shows_keys: keys, feedback } = form.elements;
  if (!isChosen) keys.checked = issue.value === "own" || feedback.value === "after_close";
}

form.addEventListener("change", (event) => {
  if (event.target.name === "shows_keys") isChosen = true;
  if (/^(issue|feedback)$/.test(event.target.name)) settle();
  warn();
});
warn();

form.addEventListener("input", (event) => {
  if (!/^(cells-|banks|fixed|paper|issue|n_forms)/.test(event.target.name)) return;
  if (event.target.name.startsWith("cells-")) {
    read();
    draw();
  }
  soon();
});

const rows = document.querySelector("[data-rows]");
rows.open = Boolean(rows.querySelector(".is-invalid"));
read();
draw();
if (form.querySelector("[name=banks]:checked")) soon();
