/* The test page: one question at a time, answers saved as they are given, kept on the device while
   the network is away, handed in at the server's deadline. */

import { openClock, shownLeft } from "./take/clock.js";
import { openOutbox } from "./take/outbox.js";
import { openWire, Refused, Unreachable } from "./take/wire.js";

const TYPING_MS = 800;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 30000;
const HEARTBEAT_MS = 60000;
const FAST_MS = 1000;
const MOST_SIGNALS = 50;
const MOST_REPEATS = 2;

const form = document.getElementById("take");
const data = form.dataset;
const words = JSON.parse(document.getElementById("take-words").textContent);
const isOne = form.classList.contains("lb-quiz--one");
const client = randomId();
const outbox = openOutbox(data.user, data.attempt, client);
const clock = openClock(data.now, data.deadline);
const wire = openWire(form);
const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const say = (name, values = {}) => words[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);

function randomId() {
  // crypto.randomUUID is missing on plain http inside a company network.
  return [...crypto.getRandomValues(new Uint8Array(12))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

function timeOf(moment, seconds = true) {
  const parts = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: data.zone };
  if (seconds) parts.second = "2-digit";
  return new Intl.DateTimeFormat("en-GB", parts).format(moment);
}

function dayAndTimeOf(moment) {
  const parts = { month: "2-digit", day: "2-digit", timeZone: data.zone };
  const found = new Intl.DateTimeFormat("en-GB", parts).formatToParts(moment);
  const part = (type) => found.find((one) => one.type === type).value;
  return `${part("month")}-${part("day")} ${timeOf(moment, false)}`;
}

/* ---------- items: what is on the page, what the server has ---------- */

const items = all(".lb-item").map((element) => {
  const item = {
    n: Number(element.dataset.n),
    type: element.dataset.type,
    element,
    inputs: all(".lb-opt__in", element),
    text: one("textarea", element),
    flag: one(".lb-flag input", element),
    revision: Number(element.dataset.rev),
    confirmed: "",
    clash: null,
    refused: false,
    repeats: 0,
    shownAt: null, // when it was first seen unanswered; 0 after the first answer
  };
  item.confirmed = signature(valueOf(item));
  return item;
});
const byNumber = new Map(items.map((item) => [item.n, item]));
const links = new Map(all("[data-to]").map((link) => [Number(link.dataset.to), link]));

function valueOf(item) {
  return { response: responseOf(item), flagged: item.flag.checked };
}

function responseOf(item) {
  if (item.text) return item.text.value.trim() ? { text: item.text.value } : null;
  const chosen = item.inputs.filter((input) => input.checked).map((input) => input.value);
  if (!chosen.length) return null;
  return item.type === "true_false" ? { value: chosen[0] === "true" } : { options: chosen };
}

function fill(item, { response, flagged }) {
  if (item.text) item.text.value = response?.text ?? "";
  const chosen =
    item.type === "true_false" && response ? [String(response.value)] : (response?.options ?? []);
  for (const input of item.inputs) input.checked = chosen.includes(input.value);
  item.flag.checked = flagged;
  count(item);
}

/** Equal signatures: the same answer, whatever the order of letters or the line ends. */
function signature({ response, flagged }) {
  let value = null;
  if (response && "text" in response) {
    const text = response.text.replace(/\r\n?/g, "\n").normalize("NFC").trim();
    value = text ? { text } : null;
  } else if (response && "options" in response) {
    value = response.options.length ? { options: [...response.options].sort() } : null;
  } else if (response) {
    value = { value: response.value };
  }
  return JSON.stringify([value, Boolean(flagged)]);
}

const isDone = (item) => responseOf(item) !== null;
const isDirty = (item) => signature(valueOf(item)) !== item.confirmed;
const unsent = () => items.filter(isDirty);
const sendable = () => unsent().filter((item) => !item.clash && !item.refused);
let counted = 0; // counts what this page sends: an older save that was held up undoes no newer one
const asSave = (item) => {
  counted += 1;
  return { item: item.n, revision: item.revision + 1, sequence: counted, ...valueOf(item) };
};

function inWords(item, response) {
  if (!response) return words.blank;
  if ("text" in response) return response.text;
  if ("value" in response) return response.value ? words.yes : words.no;
  return response.options.join(words.comma);
}

/* ---------- what the page shows ---------- */

let here = items[0];
let savedAt = null;
let trouble = ""; // "", "offline", "failing"
let isSending = false;
let isOver = false;

function paint() {
  const dirty = unsent();
  const done = items.filter(isDone).length;
  const flags = items.filter((item) => item.flag.checked).length;
  for (const item of items) {
    const link = links.get(item.n);
    const isKept = dirty.includes(item);
    link.classList.toggle("is-done", isDone(item));
    link.classList.toggle("is-local", isKept && Boolean(trouble || item.clash || item.refused));
    link.classList.toggle("is-flag", item.flag.checked);
    if (item === here) link.setAttribute("aria-current", "step");
    else link.removeAttribute("aria-current");
    const parts = [say("to_item", { n: item.n }), isDone(item) ? words.is_done : words.is_open];
    if (item.flag.checked) parts.push(words.is_flag);
    if (isKept) parts.push(words.is_local);
    link.setAttribute("aria-label", parts.join(words.join));
  }
  for (const tally of all("[data-tally]")) {
    tally.replaceChildren(
      span(say("tally", { done, all: items.length })),
      span(say("tally_more", { flags, open: items.length - done }), "lb-3"),
    );
  }
  for (const label of all("[data-done]")) label.textContent = `${done} / ${items.length}`;
  one("[data-progress]").value = done;
  paintBar();
  paintSaved(dirty.length);
}

function paintBar() {
  if (!isOne) return;
  const flag = one("[data-flag]");
  flag.setAttribute("aria-pressed", String(here.flag.checked));
  one("[data-back]").disabled = here === items[0];
  const isLast = here === items[items.length - 1];
  one("[data-next] span").textContent = isLast ? words.review : words.next;
}

function paintSaved(kept) {
  const spot = one("[data-saved]");
  const [kind, icon, text] = savedWords(kept);
  const shown = `${kind}|${text}`;
  if (spot.dataset.shown === shown) return;
  spot.dataset.shown = shown;
  spot.className = `lb-save ${kind}`;
  spot.replaceChildren(...(icon ? [iconOf(icon)] : []), span(text));
}

function savedWords(kept) {
  if (isAsking) return ["lb-save--off", "lock", say("kept", { n: kept })];
  if (trouble === "offline") return ["lb-save--off", "off", say("offline", { n: kept })];
  if (trouble === "failing") return ["lb-save--bad", "err", words.failing];
  if (isSending && kept) return ["", "sync", words.saving];
  if (kept && (items.some((item) => item.clash) || !savedAt)) {
    return ["lb-save--off", "warn", say("kept", { n: kept })];
  }
  if (kept) return ["", "sync", words.saving];
  if (savedAt) return ["lb-save--ok", "check", say("saved", { at: timeOf(savedAt) })];
  return ["", "", ""];
}

function span(text, cls = "") {
  const element = document.createElement("span");
  element.textContent = text;
  if (cls) element.className = cls;
  return element;
}

function iconOf(name) {
  const icon = one("#t-note").content.querySelector("svg").cloneNode(true);
  const use = icon.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#i-${name}`));
  return icon;
}

/** A note at the top of the page (or of an item); the same key replaces the earlier one. */
function note(key, kind, title, more, place = one("[data-notes]")) {
  const found = one(`[data-note="${key}"]`);
  if (!title) {
    if (found) found.remove();
    return;
  }
  const fresh = one("#t-note").content.firstElementChild.cloneNode(true);
  fresh.dataset.note = key;
  fresh.classList.add(`lb-note--${kind}`);
  if (kind === "danger") fresh.setAttribute("role", "alert");
  fresh.querySelector("svg").replaceWith(iconOf({ warn: "off", danger: "err" }[kind] ?? "info"));
  const [first, second] = fresh.querySelectorAll("p");
  first.textContent = title;
  first.classList.toggle("fw-semibold", Boolean(more));
  if (more) second.textContent = more;
  else second.remove();
  if (found && found.textContent === fresh.textContent) return;
  if (found) found.replaceWith(fresh);
  else place.prepend(fresh);
}

function count(item) {
  const spot = one("[data-count]", item.element);
  if (!spot || !item.text) return;
  spot.textContent = say("chars", { n: item.text.value.length, most: spot.dataset.count });
}

function aloud(text) {
  one("[data-say]").textContent = text;
}

function setTrouble(kind) {
  trouble = kind;
  const kept = unsent().map((item) => item.n);
  if (kind === "offline") {
    const list = say("offline_items", { items: kept.join(words.comma) });
    note(
      "offline",
      "warn",
      words.offline_title,
      kept.length ? say("offline_more", { items: list }) : words.offline_none,
    );
  } else {
    note("offline");
  }
  if (!kind) note("server");
  paint();
}

/* ---------- saving ---------- */

let failures = 0;
let timer = null;
let isAsking = false;
let lastContact = Date.now();
const left = outbox.left(); // entries of earlier pages of this attempt

function changed(item, delay) {
  item.refused = false;
  item.repeats = 0;
  note(`item-${item.n}`);
  keep(item);
  if (item.clash) one("[data-ours]", item.element).textContent = inWords(item, responseOf(item));
  if (trouble === "offline") setTrouble("offline");
  else paint();
  soon(delay);
}

function keep(item) {
  if (isDirty(item)) outbox.put(item.n, { ...asSave(item), at: Date.now() });
  else outbox.drop(item.n);
  warnOfStorage();
}

/** Without storage there is no second place for an answer; the learner must know before she goes. */
function warnOfStorage() {
  if (outbox.isDurable()) note("storage");
  else note("storage", "warn", words.no_storage, words.no_storage_more);
}

function soon(delay) {
  if (failures && delay < LAST_RETRY_MS && timer) return; // a retry is already on its way
  clearTimeout(timer);
  timer = setTimeout(() => flush(), delay);
}

function retry() {
  failures += 1;
  const wait = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
  clearTimeout(timer);
  timer = setTimeout(() => flush(), wait * (0.75 + Math.random() / 2));
}

/** Send what is not confirmed; an empty batch asks only for the time and the state. */
async function flush({ beat = false, options = {} } = {}) {
  if (isSending || isAsking || isOver) return;
  clearTimeout(timer);
  timer = null;
  const batch = sendable();
  if (!batch.length && !left.length && !beat && !failures) return paint();
  isSending = true;
  paint();
  try {
    const saves = batch.map(asSave);
    take(await post(client, saves, options), saves);
    while (left.length) takeLeft(left[0], await post(left[0].client, [saveOf(left[0])]));
    failures = 0;
    isSending = false;
    setTrouble("");
  } catch (problem) {
    isSending = false;
    await troubled(problem, batch);
  }
  if (!isOver && !isAsking && !failures && sendable().length) soon(0);
}

async function post(name, saves, options = {}) {
  const answer = await wire.json(data.save, { client: name, saves }, options);
  lastContact = Date.now();
  clock.set(answer.server_now, answer.deadline);
  if (saves.length) savedAt = new Date(answer.saved_at);
  if (answer.state !== "open") over(answer);
  return answer;
}

function take(answer, saves) {
  const sent = new Map(saves.map((save) => [save.item, save]));
  for (const result of answer.results) {
    const item = byNumber.get(result.item);
    if (result.status === "conflict" && signature(result) !== signature(valueOf(item))) {
      clash(item, result);
    } else {
      settle(item, result, sent.get(result.item));
    }
  }
}

function settle(item, result, save) {
  item.revision = Math.max(item.revision, result.revision);
  const isSame = signature(result) === signature(save);
  // A repeated save answers with what is stored; if that is not what was sent, send it once more
  // under the next number, but never for ever.
  item.repeats = isSame ? 0 : item.repeats + 1;
  if (isSame || result.status === "closed" || item.repeats > MOST_REPEATS) {
    item.confirmed = signature(save);
  }
  keep(item);
}

function saveOf({ item, revision, sequence = 0, response, flagged }) {
  return { item, revision, sequence, response, flagged };
}

/** The answer to an entry that an earlier page had left behind. */
function takeLeft(entry, answer) {
  const item = byNumber.get(entry.item);
  const result = answer.results[0];
  left.shift();
  if (result.status === "conflict" && signature(result) !== signature(entry)) {
    if (isDirty(item)) return outbox.dropLeft(entry); // typed on meanwhile: that is newer
    fill(item, entry);
    keep(item);
    clash(item, result);
  } else {
    const typed = isDirty(item) ? valueOf(item) : null;
    item.revision = Math.max(item.revision, result.revision);
    item.confirmed = signature(result);
    fill(item, typed ?? result);
    keep(item);
  }
  return outbox.dropLeft(entry);
}

/** At the start: what an earlier page left goes back into the page where nobody saved since. */
function restore() {
  for (let index = left.length - 1; index >= 0; index -= 1) {
    const entry = left[index];
    const item = byNumber.get(entry.item);
    const isKnown = item && typeof entry.revision === "number" && typeof entry.client === "string";
    if (!isKnown || signature(entry) === item.confirmed) {
      left.splice(index, 1);
      outbox.dropLeft(entry);
    } else if (entry.revision === item.revision + 1) {
      left.splice(index, 1);
      fill(item, entry);
      keep(item);
      outbox.dropLeft(entry);
    }
  }
}

async function troubled(problem, batch) {
  if (problem instanceof Unreachable) {
    setTrouble("offline");
    return retry();
  }
  if (!(problem instanceof Refused)) throw problem;
  if (problem.status === 401 || problem.status === 403) return askPassword(problem);
  if (isBody(problem) && batch.length > 1) return singly(batch);
  if (isBody(problem) && batch.length === 1) {
    refuse(batch[0], problem);
    failures = 0;
    return setTrouble("");
  }
  setTrouble("failing");
  note("server", "danger", problem.status === 429 ? "" : problem.message);
  return retry();
}

/** What was sent is at fault, broken or too large: to send the same again would not help. */
function isBody(problem) {
  return problem.status === 400 || problem.status === 413;
}

/** One answer of the batch is refused: find it, so that the others are saved. */
async function singly(batch) {
  for (const item of batch) {
    const save = asSave(item);
    try {
      take(await post(client, [save]), [save]);
    } catch (problem) {
      if (!(problem instanceof Refused) || !isBody(problem)) return troubled(problem, [item]);
      refuse(item, problem);
    }
  }
  return setTrouble("");
}

function refuse(item, problem) {
  item.refused = true;
  const title = say("refused", { n: item.n });
  note(`item-${item.n}`, "danger", title, problem.message, item.element);
}

/* ---------- two windows ---------- */

function clash(item, result) {
  item.clash = result;
  const box = one(".lb-clash", item.element);
  if (box) box.remove();
  const fresh = one("#t-conflict").content.firstElementChild.cloneNode(true);
  one("[data-theirs]", fresh).textContent = inWords(item, result.response);
  one("[data-ours]", fresh).textContent = inWords(item, responseOf(item));
  fresh.addEventListener("click", (event) => {
    const button = event.target.closest("[data-keep]");
    if (button) choose(item, button.dataset.keep === "ours");
  });
  item.element.prepend(fresh);
}

function choose(item, isOurs) {
  item.revision = item.clash.revision;
  item.confirmed = signature(item.clash);
  if (!isOurs) fill(item, item.clash);
  item.clash = null;
  one(".lb-clash", item.element).remove();
  one(".lb-q__no", item.element).focus();
  changed(item, 0);
}

/* ---------- the session ended: sign in without leaving ---------- */

let whenSignedIn = null;

function askPassword(problem) {
  isAsking = true;
  setTrouble("failing");
  const dialog = document.getElementById("again");
  const line = document.getElementById("again-e");
  line.textContent = problem.code === "signed_out" ? "" : problem.message;
  open(dialog);
  return new Promise((resolve) => {
    whenSignedIn = resolve;
  });
}

one("[data-again-form]").addEventListener("submit", async (event) => {
  event.preventDefault();
  const line = document.getElementById("again-e");
  const field = document.getElementById("again-p");
  line.textContent = "";
  try {
    const answer = await wire.json(data.again, { password: field.value });
    wire.setToken(answer.csrf_token);
  } catch (problem) {
    if (problem instanceof Unreachable) line.textContent = words.again_failed;
    else if (problem.code === "wrong_password") line.textContent = problem.message;
    else line.textContent = problem.status === 429 ? problem.message : words.again_other;
    field.select();
    return;
  }
  field.value = "";
  signedIn();
});

function signedIn() {
  document.getElementById("again").close();
  isAsking = false;
  failures = 0;
  setTrouble("");
  if (whenSignedIn) whenSignedIn();
  whenSignedIn = null;
  flush({ beat: true });
}

/** Back from another window: perhaps the sign-in happened there. */
async function tryAgain() {
  try {
    await post(client, []);
    signedIn();
  } catch {
    // Still signed out: the dialog stays.
  }
}

/* ---------- time ---------- */

const announced = new Set();
let isClosing = false;

function tick() {
  const ms = clock.left();
  if (ms === null || isOver) return;
  const minutes = ms / 60000;
  const level = minutes <= 1 ? "last" : minutes <= 5 ? "soon" : "";
  // Without a limit the time to the close is no measure of the work before its last hour.
  const isFar = !data.limit && minutes > 60;
  one("[data-limitless]")?.toggleAttribute("hidden", !isFar);
  for (const spot of all("[data-timer]")) {
    one("b", spot).textContent = isFar
      ? say("closes", { at: dayAndTimeOf(clock.deadline) })
      : shownLeft(ms);
    spot.classList.toggle("lb-timer--soon", level === "soon");
    spot.classList.toggle("lb-timer--last", level === "last");
    const label = one("[data-timer-say]", spot);
    if (label) label.className = "visually-hidden";
    if (label) label.textContent = level ? words[level] : "";
  }
  for (const spot of all("[data-until]")) {
    const until = isFar ? "" : say("until", { at: timeOf(clock.deadline, false) });
    spot.textContent = level ? words[level] : until;
  }
  if (minutes <= 1) announce("say_1");
  else if (minutes <= 5) announce("say_5");
  if (ms <= 0) timeUp();
  else if (clock.isDoubtful() && !isSending && Date.now() - lastContact > 5000) {
    flush({ beat: true });
  }
}

function announce(name) {
  if (announced.has(name)) return;
  if (name === "say_1") announced.add("say_5");
  announced.add(name);
  aloud(words[name]);
}

/** The page's clock says the time is up. The server is asked with the last answers; only when it
    agrees the paper is handed in (its grace covers the way). */
async function timeUp() {
  if (isClosing || isSending || isAsking) return;
  isClosing = true;
  aloud(words.overtime);
  try {
    await flush({ beat: true });
    if (!isOver && !trouble && clock.left() <= 0) await handIn();
  } finally {
    // No answer: ask again in a while. Not yet: the timer runs on with the server's time.
    setTimeout(() => {
      isClosing = false;
    }, 5000);
  }
}

function over(answer) {
  if (isOver) return;
  isOver = true;
  for (const box of all("fieldset, .lb-flag input, .lb-quiz__bar button", form)) box.disabled = true;
  const isLate = answer.results.some((result) => result.status === "closed");
  const text = isLate ? words.ended_time : words.ended_done;
  one("[data-ended-say]").textContent = text;
  for (const dialog of all("dialog[open]")) dialog.close();
  open(document.getElementById("ended"));
}

/* ---------- handing in ---------- */

const key = form.elements.key.value;
let isHanding = false;

function review() {
  const open_ = items.filter((item) => !isDone(item));
  const flagged = items.filter((item) => item.flag.checked);
  const clashes = items.filter((item) => item.clash);
  const kept = unsent().length;
  const parts = [];
  if (clashes.length) parts.push(listOf(words.clash_title, clashes));
  if (open_.length) parts.push(listOf(say("open_title", { n: open_.length }), open_));
  else parts.push(paragraph(say("open_none", { n: items.length })));
  if (flagged.length) parts.push(listOf(words.flag_title, flagged));
  if (kept) parts.push(paragraph(say("local_title", { n: kept })));
  parts.push(paragraph(words.no_return, "lb-2"));
  one("[data-review-body]").replaceChildren(...parts);
  one("[data-review-say]").textContent = "";
  one("[data-hand-in]").disabled = clashes.length > 0;
  const sheet = document.getElementById("sheet");
  if (sheet.open) sheet.close();
  open(document.getElementById("review"));
}

function paragraph(text, cls = "") {
  const element = document.createElement("p");
  element.textContent = text;
  element.className = `mb-0 ${cls}`;
  return element;
}

function listOf(title, found) {
  const box = document.createElement("div");
  const list = document.createElement("ul");
  list.className = "lb-open mt-2";
  for (const item of found) {
    const line = document.createElement("li");
    const link = links.get(item.n).cloneNode(true);
    link.removeAttribute("aria-current");
    line.append(link);
    list.append(line);
  }
  box.append(paragraph(title), list);
  return box;
}

async function handIn() {
  if (isHanding || isOver) return;
  isHanding = true;
  const button = one("[data-hand-in]");
  const spot = one("[data-review-say]");
  button.disabled = true;
  let waits = 0;
  for (;;) {
    spot.textContent = words.handing;
    try {
      const saves = JSON.stringify(sendable().map(asSave));
      const answer = await wire.form(form.getAttribute("action"), { key, client, saves });
      outbox.clear();
      isOver = true;
      location.replace(answer.url);
      return;
    } catch (problem) {
      if (problem instanceof Refused && [401, 403].includes(problem.status)) {
        await askPassword(problem);
        continue;
      }
      const isFinal = problem instanceof Refused && problem.status < 500 && problem.status !== 429;
      if (isFinal) {
        spot.textContent = say("hand_failed", { why: problem.message });
        break;
      }
      if (!(problem instanceof Refused) && !(problem instanceof Unreachable)) throw problem;
      spot.textContent =
        problem instanceof Unreachable
          ? words.hand_offline
          : say("hand_failed", { why: problem.message });
    }
    waits += 1;
    await pause(Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** waits));
  }
  isHanding = false;
  button.disabled = false;
}

