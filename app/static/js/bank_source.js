/* The source of a bank: line numbers, findings at their line while typing, indentation by Tab, saving
   by Ctrl+S. Without it the text is a plain field with a button. */

const form = document.querySelector("#text");
const area = form.elements.source;
const gutter = form.querySelector("[data-gutter]");
const marks = form.querySelector("[data-marks]");
const words = JSON.parse(document.querySelector("#editor-words").textContent);
const token = document.querySelector("meta[name=csrf-token]").content;
const saved = document.querySelector("[data-saved]");
const list = document.querySelector("[data-findings]");
const place = document.querySelector("[data-place]");
const WAIT_MS = 450;
const STEP = "  ";
let timer = 0;
let asked = 0;
let stored = area.value;
let leaving = false;
let shown = 0; // the line whose findings stand out
let found = [...list.querySelectorAll("[data-line]")].map((link) => ({
  line: Number(link.dataset.line),
  col: Number(link.dataset.col),
  level: link.closest(".lb-find--err") ? "error" : "warning",
  text: link.closest(".lb-find").querySelector("p").textContent,
}));

/* ---- gutter ---- */

function number() {
  const lines = area.value.split("\n").length;
  while (gutter.children.length > lines) gutter.lastElementChild.remove();
  while (gutter.children.length < lines) {
    const one = document.createElement("span");
    one.textContent = gutter.children.length + 1;
    gutter.append(one);
  }
  area.rows = lines + 1;
  for (const marked of gutter.querySelectorAll("[class]")) {
    marked.removeAttribute("class");
    marked.removeAttribute("title");
  }
  for (const { line, level, text } of found) {
    const one = gutter.children[line - 1];
    if (!one || one.className === "is-err") continue;
    one.className = level === "error" ? "is-err" : "is-warn";
    one.title = text;
  }
  mark();
}

/* ---- marks in the text itself: a band behind the line, a wave under what is wrong ---- */

function mark() {
  const lines = area.value.split("\n");
  const drawn = new Map();
  for (const { line, col, level } of found) {
    if (line > lines.length) continue;
    let band = drawn.get(line);
    if (!band) {
      band = document.createElement("div");
      band.className = "lb-edit__line is-warn";
      band.style.top = `${(line - 1) * 1.375}rem`;
      drawn.set(line, band);
    }
    if (level === "error") band.className = "lb-edit__line is-err";
    const signs = [...lines[line - 1]];
    const copy = document.createElement("span"); // the same signs in the same font: the same place
    const wave = document.createElement("mark");
    copy.textContent = signs.slice(0, col - 1).join("");
    wave.textContent = signs.slice(col - 1).join("") || " ";
    copy.append(wave);
    band.append(copy);
  }
  marks.replaceChildren(...drawn.values());
  slide();
}

function slide() {
  for (const copy of marks.querySelectorAll("span")) copy.style.left = `${-area.scrollLeft}px`;
}

function linksAt(line) {
  return [...list.querySelectorAll(`[data-line="${line}"]`)];
}

/* The findings of the line the cursor is in stand out in the list. */
function here(line) {
  for (const one of list.querySelectorAll(".is-here")) one.classList.remove("is-here");
  const boxes = linksAt(line).map((link) => link.closest(".lb-find"));
  for (const box of boxes) box.classList.add("is-here");
  const pane = list.closest(".lb-pane");
  if (boxes.length && pane.scrollHeight > pane.clientHeight) {
    boxes[0].scrollIntoView({ block: "nearest" });
  }
}

function tell(line) {
  const [link] = linksAt(line);
  if (link) link.focus();
  return link !== undefined;
}

function where() {
  const before = area.value.slice(0, area.selectionStart);
  const line = before.split("\n").length;
  const col = [...before.slice(before.lastIndexOf("\n") + 1)].length + 1;
  place.textContent = words.place.replace("{line}", line).replace("{col}", col);
  if (line !== shown) here(line);
  shown = line;
  return line;
}

function jump(line, col) {
  const lines = area.value.split("\n");
  let at = 0;
  for (let n = 0; n < line - 1 && n < lines.length; n += 1) at += lines[n].length + 1;
  const start = at + [...(lines[line - 1] ?? "")].slice(0, col - 1).join("").length;
  area.focus();
  area.setSelectionRange(start, at + (lines[line - 1] ?? "").length);
  const pane = form.parentElement;
  const one = gutter.children[line - 1];
  if (one) one.scrollIntoView({ block: "center" });
  pane.scrollLeft = 0;
  where();
}

list.addEventListener("click", (event) => {
  const link = event.target.closest("[data-line]");
  if (!link) return;
  event.preventDefault();
  jump(Number(link.dataset.line), Number(link.dataset.col));
});
list.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !event.target.matches("[data-line]")) return;
  jump(Number(event.target.dataset.line), Number(event.target.dataset.col));
});
gutter.addEventListener("click", (event) => {
  const number = event.target.closest("[class]");
  if (number) tell([...gutter.children].indexOf(number) + 1);
});
area.addEventListener("scroll", slide);

