/* Typing answers from paper: arrow keys move, Enter begins the next person's row. Nothing moves by
   itself: who looks at the paper and not at the screen must be able to count on every key. The form
   works without this. */
const SIGNS = { T: "√", Y: "√", 1: "√", F: "×", N: "×", X: "×", 0: "×" };

for (const grid of document.querySelectorAll("[data-grid]")) {
  const rows = [...grid.querySelectorAll("tbody tr")].map((row) => [...row.querySelectorAll(".lb-cell")]);

  const at = (input) => {
    const row = rows.findIndex((cells) => cells.includes(input));
    return [row, row < 0 ? -1 : rows[row].indexOf(input)];
  };

  const go = (row, column) => {
    const cells = rows[row];
    const cell = cells?.[Math.min(column, cells.length - 1)];
    if (!cell) return false;
    cell.focus();
    cell.select();
    return true;
  };

  // Rows of people whose answers are not typed in have no field to go to.
  const next = (row, step) => {
    let at = row + step;
    while (rows[at] && !rows[at].length) at += step;
    return at;
  };

  const count = (row) => {
    const said = rows[row][0].closest("tr").querySelector("[data-filled]");
    const filled = rows[row].filter((cell) => cell.value.trim()).length;
    said.textContent = said.dataset.filled.replace("{n}", filled);
  };

  grid.addEventListener("keydown", (event) => {
    const input = event.target.closest(".lb-cell");
    if (!input || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const [row, column] = at(input);
    const all = input.selectionStart === 0 && input.selectionEnd === input.value.length;
    const first = input.selectionStart === 0 && (all || input.selectionEnd === 0);
    const last = all || input.selectionStart === input.value.length;
    const moves = {
      ArrowDown: () => go(next(row, 1), column),
      ArrowUp: () => go(next(row, -1), column),
      ArrowRight: () => last && go(row, column + 1),
      ArrowLeft: () => first && column > 0 && go(row, column - 1),
      Enter: () => go(next(row, 1), 0) || true,
    };
    if (moves[event.key]?.()) event.preventDefault();
  });

  grid.addEventListener("input", (event) => {
    const input = event.target.closest(".lb-cell");
    if (!input || event.isComposing) return;
    const kind = input.dataset.kind;
    if (kind !== "short") {
      const typed = input.value.toUpperCase();
      input.value = kind === "true_false" ? (SIGNS[typed] ?? typed) : typed;
    }
    count(at(input)[0]);
  });

  grid.addEventListener("focusin", (event) => event.target.closest(".lb-cell")?.select());
}