let wake = null;

/** Wait, but no longer than until the network is back. */
function pause(ms) {
  return new Promise((resolve) => {
    wake = resolve;
    setTimeout(resolve, ms);
  });
}

/* ---------- walking through the paper ---------- */

function go(item, { focus = true } = {}) {
  if (!item) return;
  here = item;
  item.shownAt ??= isDone(item) ? 0 : Date.now();
  for (const part of items) part.element.classList.toggle("is-here", part === item);
  for (const part of all(".lb-part")) {
    part.classList.toggle("is-here", Number(part.dataset.first) === item.n);
  }
  history.replaceState(null, "", `#q${item.n}`);
  if (isOne) scrollTo(0, 0);
  else if (focus) item.element.scrollIntoView();
  if (focus) one(".lb-q__no", item.element).focus({ preventScroll: true });
  paint();
}

const step = (by) => items[items.indexOf(here) + by];

function forward() {
  const next = step(1);
  if (next) go(next);
  else review();
}

function toggleFlag() {
  here.flag.checked = !here.flag.checked;
  changed(here, 0);
}

function open(dialog) {
  if (dialog.open) return;
  if (dialog.showModal) dialog.showModal();
  else dialog.setAttribute("open", "");
}

const wide = matchMedia("(min-width: 992px)");

