/* The result page: show only the items that lost points, or only the flagged ones; report one. */

const list = document.querySelector("[data-review-list]");

if (list) {
  const cards = [...list.querySelectorAll("article")];
  const buttons = [...list.querySelectorAll("[data-filter]")];
  const none = list.querySelector("[data-filter-none]");

  const show = (kind) => {
    for (const card of cards) card.hidden = Boolean(kind) && !card.dataset[kind];
    for (const button of buttons) {
      if (button.dataset.filter === kind) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
    none.hidden = cards.some((card) => !card.hidden);
  };

  for (const button of buttons) button.addEventListener("click", () => show(button.dataset.filter));
  if (cards.some((card) => card.dataset.short)) show("short");
}

/* "Report" beside an item picks that item in the form below. */
const item = document.getElementById("report-item");

for (const link of document.querySelectorAll("[data-report]")) {
  link.addEventListener("click", () => {
    item.value = link.dataset.report;
    document.querySelector("#report input[type=radio]").focus({ preventScroll: true });
  });
}
