// ---- the boards: each sorted within its groups, filtered by method and metric ----
function sortBy(board, headers, index, direction) {
  const keyOf = (row) => {
    const cell = row.cells[index];
    if (direction === "none") return Number(row.dataset.order);
    if (cell.dataset.sortText !== undefined) return cell.dataset.sortText;
    return cell.dataset.sort === "" ? null : Number(cell.dataset.sort);
  };
  const sign = direction === "descending" ? -1 : 1;
  for (const body of all("tbody", board)) {
    const rows = all("tr.row", body).sort((a, b) => {
      const [x, y] = [keyOf(a), keyOf(b)];
      if (x === null || y === null) return (x === null) - (y === null);
      return sign * (x < y ? -1 : x > y ? 1 : 0);
    });
    body.append(...rows);
  }
  headers.forEach((header, i) => header.setAttribute("aria-sort", i === index ? direction : "none"));
}

function filterTable(board, headers) {
  const one = (name) => board.querySelector(`.${name}`);
  const method = one("filter-methods").value.trim().toLowerCase();
  const metric = one("filter-metrics").value.trim().toLowerCase();
  const rows = all("tr.row", board);
  for (const row of rows) row.hidden = !row.dataset.name.toLowerCase().includes(method);
  const columns = headers.map((header) => !header.classList.contains("metric") || (
    header.dataset.name.toLowerCase().includes(metric) && (!one("only-counted").checked || header.dataset.counted === "1")));
  headers.forEach((header, i) => { header.hidden = !columns[i]; });
  for (const row of rows) [...row.cells].forEach((cell, i) => { cell.hidden = !columns[i]; });
  const shown = rows.filter((row) => !row.hidden).length;
  one("filter-status").textContent = `${shown} of ${rows.length} methods, ${columns.filter(Boolean).length - 2} of ${headers.length - 2} metrics`;
}

for (const board of all("section.board")) {
  const headers = all("thead th", board);
  headers.forEach((header, index) => header.querySelector(".sort").addEventListener("click", () => {
    const following = { none: "ascending", ascending: "descending", descending: "none" };
    sortBy(board, headers, index, following[header.getAttribute("aria-sort")]);
  }));
  for (const input of all(".controls input", board)) input.addEventListener("input", () => filterTable(board, headers));
  filterTable(board, headers);
}

