/* Marks of an assessor: kept on this device as they are chosen, sent when there is a network, and
   never twice: the key is made once a mark. Without it the form posts as any other. */

import { openWire, Refused, Unreachable } from "./take/wire.js";

const WORD = "lb-rate";
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 30000;

const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const form = document.getElementById("take");
const list = document.getElementById("to-assess");

if (list) markKept(list);
if (form?.dataset.open) open(form);

/** In the list of what is to be assessed: which of them lies on this device, not handed in. */
function markKept(place) {
  for (const line of all("[data-seat]", place)) {
    const kept = read(`${WORD}:${place.dataset.user}:${line.dataset.seat}`);
    if (kept) one("[data-kept]", line).hidden = false;
  }
}

function read(name) {
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return null;
  }
}

function open(form) {
  const data = form.dataset;
  const words = JSON.parse(document.getElementById("rating-words").textContent);
  const say = (name, values = {}) => words[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
  const place = `${WORD}:${data.user}:${data.seat}`;
  const wire = openWire(form);
  const rows = all("[data-row]", form);
  const seen = Number(data.seen);
  let key = form.elements.key.value;
  let base = seen; // the marks these were written over: the server takes them over no others
  let failures = 0;
  let timer = null;
  let isSending = false;
  let isWaiting = false; // handed in by the assessor, not acknowledged by the server yet

  const chosen = (row) => one("input:checked", row)?.value;
  const missing = () => rows.filter((row) => chosen(row) === undefined);

  function values() {
    const given = rows.filter((row) => chosen(row) !== undefined);
    return {
      rows: Object.fromEntries(given.map((row) => [row.dataset.row, Number(chosen(row))])),
      said: all("input[name=said]:checked", form).map((box) => Number(box.value)),
      keep: form.elements.keep.value,
      change: form.elements.change.value,
      attempt: form.elements.attempt.value,
    };
  }

  function fill(kept) {
    for (const row of rows) {
      for (const input of all("input", row)) {
        input.checked = Number(input.value) === kept.rows[row.dataset.row];
      }
    }
    for (const box of all("input[name=said]", form)) {
      box.checked = kept.said.includes(Number(box.value));
    }
    for (const name of ["keep", "change", "attempt"]) form.elements[name].value = kept[name];
  }

  /** A draft of marks that were corrected elsewhere meanwhile is not put over them. */
  function keep() {
    try {
      const entry = { ...values(), key, seen: base, isWaiting, at: Date.now() };
      localStorage.setItem(place, JSON.stringify(entry));
      show("lb-save--off", say("kept", { at: timeOf(new Date()) }));
      note("storage");
    } catch {
      note("storage", "warn", words.no_storage);
    }
    count();
  }

  function forget() {
    try {
      localStorage.removeItem(place);
    } catch {
      // Then nothing was kept either.
    }
  }

  function timeOf(moment) {
    const parts = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
    return new Intl.DateTimeFormat("en-GB", { ...parts, timeZone: data.zone }).format(moment);
  }

  function show(kind, text) {
    const spot = one("[data-saved]", form);
    spot.className = `lb-save ${kind}`;
    spot.textContent = text;
  }

  function count() {
    const done = rows.length - missing().length;
    one("[data-done]", form).textContent = say("done", { done, all: rows.length });
  }

  function note(name, kind, title, more) {
    const found = one(`[data-note="${name}"]`, form);
    if (!title) {
      found?.remove();
      return;
    }
    const fresh = document.getElementById("t-note").content.firstElementChild.cloneNode(true);
    fresh.dataset.note = name;
    fresh.classList.add(`lb-note--${kind}`);
    if (kind === "danger") fresh.setAttribute("role", "alert");
    const [first, second] = all("p", fresh);
    first.textContent = title;
    if (more) second.textContent = more;
    else second.remove();
    if (found) found.replaceWith(fresh);
    else one("[data-notes]", form).prepend(fresh);
  }

  async function send() {
    if (isSending || !isWaiting) return;
    clearTimeout(timer);
    isSending = true;
    lock();
    show("", words.sending);
    try {
      const answer = await wire.json(form.getAttribute("action"), { ...values(), key, seen: base });
      forget();
      location.assign(answer.url);
      return;
    } catch (problem) {
      troubled(problem);
    }
    isSending = false;
    lock();
  }

  /** What is on its way may have arrived: it is not changed before the server has answered. */
  function lock() {
    for (const part of all("section", form)) part.inert = isWaiting;
    one("[data-send]", form).disabled = isWaiting;
  }

  function troubled(problem) {
    if (problem instanceof Unreachable) {
      note("trouble", "warn", words.offline, words.offline_more);
      show("lb-save--off", say("kept", { at: timeOf(new Date()) }));
      retry();
      return;
    }
    if (!(problem instanceof Refused)) throw problem;
    if (problem.status === 401 || problem.status === 403) {
      note("trouble", "danger", words.signed_out, words.signed_out_more);
      stop();
    } else if (problem.status >= 500 || problem.status === 429) {
      note("trouble", "danger", problem.message || words.trouble);
      retry();
    } else {
      note("trouble", "danger", say("refused", { why: problem.message }));
      stop();
    }
  }

  function stop() {
    isWaiting = false;
    keep();
    one("[data-notes]", form).scrollIntoView({ block: "center" });
  }

  function retry() {
    failures += 1;
    const wait = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
    timer = setTimeout(send, wait);
  }

  form.addEventListener("input", () => {
    for (const row of rows) if (chosen(row) !== undefined) row.classList.remove("is-missing");
    note("missing");
    keep();
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const open_ = missing();
    for (const row of rows) row.classList.toggle("is-missing", open_.includes(row));
    if (open_.length) {
      note("missing", "danger", say("missing", { n: open_.length }));
      one("input", open_[0]).focus();
      open_[0].scrollIntoView({ block: "center" });
      return;
    }
    isWaiting = true;
    failures = 0;
    keep();
    send();
  });

  addEventListener("online", () => {
    failures = 0;
    send();
  });

  const kept = read(place);
  if (kept && (kept.seen === seen || kept.isWaiting)) {
    // What was handed in is asked about again, though the server has newer marks: it knows by the
    // key whether these are them, and their answer was lost with the page before.
    fill(kept);
    key = kept.key;
    base = kept.seen;
    isWaiting = kept.isWaiting;
    note("restored", "accent", words.restored);
    if (isWaiting) send();
  } else if (kept) {
    // Handed in meanwhile, from here or from another device: the server has what counts.
    forget();
  }
  count();
}