function placeMap(isInSheet) {
  const place = isInSheet ? "[data-map-slot]" : "[data-map-home]";
  one(place).append(one("[data-map]"));
}

/* ---------- listening ---------- */

form.addEventListener("change", (event) => {
  const item = itemOf(event.target);
  if (!item || item.text === event.target) return;
  here = isOne ? here : item;
  if (item.shownAt && Date.now() - item.shownAt < FAST_MS && !item.flag.matches(":focus")) {
    signal("fast", item.n);
  }
  item.shownAt = 0;
  changed(item, 0);
});

form.addEventListener("input", (event) => {
  const item = itemOf(event.target);
  if (!item || item.text !== event.target) return;
  count(item);
  changed(item, TYPING_MS);
});

form.addEventListener("focusout", (event) => {
  if (event.target.matches("textarea")) soon(0);
});

function itemOf(target) {
  const element = target.closest(".lb-item");
  return element ? byNumber.get(Number(element.dataset.n)) : null;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  review();
});

document.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest(selector);
  const link = at("[data-to]");
  if (link) {
    event.preventDefault();
    const dialog = link.closest("dialog");
    if (dialog) dialog.close();
    go(byNumber.get(Number(link.dataset.to)));
  } else if (at("[data-next]")) forward();
  else if (at("[data-back]")) go(step(-1));
  else if (at("[data-flag]")) toggleFlag();
  else if (at("[data-review]")) review();
  else if (at("[data-hand-in]")) handIn();
  else if (at("[data-close]")) at("dialog").close();
  else if (at("[data-open-map]")) {
    placeMap(true);
    open(document.getElementById("sheet"));
  } else if (event.target.matches("dialog.lb-sheet")) event.target.close();
});
document.getElementById("sheet").addEventListener("close", () => placeMap(false));
wide.addEventListener("change", () => {
  const sheet = document.getElementById("sheet");
  if (wide.matches && sheet.open) sheet.close();
});
for (const id of ["again", "ended"]) {
  document.getElementById(id).addEventListener("cancel", (event) => event.preventDefault());
}

