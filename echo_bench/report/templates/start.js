// ---- which methods are shown: ranked rows first, four to begin with ----
function layChoice() {
  const first = JSON.parse(records[0].textContent).seats.filter((seat) => seat.kind === "method");
  const groups = Object.fromEntries(all("#board tr.row").map((row) => [row.querySelector("th.method bdi").textContent, row.parentNode.dataset.group]));
  const order = { ranked: 0, unranked: 1, yardstick: 2 };
  const preferred = [...first].sort((a, b) => order[groups[a.label]] - order[groups[b.label]]);
  for (const seat of preferred.slice(0, 4)) chosen.add(seat.label);
  for (const seat of first) {
    const box = make("input", { type: "checkbox", value: seat.label, checked: chosen.has(seat.label) });
    box.addEventListener("change", () => {
      if (box.checked) chosen.add(seat.label); else chosen.delete(seat.label);
      pause(); layTiles(); seek(frame);
    });
    $("method-choice").querySelector("fieldset").append(make("label", {}, box, " ", make("bdi", { textContent: seat.label })));
  }
}
/** Another choice of methods, as if their boxes had been ticked. */
function choose(labels) {
  chosen.clear();
  for (const label of labels) chosen.add(label);
  for (const box of all("#method-choice input")) box.checked = chosen.has(box.value);
}
for (const thumbnail of all(".thumbnail")) {
  thumbnail.addEventListener("click", () => {
    choose([thumbnail.dataset.a, thumbnail.dataset.b]);
    loadClip(Number(thumbnail.dataset.clip));
    $("clips").scrollIntoView();
    $("play").focus({ preventScroll: true });
  });
}
let redraw = 0;
addEventListener("resize", () => { cancelAnimationFrame(redraw); redraw = requestAnimationFrame(drawTraces); });
layChoice();
loadClip(0);
})();
