// One tab stop for the whole matrix; arrow keys, Home, End move inside it (WAI-ARIA grid pattern).
for (const table of document.querySelectorAll("[data-matrix]")) {
  const rows = [...table.tBodies[0].rows].map((row) => [...row.cells].slice(0, -1));
  const target = (cell) => cell?.querySelector("a") ?? null;
  const all = rows.flat().map(target).filter(Boolean);
  let at = all[0];
  for (const link of all) link.tabIndex = link === at ? 0 : -1;

  const go = (link) => {
    if (!link) return;
    at.tabIndex = -1;
    at = link;
    at.tabIndex = 0;
    at.focus();
  };

  // The next cell in a direction that can be opened; what nobody expects is stepped over.
  const next = (row, column, down, right) => {
    for (let r = row + down, c = column + right; rows[r]?.[c]; r += down, c += right) {
      const link = target(rows[r][c]);
      if (link) return link;
    }
    return null;
  };

  table.addEventListener("keydown", (event) => {
    const cell = event.target.closest("td, th");
    const row = rows.findIndex((cells) => cells.includes(cell));
    if (row < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const column = rows[row].indexOf(cell);
    const links = rows[row].map(target).filter(Boolean);
    const moves = {
      ArrowDown: () => next(row, column, 1, 0),
      ArrowUp: () => next(row, column, -1, 0),
      ArrowRight: () => next(row, column, 0, 1),
      ArrowLeft: () => next(row, column, 0, -1),
      Home: () => links[0],
      End: () => links[links.length - 1],
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    go(move());
  });

  table.addEventListener("focusin", (event) => {
    const link = event.target.closest("a");
    if (link && link !== at && all.includes(link)) {
      at.tabIndex = -1;
      at = link;
      at.tabIndex = 0;
    }
  });
}