const keys = one("[data-keys]");
try {
  keys.checked = localStorage.getItem("lb-keys") !== "off";
} catch {
  keys.checked = true;
}
keys.addEventListener("change", () => {
  try {
    localStorage.setItem("lb-keys", keys.checked ? "on" : "off");
  } catch {
    // The choice then holds for this page alone.
  }
});

document.addEventListener("keydown", (event) => {
  const isBusy = event.isComposing || event.ctrlKey || event.metaKey || event.altKey || isOver;
  if (isBusy || !keys.checked || one("dialog[open]")) return;
  const spot = event.target;
  if (spot.matches("textarea, input:not(.lb-opt__in)")) return;
  if (!isOne) here = itemOf(spot) ?? here;
  if (act(event.key, spot)) event.preventDefault();
});

function act(name, spot) {
  if (isOne && name === "ArrowRight") return step(1) ? (go(step(1)), true) : true;
  if (isOne && name === "ArrowLeft") return go(step(-1)), true;
  if (name === "f" || name === "F") return toggleFlag(), true;
  if (name === "Enter") {
    if (spot.matches("a, button, summary")) return false;
    return isOne && forward(), true;
  }
  if (!/^[a-z]$/i.test(name)) return false;
  const input = here.inputs[name.toUpperCase().charCodeAt(0) - 65];
  if (!input) return false;
  input.click();
  return true;
}

