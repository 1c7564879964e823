/* The import pages: progress while a file is read; keys filled in by keyboard, each choice kept at
   once. Without it the same form is sent in one go. */

const reading = document.querySelector("[data-reading]");
const form = document.querySelector("[data-import]");
const NARROW = matchMedia("(max-width: 991.98px)");
const AGAIN_MS = 3000;
const TYPING_MS = 600;

// ---------------------------------------------------------------- step 1

if (reading) {
  const file = reading.querySelector("[type=file]");
  const text = reading.querySelector("textarea");
  file.addEventListener("change", () => {
    const large = file.files.length && file.files[0].size > Number(reading.dataset.most);
    file.setCustomValidity(large ? reading.dataset.large : "");
    if (large) file.reportValidity();
  });
  reading.addEventListener("submit", (event) => {
    if (!text.value.trim() && !file.files.length) return;
    if (event.defaultPrevented) return;
    reading.querySelector("[data-progress]").hidden = false;
    reading.querySelector("[data-said]").textContent = reading.dataset.busy;
  });
}

// ---------------------------------------------------------------- step 2: choices are kept

const state = document.querySelector("[data-state]");
const waiting = new Set();
let busy = false;
let timer = 0;

function say(words, kind) {
  state.textContent = words;
  state.className = `lb-save${kind ? ` lb-save--${kind}` : ""}`;
}

function fields(part) {
  const data = new URLSearchParams();
  for (const node of part.querySelectorAll("input[name], select[name], textarea[name]")) {
    if ((node.type === "checkbox" || node.type === "radio") && !node.checked) continue;
    data.append(node.name, node.value);
  }
  return data;
}

function show(parts) {
  for (const [id, html] of Object.entries(parts)) {
    const node = document.getElementById(id);
    // What is being chosen just now keeps its focus: the server says the same of it.
    const focused = node?.contains(document.activeElement) ? document.activeElement.id : "";
    if (!node || node.innerHTML.trim() === html.trim()) continue;
    // A choice made since the question was sent stays: its own answer will draw it.
    if ([...waiting].some((part) => part.contains(node) || node.contains(part))) continue;
    node.innerHTML = html;
    if (focused) document.getElementById(focused)?.focus();
  }
}

async function keep() {
  clearTimeout(timer);
  if (busy || !waiting.size) return;
  busy = true;
  const now = [...waiting];
  waiting.clear();
  say(form.dataset.saving);
  const body = new URLSearchParams();
  for (const part of now) for (const [name, value] of fields(part)) body.append(name, value);
  try {
    const answer = await fetch(form.dataset.import, {
      method: "POST",
      body,
      keepalive: true,
      headers: {
        Accept: "application/json",
        "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content,
      },
    });
    if (!answer.ok) throw new Error(String(answer.status));
    const { saved, parts } = await answer.json();
    show(parts);
    say(form.dataset.saved.replace("{t}", saved.split(" ").pop()), "ok");
  } catch {
    for (const part of now) waiting.add(part);
    say(form.dataset.failed, "bad");
    timer = setTimeout(keep, AGAIN_MS);
    return;
  } finally {
    busy = false;
  }
  if (waiting.size) keep();
}

function changed(part, wait = 0) {
  waiting.add(part);
  clearTimeout(timer);
  timer = setTimeout(keep, wait);
}

// ---------------------------------------------------------------- step 2: one item

const items = [...document.querySelectorAll("[data-item]")];
const BLOCK = { single: "choice", multi: "choice", true_false: "true_false", short: "short" };

function kind(item) {
  const chosen = item.querySelector("[data-type]").selectedOptions[0];
  return chosen.value || chosen.dataset.kind;
}

function draw(item) {
  const block = BLOCK[kind(item)];
  for (const one of item.querySelectorAll("[data-for]")) one.hidden = one.dataset.for !== block;
  const drops = item.querySelector("[data-drops]");
  if (drops) drops.hidden = block === "choice";
  for (const one of item.querySelectorAll("[data-for] [type=checkbox]")) {
    if (one.closest("[data-for]").hidden) one.checked = false;
  }
  item.classList.toggle("is-out", item.querySelector("[name$='.out']").checked);
}

