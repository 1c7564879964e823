/* The form of an item: rows that move, keys by click or letter, findings, preview and likeness while
   writing. Without it the form works and is checked when it is saved. */

const form = document.querySelector("#item");
const words = JSON.parse(document.querySelector("#editor-words").textContent);
const token = document.querySelector("meta[name=csrf-token]").content;
const saved = document.querySelector("[data-saved]");
const rows = form.querySelector("[data-rows]");
const crows = form.querySelector("[data-crows]");
const LETTERS = "ABCDEFGHIJ";
const WAIT_MS = 500;
let timer = 0;
let changed = false;
let asked = 0;
let fresh = 0;

/* Where the browser does not size fields by their content, the lines are counted as they are drawn. */
const sizes = CSS.supports("field-sizing", "content");

function grow(area) {
  if (sizes) return;
  area.style.height = "auto";
  area.style.height = `${Math.min(innerHeight * 0.6, area.scrollHeight + 2)}px`;
}

function growAll() {
  for (const area of form.querySelectorAll("[data-grow]")) grow(area);
}

/* ---- both languages: one switch a bank, remembered on this device ---- */

const two = document.querySelector("[data-two]");

function languages() {
  form.classList.toggle("is-one", two !== null && !two.checked);
  growAll();
}

if (two) {
  const name = `lb-two:${two.dataset.two}`;
  try {
    const kept = localStorage.getItem(name);
    if (kept !== null) two.checked = kept === "yes";
  } catch {
    /* no storage: the switch holds for this page */
  }
  two.addEventListener("change", () => {
    try {
      localStorage.setItem(name, two.checked ? "yes" : "no");
    } catch {
      /* see above */
    }
    for (const box of form.querySelectorAll("[data-other]")) {
      const area = box.matches("textarea") ? box : box.querySelector("textarea");
      box.toggleAttribute("data-void", area.value.trim() === "");
    }
    languages();
  });
}
languages();

/* ---- options ---- */

function letters() {
  [...rows.children].forEach((row, n) => {
    for (const tile of row.querySelectorAll("[data-letter]")) tile.textContent = LETTERS[n];
    for (const named of row.querySelectorAll("[data-named]")) {
      named.setAttribute("aria-label", named.dataset.named.replace("@", LETTERS[n]));
    }
  });
  form.querySelector("[data-more]").hidden = rows.children.length >= LETTERS.length;
}

function filled(template, name) {
  const copy = document.querySelector(template).content.firstElementChild.cloneNode(true);
  for (const field of copy.querySelectorAll("[name]")) {
    field.name = field.name.replace("@", name);
    if (field.value === "@") field.value = name;
  }
  return copy;
}

function kind() {
  const type = form.elements.type.value;
  for (const part of form.querySelectorAll("[data-for]")) {
    part.hidden = !part.dataset.for.split(" ").includes(type);
  }
  const is = type === "multi" ? "checkbox" : "radio";
  let first = true;
  for (const key of form.querySelectorAll("[data-key]")) {
    const was = key.checked && (type === "multi" || first);
    key.type = is;
    key.checked = was;
    if (was) first = false;
  }
}

form.addEventListener("click", (event) => {
  const row = event.target.closest("[data-row]");
  const crow = event.target.closest("[data-crow]");
  const on = (name) => event.target.closest(`[data-${name}]`);
  if (on("more")) {
    const added = filled("#t-option", `n${(fresh += 1)}x`);
    rows.append(added);
    added.querySelector("textarea").focus();
  } else if (on("more-crow")) {
    const added = filled("#t-criterion", `n${(fresh += 1)}x`);
    crows.append(added);
    added.querySelector("textarea").focus();
  } else if (row && on("up")) {
    row.previousElementSibling?.before(row);
    row.querySelector("[data-up]").focus();
  } else if (row && on("down")) {
    row.nextElementSibling?.after(row);
    row.querySelector("[data-down]").focus();
  } else if (row && on("drop")) {
    (row.nextElementSibling ?? row.previousElementSibling)?.querySelector("textarea").focus();
    row.remove();
  } else if (crow && on("drop-crow")) {
    crow.remove();
  } else if (on("no-image")) {
    form.elements.image.value = "";
    on("no-image").closest(".lb-row").remove();
  } else return;
  letters();
  kind();
  touched();
});

document.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
    event.preventDefault();
    form.requestSubmit();
    return;
  }
  if (!event.altKey || event.ctrlKey || event.metaKey) return;
  const n = LETTERS.indexOf(event.code.replace("Key", ""));
  const key = event.code.startsWith("Key") && rows.children[n]?.querySelector("[data-key]");
  if (!key || rows.closest("[hidden]")) return;
  event.preventDefault();
  key.click();
});

/* ---- lists with completion: the last word after a comma is completed ---- */

for (const field of form.querySelectorAll("[data-complete]")) {
  const list = document.getElementById(field.dataset.complete);
  const all = [...list.options].map((one) => ({ value: one.value, label: one.label }));
  field.addEventListener("input", () => {
    const at = Math.max(...[",", "，", "、"].map((sign) => field.value.lastIndexOf(sign)));
    const before = at < 0 ? "" : `${field.value.slice(0, at + 1)} `;
    list.replaceChildren(
      ...all.map(({ value, label }) => {
        const option = document.createElement("option");
        option.value = before + value;
        option.label = label;
        return option;
      }),
    );
  });
}

/* ---- live check ---- */

function body() {
  const found = {};
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && name !== "csrf_token") (found[name] ??= []).push(value);
  }
  return found;
}

function count(name, n) {
  const tag = document.querySelector(`[data-${name}]`);
  tag.hidden = n === 0;
  tag.querySelector("b").textContent = n;
}

async function check() {
  const turn = (asked += 1);
  try {
    const reply = await fetch(form.dataset.check, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json",
        "X-CSRFToken": token,
      },
      body: JSON.stringify({ item: form.dataset.item, form: body() }),
    });
    const found = await reply.json();
    if (turn !== asked) return;
    if (!reply.ok || found.refused) {
      saved.textContent = found.refused ?? found.message;
      return;
    }
    count("errors", found.errors);
    count("warnings", found.warnings);
    // Made by our own templates, every text in them escaped.
    form.querySelector("[data-findings]").innerHTML = found.findings;
    document.querySelector("[data-preview]").innerHTML = found.preview;
    document.querySelector("[data-twins]").innerHTML = found.twins;
    saved.textContent = words.unsaved;
  } catch {
    if (turn === asked) saved.textContent = words.offline;
  }
}

function touched() {
  changed = true;
  saved.classList.remove("lb-save--ok");
  saved.textContent = words.unsaved;
  clearTimeout(timer);
  timer = setTimeout(check, WAIT_MS);
}

form.addEventListener("input", (event) => {
  if (event.target.matches("[data-grow]")) grow(event.target);
  if (event.target.name === "type") kind();
  touched();
});
form.addEventListener("submit", () => {
  changed = false;
});
addEventListener("beforeunload", (event) => {
  if (changed) event.preventDefault();
});

const phone = document.querySelector("[data-phone]");
phone.addEventListener("click", () => {
  const is = phone.getAttribute("aria-pressed") !== "true";
  phone.setAttribute("aria-pressed", String(is));
  document.querySelector(".lb-preview").classList.toggle("lb-preview--phone", is);
});

letters();
document.querySelector(".lb-pick__link[aria-current]")?.scrollIntoView({ block: "nearest" });