addEventListener("online", () => {
  failures = 0;
  if (wake) wake();
  flush({ beat: true });
});
addEventListener("offline", () => setTrouble("offline"));
addEventListener("hashchange", () => go(byNumber.get(Number(location.hash.slice(2)))));
addEventListener("beforeunload", (event) => {
  if (!isOver && unsent().length) event.preventDefault();
});

/* ---------- signals: logged, shown to the person, never a verdict ---------- */

let signals = [];
let leftAt = null;

function signal(kind, item = null) {
  signals.push({ kind, item, at: new Date().toISOString() });
  signals = signals.slice(-MOST_SIGNALS);
}

let isTelling = false;

/** One request at a time, so that they arrive in the order in which they happened. */
async function sendSignals(options = {}) {
  if (!signals.length || isOver || isAsking || isTelling) return;
  const events = signals;
  signals = [];
  isTelling = true;
  try {
    await wire.json(data.signals, { events }, options);
    isTelling = false;
    await sendSignals();
  } catch (problem) {
    isTelling = false;
    if (problem instanceof Unreachable) signals = [...events, ...signals].slice(-MOST_SIGNALS);
  }
}

function tell(name, values = {}) {
  const list = one("[data-signals-say]");
  const text = say(name, { at: timeOf(new Date(), false), ...values });
  list.append(paragraph(text));
  while (list.children.length > 3) list.firstElementChild.remove();
  note("signal", "plain", text);
}

