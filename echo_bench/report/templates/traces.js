// ---- traces, the schematic face, values ----
function layTraces() {
  const traced = visible().filter((seat) => seat.curves);
  $("traces").replaceChildren(...(traced.length ? clip.channels.map((channel, index) => {
    const canvas = make("canvas", { role: "img", "aria-label": `${channel.title} over time of ${traced.map((seat) => seat.label).join(", ")}` });
    canvas.addEventListener("pointerdown", (event) => { pause(); seek(Math.floor(event.offsetX / canvas.clientWidth * frames())); });
    const unit = channel.unit ? ` ${channel.unit}` : "";
    const title = `${channel.title}, ${channel.low.toFixed(2)} to ${channel.high.toFixed(2)}${unit}`;
    const strip = make("div", { className: "strip" }, canvas, make("span", { textContent: title }), make("div", { className: "playhead" }));
    strip.dataset.channel = String(index);
    return strip;
  }) : []));
  $("legend").replaceChildren(...traced.map((seat) => {
    const look = lookOf(seat), swatch = make("span", { className: "swatch" });
    swatch.style.borderTopColor = look.colour;
    if (look.dash.length) swatch.style.borderTopStyle = look.dash[0] > 2 ? "dashed" : "dotted";
    return make("span", {}, swatch, make("bdi", { textContent: seat.label }));
  }), ...(clip.spans.length ? [make("span", { textContent: "shaded: grey user speaks, orange avatar speaks" })] : []));
  drawTraces();
}

function drawTraces() {
  for (const strip of all(".strip")) {
    const canvas = strip.firstChild, scale = devicePixelRatio || 1, index = Number(strip.dataset.channel);
    canvas.width = canvas.clientWidth * scale; canvas.height = canvas.clientHeight * scale;
    const pen = canvas.getContext("2d"), width = canvas.clientWidth, height = canvas.clientHeight;
    pen.scale(scale, scale);
    pen.fillStyle = "#fafafa"; pen.fillRect(0, 0, width, height);
    for (const span of clip.spans) {
      pen.fillStyle = span.who === "user" ? "#8c8c8c2e" : "#e69f0033";
      pen.fillRect(span.start / clip.duration * width, 0, (span.end - span.start) / clip.duration * width, height);
    }
    for (const seat of visible()) if (seat.curves) drawCurve(pen, seat.curves[index], lookOf(seat), width, height);
  }
}

function drawCurve(pen, levels, look, width, height) {
  pen.strokeStyle = look.colour; pen.lineWidth = look.width; pen.setLineDash(look.dash);
  pen.beginPath();
  let open = false;
  for (let i = 0; i < levels.length; i++) {
    if (levels[i] === GAP) { open = false; continue; }
    const x = (i + 0.5) / frames() * width, y = height - 3 - levels[i] / 254 * (height - 6);
    if (open) pen.lineTo(x, y); else pen.moveTo(x, y);
    open = true;
  }
  pen.stroke();
}

/** A drawn face for motion without video: it turns, opens its mouth, smiles and blinks as the traces say. */
function drawFace(seat, index) {
  const at = Math.min(index, seat.curves[0].length - 1), value = {};
  clip.channels.forEach((channel, i) => {
    const level = seat.curves[i][at];
    value[channel.key] = level === GAP ? null : channel.low + level / 254 * (channel.high - channel.low);
  });
  const pen = seat.canvas.getContext("2d");
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, 256, 256);
  pen.fillStyle = pen.strokeStyle = "#3a4a58"; pen.lineWidth = 3; pen.lineCap = "round";
  pen.font = "13px sans-serif"; pen.textAlign = "center";
  if (value.yaw === null) { pen.fillText("no face measured here", 128, 128); return; }
  const dx = 2 * value.yaw, dy = 2 * value.pitch, smile = Math.min(1, value.smile), jaw = Math.min(1, value.jaw), lid = 1 - Math.min(1, value.blink);
  pen.beginPath(); pen.ellipse(128 + 0.3 * dx, 124 + 0.3 * dy, 68, 88, 0, 0, 7); pen.stroke();
  for (const side of [-27, 27]) { pen.beginPath(); pen.ellipse(128 + side + dx, 102 + dy, 11, 1 + 8 * lid, 0, 0, 7); pen.fill(); }
  pen.beginPath(); pen.moveTo(128 + 1.2 * dx, 116 + dy); pen.lineTo(128 + 1.6 * dx, 138 + dy); pen.stroke();
  const half = 24 + 8 * smile, up = 168 + dy - 10 * smile, x = 128 + dx;
  pen.beginPath(); pen.moveTo(x - half, up); pen.quadraticCurveTo(x, up + 16 * smile, x + half, up);
  pen.quadraticCurveTo(x, up + 16 * smile + 70 * jaw, x - half, up); pen.stroke();
  pen.fillText("schematic: motion only", 128, 246);
}

/** A method's name as a link to where its result comes from. */
function madeOf(label) {
  const name = make("bdi", { textContent: label }), made = all("#provenance details").find((each) => each.dataset.name === label);
  return made ? make("a", { href: `#${made.id}` }, name) : name;
}

function layValues() {
  const methods = clip.seats.filter((seat) => seat.kind === "method");
  const shown = methods.map((seat, i) => [seat, i]).filter(([seat]) => chosen.has(seat.label));
  if (!clip.values.length || !shown.length) { $("clip-values").replaceChildren(); return; }
  const head = make("tr", {}, make("th", { scope: "col", textContent: "this clip" }), ...shown.map(([seat]) => make("th", { scope: "col" }, madeOf(seat.label))));
  const rows = clip.values.map((line) => make("tr", {}, make("th", { scope: "row", textContent: line.metric }), ...shown.map(([, i]) => make("td", { textContent: line.cells[i] }))));
  $("clip-values").replaceChildren(make("thead", {}, head), make("tbody", {}, ...rows));
}

