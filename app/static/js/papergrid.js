/* Typing answers from paper: arrow keys and Enter move, one sign is enough for single choice and
   true/false. The form works without this. */
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

  // At the end of a row the next person begins.
  const onward = (row, column) => (column + 1 < rows[row].length ? go(row, column + 1) : go(row + 1, 0));
  const back = (row, column) => (column > 0 ? go(row, column - 1) : go(row - 1, Infinity));

  grid.addEventListener("keydown", (event) => {
    const input = event.target.closest(".lb-cell");
    if (!input || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const [row, column] = at(input);
    const all = input.selectionStart === 0 && input.selectionEnd === input.value.length;
    const first = input.selectionStart === 0 && (all || input.selectionEnd === 0);
    const last = all || input.selectionStart === input.value.length;
    const moves = {
      ArrowDown: () => go(row + 1, column),
      ArrowUp: () => go(row - 1, column),
      ArrowRight: () => last && onward(row, column),
      ArrowLeft: () => first && back(row, column),
      Enter: () => go(row + 1, column) || true,
    };
    if (moves[event.key]?.()) event.preventDefault();
  });

  grid.addEventListener("input", (event) => {
    const input = event.target.closest(".lb-cell");
    if (!input || event.isComposing) return;
    const kind = input.dataset.kind;
    if (kind === "short") return;
    const typed = input.value.toUpperCase();
    input.value = kind === "true_false" ? (SIGNS[typed] ?? typed) : typed;
    const done = kind === "single" ? /^[A-J]$/.test(input.value) : kind === "true_false" && /^[√×]$/.test(input.value);
    if (done && event.inputType?.startsWith("insert")) onward(...at(input));
  });

  grid.addEventListener("focusin", (event) => event.target.closest(".lb-cell")?.select());
}
