/* What every page needs: toasts that leave, menus that close, dialogs that open,
   forms that are sent once. A page works without it. */

const TOAST_MS = 4000;

for (const toast of document.querySelectorAll("[data-toast]")) {
  // A toast under the pointer or with focus in it stays, so that its link can be reached.
  const leave = () => {
    if (toast.matches(":hover, :focus-within")) setTimeout(leave, TOAST_MS);
    else toast.remove();
  };
  setTimeout(leave, TOAST_MS);
}

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.lb-menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.lb-menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// A second click on a slow connection must not send the form twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// A button that opens a dialog: data-dialog names it; data-close inside it shuts it.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog).showModal();
  const closer = event.target.closest("[data-close]");
  if (closer) closer.closest("dialog").close();
});

// What scrolls sideways must be reachable with the keyboard.
for (const wide of document.querySelectorAll(".lb-prose table, .lb-scroll")) {
  if (wide.scrollWidth > wide.clientWidth && !wide.hasAttribute("tabindex")) wide.tabIndex = 0;
}

// "/" goes to the page's own search field.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.matches("input, textarea, select, [contenteditable]")) return;
  const field = document.querySelector("[data-search]");
  if (!field) return;
  event.preventDefault();
  field.focus();
});
