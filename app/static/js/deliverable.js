/* Writing a deliverable: each section is saved as it is written, kept on the device while the
   network is away, and never overwritten by or over another window unseen. Reading one: what is
   selected becomes the quotation of a remark. */

import { openOutbox } from "./take/outbox.js";
import { openWire, Refused, Unreachable } from "./take/wire.js";

const TYPING_MS = 1200;
const FIRST_RETRY_MS = 1500;
const LAST_RETRY_MS = 30000;
const MOST_QUOTE = 300;

const form = document.getElementById("take");
if (form) write(form);
quote();

function write(form) {
  const words = JSON.parse(document.getElementById("work-words").textContent);
  const say = (name, values = {}) => words[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
  const client = [...crypto.getRandomValues(new Uint8Array(12))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
  const outbox = openOutbox(form.dataset.user, `work-${form.dataset.work}`, client);
  const wire = openWire(form);
  const status = document.querySelector("[data-save]");
  const notes = document.querySelector("[data-notes]");
  const rows = [...form.querySelectorAll("[data-row]")].map((element) => {
    const area = element.querySelector("textarea");
    return {
      id: element.dataset.row,
      element,
      area,
      hidden: element.querySelector("input[type=hidden]"),
      revision: Number(element.dataset.rev),
      confirmed: area.value,
      sent: "", // on its way, or lost on the way back
      clash: false,
    };
  });
  const byId = new Map(rows.map((row) => [row.id, row]));
  const dirty = () => rows.filter((row) => row.area.value !== row.confirmed);
  const sendable = () => dirty().filter((row) => !row.clash);
  let timer = 0;
  let wait = FIRST_RETRY_MS;
  let isSending = false;
  let isClosed = false;

  const timeOf = (moment) =>
    new Intl.DateTimeFormat("en-GB", {
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hourCycle: "h23",
      timeZone: form.dataset.zone,
    }).format(moment);

  function show(text) {
    status.textContent = text;
  }

  function note(text) {
    const box = document.createElement("div");
    box.className = "lb-note lb-note--warn mb-3";
    box.setAttribute("role", "alert");
    box.append(Object.assign(document.createElement("p"), { textContent: text }));
    notes.replaceChildren(box);
  }

  function count(row) {
    const length = row.area.value.replace(/\s+/g, "").length;
    row.element.querySelector("[data-count]").textContent = `${say("count", { n: length })} `;
  }

  function later(ms) {
    clearTimeout(timer);
    timer = setTimeout(send, ms);
  }

  function keep(row) {
    if (row.area.value === row.confirmed) return outbox.drop(row.id);
    const { revision, sent } = row;
    const kept = { text: row.area.value, revision, sent, at: Date.now() };
    if (!outbox.put(row.id, kept)) note(say("unkept"));
    return undefined;
  }

  async function send() {
    const rowsNow = sendable();
    if (isSending || isClosed || !rowsNow.length) return;
    isSending = true;
    show(say("saving"));
    for (const row of rowsNow) {
      row.sent = row.area.value;
      keep(row);
    }
    const saves = rowsNow.map((row) => ({
      row: row.id,
      revision: row.revision + 1,
      text: row.area.value,
    }));
    try {
      const answer = await wire.json(form.action, { client, saves });
      wait = FIRST_RETRY_MS;
      answer.results.forEach((result, index) => take(result, saves[index].text));
      if (!isClosed) show(say("saved", { time: timeOf(new Date(answer.saved_at)) }));
    } catch (problem) {
      failed(problem);
    } finally {
      isSending = false;
    }
    if (sendable().length && !isClosed) later(wait);
  }

  function failed(problem) {
    if (problem instanceof Refused && problem.code === "signed_out") note(say("signed_out"));
    else if (problem instanceof Refused && problem.status < 500) note(problem.message);
    const isOff = problem instanceof Unreachable;
    show(isOff ? say("offline", { n: dirty().length }) : say("failing"));
    wait = Math.min(wait * 2, LAST_RETRY_MS);
  }

  function take(result, sent) {
    const row = byId.get(result.row);
    if (result.status === "closed") {
      isClosed = true;
      show("");
      note(say("closed"));
      return;
    }
    if (result.status === "conflict") {
      clash(row, result);
      return;
    }
    row.revision = result.revision;
    row.hidden.value = result.revision;
    row.confirmed = sent;
    row.sent = "";
    keep(row);
  }

  function clash(row, result) {
    row.clash = true;
    const box = row.element.querySelector("[data-clash]");
    const said = Object.assign(document.createElement("p"), { textContent: say("clash") });
    const text = Object.assign(document.createElement("p"), {
      className: "lb-pre lb-2",
      textContent: result.text,
    });
    const buttons = document.createElement("div");
    buttons.className = "lb-row";
    buttons.append(
      choice(say("mine"), () => {
        row.revision = result.revision;
        row.confirmed = result.text;
      }),
      choice(say("theirs"), () => {
        row.revision = result.revision;
        row.area.value = result.text;
        row.confirmed = result.text;
      }),
    );
    const note = document.createElement("div");
    note.className = "lb-note lb-note--warn mt-2";
    note.setAttribute("role", "alert");
    const inner = document.createElement("div");
    inner.append(said, text, buttons);
    note.append(inner);
    box.replaceChildren(note);

    function choice(label, apply) {
      const button = Object.assign(document.createElement("button"), {
        type: "button",
        className: "btn btn-plain btn-sm",
        textContent: label,
      });
      button.addEventListener("click", () => {
        apply();
        row.clash = false;
        row.hidden.value = row.revision;
        box.replaceChildren();
        count(row);
        keep(row);
        send();
      });
      return button;
    }
  }

  // What an earlier page could not send any more is on this device: it goes on from there.
  for (const left of outbox.left()) {
    const row = byId.get(left.item);
    if (row && left.text !== row.area.value) {
      // What was on its way arrived, only its answer did not: the rest is written over one's own.
      const arrived = left.sent && left.sent === row.area.value;
      if (!arrived) row.revision = Math.min(row.revision, left.revision);
      row.area.value = left.text;
      keep(row);
    }
    outbox.dropLeft(left);
  }
  for (const row of rows) {
    count(row);
    row.area.addEventListener("input", () => {
      count(row);
      keep(row);
      later(TYPING_MS);
    });
  }
  addEventListener("online", () => later(0));
  addEventListener("beforeunload", (event) => {
    if (dirty().length && !outbox.isDurable()) event.preventDefault();
  });
  document.querySelector("[data-handin]")?.addEventListener("click", async (event) => {
    if (!dirty().length) return;
    event.preventDefault();
    const target = event.currentTarget.href;
    await send();
    if (!dirty().length) location.assign(target);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    later(0);
  });
  if (dirty().length) later(0);
}

function quote() {
  for (const text of document.querySelectorAll("[data-quote]")) {
    text.addEventListener("mouseup", () => fill(text));
    text.addEventListener("touchend", () => setTimeout(() => fill(text), 50));
  }

  function fill(text) {
    const chosen = getSelection()?.toString().trim() ?? "";
    const box = document.querySelector(`[data-comment="${CSS.escape(text.dataset.quote)}"]`);
    if (!chosen || chosen.length > MOST_QUOTE || !box) return;
    box.open = true;
    box.querySelector("input[name=quote]").value = chosen;
  }
}