function alone(box) {
  const item = box.closest("[data-item]");
  const open = item.querySelector("[data-type]").value === "";
  if (!box.checked || open || kind(item) === "multi") return;
  for (const other of item.querySelectorAll("[name$='.key']")) if (other !== box) other.checked = false;
}

function go(item) {
  if (!item) return;
  item.focus({ preventScroll: true });
  item.scrollIntoView({ block: "nearest" });
  const short = item.querySelector("[data-for=short]:not([hidden]) textarea");
  if (short && !item.classList.contains("is-out")) short.focus({ preventScroll: true });
}

function next(item, step) {
  go(items[items.indexOf(item) + step]);
}

function isOpen(item) {
  if (item.classList.contains("is-out")) return false;
  if (kind(item) === "short") return !item.querySelector("[data-for=short] textarea")?.value.trim();
  return !item.querySelector("[name$='.key']:checked");
}

/* The next item that still lacks a key, else the next one: nobody walks past forty filled ones. */
function nextOpen(item) {
  const below = items.slice(items.indexOf(item) + 1);
  go(below.find(isOpen) ?? items.find(isOpen) ?? below[0]);
}

function tick(item, value) {
  const box = [...item.querySelectorAll("[name$='.key']")].find(
    (one) => one.value === value && !one.closest("[data-for]").hidden,
  );
  if (!box) return false;
  box.click();
  return true;
}

const SIGNS = { t: "true", "√": "true", "✓": "true", y: "true", f: "false", "×": "false", x: "false", n: "false" };

function pressed(item, event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key === "Enter") return nextOpen(item) ?? true;
  if (key === "ArrowDown") return next(item, 1) ?? true;
  if (key === "ArrowUp") return next(item, -1) ?? true;
  const type = item.querySelector("[data-type]");
  const option = [...type.options].find((one) => one.dataset.key === key);
  if (option) {
    type.value = option.value;
    type.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  }
  if (kind(item) === "true_false") return key in SIGNS && tick(item, SIGNS[key]);
  return /^[a-j]$/.test(key) && tick(item, key.toUpperCase());
}

if (form) {
  if (NARROW.matches) for (const one of document.querySelectorAll(".lb-imp__src")) one.open = false;
  items.forEach(draw);
  form.addEventListener("change", (event) => {
    const item = event.target.closest("[data-item]");
    if (item) {
      if (event.target.name.endsWith(".key")) alone(event.target);
      draw(item);
    }
    const part = event.target.closest("[data-item], [data-part]");
    if (part && event.target.checkValidity()) changed(part);
  });
  form.addEventListener("input", (event) => {
    const part = event.target.closest("[data-item], [data-part]");
    if (part && event.target.matches("textarea, input:not([type])")) changed(part, TYPING_MS);
  });
  document.addEventListener("keydown", (event) => {
    const writes = event.target.matches?.("[data-item] textarea");
    if (writes && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      return nextOpen(event.target.closest("[data-item]"));
    }
    if (event.key === "Enter" && event.target === document.body) {
      event.preventDefault();
      return go(items.find(isOpen));
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const item = event.target.closest?.("[data-item]");
    if (!item) return;
    if (event.target.matches("textarea, input[type=text], summary, select")) {
      if (event.key === "Escape" && event.target.matches("textarea, select")) item.focus();
      return;
    }
    if (pressed(item, event)) event.preventDefault();
  });
  document.querySelector("[data-first]")?.addEventListener("click", (event) => {
    event.preventDefault();
    go(document.querySelector(new URL(event.currentTarget.href).hash));
  });
  // Nothing chosen is lost when the page goes before the last save came back.
  addEventListener("pagehide", () => {
    if (waiting.size) keep();
  });
}
