/* Forms that are filled in at a customer's: the draft stays on the device while it is written; a
   signed form waits there until the server said it has it, several of them in their order. The
   server knows each by its key, so nothing is there twice. Without storage the form is sent as any. */

import { openWire, Refused, Unreachable } from "./take/wire.js";

const RETRY_MS = 15000;
const WORD = "lb-field";

const bar = document.getElementById("outbox");
for (const row of document.querySelectorAll(".lb-sheetrow")) foldable(row);
if (bar) start(bar);
startWall();

function start(bar) {
  const user = bar.dataset.user;
  const words = JSON.parse(document.getElementById("outbox-words").textContent);
  const wire = openWire(bar);
  const say = (name, values = {}) => words[name].replace(/\{(\w+)\}/g, (_all, key) => values[key]);
  const outKey = (key) => `${WORD}:${user}:out:${key}`;
  const draftKey = (form) => `${WORD}:${user}:draft:${new URL(form.action).pathname}`;
  let isSending = false;
  let isSignedOut = false;
  let filedHere = null; // the key of what was just signed on this page
  let timer = 0;

  // ------------------------------------------------------------ storage

  function put(key, value) {
    try {
      localStorage.setItem(key, JSON.stringify(value));
      return true;
    } catch {
      return false;
    }
  }

  function get(key) {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  }

  function drop(key) {
    try {
      localStorage.removeItem(key);
    } catch {
      /* nothing was kept */
    }
  }

  function waiting() {
    const found = [];
    try {
      for (let i = 0; i < localStorage.length; i += 1) {
        const key = localStorage.key(i);
        if (key.startsWith(outKey(""))) found.push(JSON.parse(localStorage.getItem(key)));
      }
    } catch {
      return [];
    }
    return found.sort((a, b) => a.at - b.at);
  }

  // ------------------------------------------------------------ forms

  function newKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(12));
    return [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
  }

  function fieldsOf(form) {
    return [...new FormData(form)].filter(([name]) => name !== "csrf_token");
  }

  function restore(form) {
    const draft = get(draftKey(form));
    if (!draft) return;
    const signed = get(outKey(Object.fromEntries(draft.fields).key));
    if (signed && !signed.problem) {
      // Signed, and the page closed before the answer came: it is on its way, not to be written on.
      drop(draftKey(form));
      return;
    }
    for (const input of form.elements) {
      if (!input.name || input.name === "csrf_token" || input.name === "seen") continue;
      const values = draft.fields.filter(([name]) => name === input.name).map(([, value]) => value);
      if (input.type === "radio" || input.type === "checkbox") input.checked = values.includes(input.value);
      else if (values.length) [input.value] = values;
    }
    for (const row of form.querySelectorAll(".lb-sheetrow:has(.lb-anchors input:checked)")) row.classList.add("is-answered");
    for (const more of form.querySelectorAll("details")) {
      if ([...more.querySelectorAll("input")].some((one) => one.value)) more.open = true;
    }
    told(form, draft.at);
  }

  function told(form, at) {
    const place = document.getElementById(form.dataset.draft);
    if (!place) return;
    place.textContent = at ? say("draft", { at: new Date(at).toTimeString().slice(0, 5) }) : "";
  }

  function followVerdict(form) {
    const part = form.querySelector("[data-not-yet]");
    if (!part) return;
    const isNotYet = form.elements.verdict.value === "not_yet";
    part.hidden = !isNotYet;
    for (const name of ["because", "again_on"]) form.elements[name].required = isNotYet;
  }

  function fresh(form) {
    form.reset();
    form.elements.key.value = newKey();
    drop(draftKey(form));
    told(form, null);
    followVerdict(form);
    delete form.dataset.sent;
  }

  for (const form of document.querySelectorAll("form[data-verdict], form:has([data-verdict])")) {
    followVerdict(form);
    form.addEventListener("change", () => followVerdict(form));
  }

  for (const form of document.querySelectorAll("form[data-offline]")) {
    if (form.dataset.draft) {
      restore(form);
      followVerdict(form);
      form.addEventListener("input", () => {
        const at = Date.now();
        if (put(draftKey(form), { fields: fieldsOf(form), at })) told(form, at);
        else document.getElementById(form.dataset.draft).textContent = say("no_room");
      });
    }
    form.addEventListener("submit", (event) => {
      const fields = fieldsOf(form);
      const { key } = Object.fromEntries(fields);
      const entry = {
        key,
        fields,
        url: new URL(form.action).pathname,
        path: location.pathname,
        title: form.dataset.title,
        at: Date.now(),
        again: form.dataset.draft ? draftKey(form) : "",
      };
      if (!put(outKey(key), entry)) return; // kept nowhere: sent as any other form
      event.preventDefault();
      filedHere = { key, form };
      flush();
    });
  }

  // ------------------------------------------------------------ sending

  async function flush() {
    if (isSending) return;
    isSending = true;
    clearTimeout(timer);
    try {
      if (navigator.locks) await navigator.locks.request(`${WORD}:${user}`, sendAll);
      else await sendAll();
    } finally {
      isSending = false;
    }
    if (filedHere && get(outKey(filedHere.key))) keptHere();
    show();
    if (waiting().some((one) => !one.problem)) timer = setTimeout(flush, RETRY_MS);
  }

  async function sendAll() {
    isSignedOut = false;
    for (const entry of waiting()) {
      if (entry.problem) continue;
      show();
      try {
        const answer = await wire.form(entry.url, entry.fields);
        drop(outKey(entry.key));
        landed(entry, answer);
      } catch (problem) {
        if (problem instanceof Unreachable) return;
        if (!(problem instanceof Refused)) throw problem;
        if (problem.status === 401) {
          isSignedOut = true;
          return;
        }
        if (problem.status >= 500 || problem.status === 429 || problem.code === "csrf") return;
        put(outKey(entry.key), { ...entry, problem: { code: problem.code, message: problem.message } });
      }
    }
  }

  function landed(entry, answer) {
    if (filedHere?.key === entry.key) {
      if (entry.again) drop(entry.again);
      filedHere = null;
      location.assign(answer.url);
    } else if (entry.path === location.pathname && !hasDraft()) {
      location.reload();
    }
  }

  function hasDraft() {
    return [...document.querySelectorAll("form[data-draft]")].some((form) => get(draftKey(form)));
  }

  /** Signed here and not sent: the next sheet can be filled in. A refused one keeps its text. */
  function keptHere() {
    const { key, form } = filedHere;
    const entry = get(outKey(key));
    filedHere = null;
    if (entry.problem) {
      delete form.dataset.sent;
      return;
    }
    if (form.dataset.draft) {
      fresh(form);
      document.getElementById(form.dataset.draft).textContent = say("kept");
      bar.scrollIntoView({ block: "nearest" });
    } else {
      for (const box of form.querySelectorAll("input:checked")) box.disabled = true;
      form.elements.key.value = newKey();
      delete form.dataset.sent;
    }
  }

  // ------------------------------------------------------------ what is shown

  function button(text, deed) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "btn btn-plain btn-sm";
    made.textContent = text;
    made.addEventListener("click", deed);
    return made;
  }

  function show() {
    const entries = waiting();
    bar.hidden = !entries.length;
    const stuck = entries.filter((one) => one.problem);
    const n = stuck.length || entries.length;
    const word = stuck.length ? "stuck" : isSignedOut ? "signed_out" : isSending && navigator.onLine ? "sending" : "offline";
    bar.querySelector("[data-say]").textContent = entries.length ? say(word, { n }) : "";
    bar.querySelector("[data-list]").replaceChildren(...entries.map(line));
  }

  function line(entry) {
    const item = document.createElement("li");
    item.textContent = entry.problem ? `${entry.title}: ${entry.problem.message}` : entry.title;
    if (isSignedOut && !entry.problem) item.append(" ", way("/sign-in", say("sign_in")));
    if (!entry.problem) return item;
    const row = document.createElement("div");
    row.className = "lb-row";
    if (entry.problem.code === "same_day") {
      row.append(
        button(say("again"), () => {
          put(outKey(entry.key), { ...entry, problem: null, fields: [...entry.fields, ["anyway", "1"]] });
          flush();
        }),
      );
    } else if (entry.again) {
      row.append(
        button(say("open"), () => {
          put(entry.again, { fields: entry.fields, at: entry.at });
          drop(outKey(entry.key));
          location.assign(entry.path);
        }),
      );
    }
    row.append(
      button(say("drop"), () => {
        drop(outKey(entry.key));
        if (entry.again) drop(entry.again);
        show();
      }),
    );
    item.append(row);
    return item;
  }

  function way(url, text) {
    const made = document.createElement("a");
    made.href = `${url}?next=${encodeURIComponent(location.pathname)}`;
    made.textContent = text;
    return made;
  }

  addEventListener("online", flush);
  addEventListener("offline", show);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") flush();
  });
  flush();
}

/** On a phone an answered row shrinks to what was chosen; a tap on it, or the keyboard, opens it. */
function foldable(row) {
  const fold = () => row.classList.toggle("is-answered", Boolean(row.querySelector(".lb-anchors input:checked")));
  row.addEventListener("change", (event) => {
    if (event.target.type === "radio" && !row.matches(":has(:focus-visible)")) fold();
  });
  row.addEventListener("click", (event) => {
    if (!event.target.closest(".lb-anchors label") || !row.classList.contains("is-answered")) return;
    event.preventDefault();
    row.classList.remove("is-answered");
  });
  row.addEventListener("focusin", (event) => {
    if (event.target.matches("[type=radio]:focus-visible")) row.classList.remove("is-answered");
  });
  row.addEventListener("keydown", (event) => {
    if (event.key.startsWith("Arrow")) row.classList.remove("is-answered");
  });
  row.closest("form")?.addEventListener("reset", () => setTimeout(fold));
  fold();
}

/** The code on the wall: the page says so when it is over, and counts who came. */
function startWall() {
  const wall = document.querySelector("[data-closes]");
  if (!wall) return;
  setTimeout(() => location.reload(), Math.min(15000, Math.max(1000, new Date(wall.dataset.closes) - Date.now() + 500)));
}