document.addEventListener("visibilitychange", () => {
  if (isOver) return;
  if (document.visibilityState === "hidden") {
    leftAt = Date.now();
    signal("left", here.n);
    flush({ options: { keepalive: true } });
    sendSignals({ keepalive: true });
    return;
  }
  signal("back", here.n);
  if (leftAt) tell("left", { n: Math.max(1, Math.round((Date.now() - leftAt) / 1000)) });
  leftAt = null;
  if (isAsking) tryAgain();
  else flush({ beat: true });
  sendSignals();
});
document.addEventListener("copy", () => {
  signal("copy", here.n);
  tell("copied");
});
document.addEventListener("paste", (event) => {
  if (!itemOf(event.target)) return;
  signal("paste", itemOf(event.target).n);
  tell("pasted");
});

/* ---------- begin ---------- */

restore();
warnOfStorage();
for (const item of items) count(item);
const wanted = byNumber.get(Number(location.hash.slice(2)));
go(wanted ?? items.find((item) => !isDone(item)) ?? items[0], { focus: false });
tick();
setInterval(tick, 250);
setInterval(() => {
  sendSignals();
  if (Date.now() - lastContact > HEARTBEAT_MS && document.visibilityState === "visible") {
    flush({ beat: true });
  }
}, 5000);
if (unsent().length || left.length) flush();