/* ---- check ---- */

function count(name, n) {
  const tag = document.querySelector(`[data-${name}]`);
  tag.hidden = n === 0;
  tag.querySelector("b").textContent = n;
}

function show() {
  const shape = document.querySelector("#t-find");
  const all = found.map(({ line, col, code, level, text }) => {
    const one = shape.content.firstElementChild.cloneNode(true);
    one.classList.add(level === "error" ? "lb-find--err" : "lb-find--warn");
    const use = one.querySelector("use");
    if (level !== "error") use.setAttribute("href", use.getAttribute("href").replace(/err$/, "warn"));
    one.querySelector("[data-text]").textContent = text;
    one.querySelector(".lb-find__code").textContent = code;
    const link = one.querySelector("a");
    link.textContent = words.line.replace("{line}", line);
    link.dataset.line = line;
    link.dataset.col = col;
    return one;
  });
  if (!all.length) {
    const none = document.createElement("p");
    none.className = "lb-2";
    none.textContent = words.clean;
    all.push(none);
  }
  list.replaceChildren(...all);
  number();
}

async function ask(url, options) {
  return fetch(url, {
    method: "POST",
    ...options,
    headers: { Accept: "application/json", "X-CSRFToken": token, ...options.headers },
  });
}

async function check() {
  const turn = (asked += 1);
  try {
    const reply = await ask(form.dataset.check, {
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ source: area.value }),
    });
    if (turn !== asked || !reply.ok) return;
    const said = await reply.json();
    found = said.findings;
    count("errors", said.errors);
    count("warnings", said.warnings);
    area.setAttribute("aria-invalid", String(said.errors > 0));
    show();
    shown = 0;
    where();
  } catch {
    if (turn === asked) saved.textContent = words.offline;
  }
}

function touched() {
  number();
  where();
  saved.classList.remove("lb-save--ok");
  saved.textContent = area.value === stored ? "" : words.unsaved;
  clearTimeout(timer);
  timer = setTimeout(check, WAIT_MS);
}

/* ---- save ---- */

async function save() {
  const text = area.value;
  saved.textContent = words.saving;
  let reply;
  try {
    reply = await ask(form.action, { body: new FormData(form) });
  } catch {
    saved.textContent = words.offline;
    return;
  }
  if (reply.ok) {
    const said = await reply.json();
    form.elements.revision.value = said.revision;
    stored = text;
    saved.textContent = said.saved;
    saved.classList.toggle("lb-save--ok", area.value === stored);
    return;
  }
  leaving = true;
  form.dataset.plain = "yes"; // the page that follows shows the difference
  form.requestSubmit();
}

form.addEventListener("submit", (event) => {
  if (form.dataset.plain !== undefined) {
    leaving = true;
    return;
  }
  event.preventDefault();
  save();
});
addEventListener("beforeunload", (event) => {
  if (!leaving && area.value !== stored) event.preventDefault();
});

/* ---- keys ---- */

let free = false; // after Escape, Tab leaves the field

function put(text) {
  // insertText keeps the browser's own undo.
  if (!document.execCommand("insertText", false, text)) area.setRangeText(text);
}

function lineStart(at) {
  return area.value.lastIndexOf("\n", at - 1) + 1;
}

function indent(back) {
  const { selectionStart: start, selectionEnd: end, value } = area;
  if (start === end && !back) {
    put(STEP);
    return;
  }
  const from = lineStart(start);
  const block = value.slice(from, end);
  const next = back ? block.replace(/^ {1,2}/gm, "") : block.replace(/^(?=.)/gm, STEP);
  area.setSelectionRange(from, end);
  put(next);
  area.setSelectionRange(from, from + next.length);
}

function breakLine() {
  const from = lineStart(area.selectionStart);
  const line = area.value.slice(from, area.selectionStart);
  const lead = /^ */.exec(line)[0];
  const inside = /^ *- \S/.test(line) ? STEP : "";
  const deeper = /:\s*$/.test(line) ? STEP : "";
  put(`\n${lead}${inside}${deeper}`);
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
    event.preventDefault();
    form.requestSubmit();
  } else if (event.key === "F8" && found.length) {
    event.preventDefault();
    const line = where();
    const next = event.shiftKey
      ? (found.findLast((one) => one.line < line) ?? found[found.length - 1])
      : (found.find((one) => one.line > line) ?? found[0]);
    jump(next.line, next.col);
  }
});
area.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "Escape") {
    free = true;
    return;
  }
  if (event.key === "Tab" && !free && !event.ctrlKey && !event.altKey) {
    event.preventDefault();
    indent(event.shiftKey);
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    if (tell(where())) event.preventDefault();
  } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    breakLine();
  }
  if (event.key !== "Tab" && event.key !== "Shift") free = false;
});
area.addEventListener("input", touched);
area.addEventListener("keyup", where);
area.addEventListener("click", where);

number();
where();
