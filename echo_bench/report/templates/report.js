"use strict";
(() => {
const $ = (id) => document.getElementById(id);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

/** An element with properties and children; text is always set as text, never parsed. */
function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (key in node) node[key] = value; else node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

// ---- tooltips: by click, touch and keyboard; Escape closes ----
let tipOwner = null;
function closeTip() {
  $("tip").hidden = true;
  if (tipOwner) tipOwner.setAttribute("aria-expanded", "false");
  tipOwner = null;
}
function openTip(button) {
  closeTip();
  const tip = $("tip"), box = button.getBoundingClientRect();
  tip.textContent = button.dataset.tip;
  tip.hidden = false;
  const left = Math.min(box.left, document.documentElement.clientWidth - tip.offsetWidth - 8);
  tip.style.left = `${Math.max(8, left) + scrollX}px`;
  const below = box.bottom + 6, above = box.top - tip.offsetHeight - 6;
  tip.style.top = `${(below + tip.offsetHeight > innerHeight && above > 0 ? above : below) + scrollY}px`;
  button.setAttribute("aria-expanded", "true");
  tipOwner = button;
}
document.addEventListener("click", (event) => {
  const button = event.target.closest(".tip");
  if (button && button !== tipOwner) openTip(button); else closeTip();
});
document.addEventListener("keydown", (event) => { if (event.key === "Escape") closeTip(); });
for (const button of all(".tip")) {
  button.removeAttribute("title"); // the tooltip replaces it
  button.setAttribute("aria-expanded", "false");
}

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

// ---- the player ----
const records = all("script.clip-data");
if (!records.length) return;
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#aa4499", "#56b4e9", "#e69f00"];
const DASHES = [[], [7, 3], [2, 2]];
const GAP = 255;
let clip = null, seats = [], master = null, playing = false, frame = 0, startedAt = 0, startedFrom = 0;

/** Line colour and dashes of a seat: truth is black, the user grey, methods follow the board's order. */
function lookOf(seat) {
  if (seat.kind === "user") return { colour: "#767676", dash: [4, 2], width: 1.2 };
  if (seat.kind === "truth") return { colour: "#1a1a1a", dash: [], width: 1.2 };
  return { colour: COLOURS[seat.order % COLOURS.length], dash: DASHES[Math.floor(seat.order / COLOURS.length) % 3], width: 1.7 };
}
const unpack = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
const frames = () => Math.max(1, Math.round(clip.duration * clip.fps));
const timeOf = (index) => (index + 0.5) / clip.fps;
const visible = () => seats.filter((seat) => seat.kind !== "method" || chosen.has(seat.label));
const chosen = new Set();

function loadClip(index) {
  pause();
  clip = JSON.parse(records[index].textContent);
  seats = clip.seats;
  seats.filter((seat) => seat.kind === "method").forEach((seat, order) => { seat.order = order; });
  for (const seat of seats) if (seat.trace) seat.curves = seat.trace.map(unpack);
  $("clip-choice").value = String(index);
  $("clip-previous").disabled = index === 0;
  $("clip-next").disabled = index === records.length - 1;
  $("scrubber").max = String(frames() - 1);
  layTiles();
  seek(0);
}

function layTiles() {
  for (const seat of seats) if (seat.player) { seat.player.pause(); seat.player.removeAttribute("src"); seat.player.load(); delete seat.player; }
  $("tiles").replaceChildren(...visible().map(tileOf));
  soundDefaults();
  const videos = visible().filter((seat) => seat.player);
  master = (videos.find((seat) => !seat.player.muted) || videos[0] || {}).player || null;
  layTraces();
  layValues();
}

function tileOf(seat) {
  const caption = make("figcaption", {}, make("bdi", { textContent: seat.label }));
  let shown;
  if (seat.video) {
    shown = seat.player = make("video", { src: seat.video, poster: seat.poster, preload: "none", muted: true, playsInline: true, "aria-label": `Video of ${seat.label}` });
    shown.addEventListener("seeked", () => settle(shown));
    if (seat.sound) {
      seat.button = make("button", { type: "button", className: "sound", textContent: "Sound", "aria-pressed": "false", "aria-label": `Sound of ${seat.label}` });
      seat.button.addEventListener("click", () => hear(seat, seat.player.muted));
      caption.append(seat.button);
    }
  } else if (seat.face) {
    shown = seat.canvas = make("canvas", { width: 256, height: 256, role: "img", "aria-label": `Schematic face of ${seat.label}` });
  } else {
    shown = make("div", { className: "nothing", textContent: seat.reason });
  }
  if (seat.reason && seat.video) caption.append(make("span", { className: "why", textContent: seat.reason }));
  const figure = make("figure", { className: "tile" }, shown, caption);
  if (seat.curves) figure.style.borderTop = `3px solid ${lookOf(seat).colour}`;
  return figure;
}

/** Equal sounds are heard once. */
function hear(seat, on) {
  if (on) for (const other of visible()) if (other !== seat && other.player && other.sound === seat.sound) mute(other, true);
  mute(seat, !on);
}
function mute(seat, silent) {
  seat.player.muted = silent;
  if (seat.button) seat.button.setAttribute("aria-pressed", String(!silent));
}
function soundDefaults() {
  const speaking = visible().filter((seat) => seat.player && seat.sound);
  const user = speaking.find((seat) => seat.kind === "user");
  const avatar = speaking.find((seat) => seat.kind !== "user");
  if (avatar) hear(avatar, true);
  if (user) hear(user, true);
}

// ---- time ----
function clockTime() {
  if (master) return master.currentTime;
  return startedFrom + (performance.now() - startedAt) / 1000 * rate();
}
const rate = () => Number($("speed").value);
const players = () => visible().flatMap((seat) => seat.player || []);

function show(index) {
  frame = Math.min(Math.max(index, 0), frames() - 1);
  $("scrubber").value = String(frame);
  $("scrubber").setAttribute("aria-valuetext", `${(frame / clip.fps).toFixed(2)} seconds`);
  $("clock").textContent = `${(frame / clip.fps).toFixed(2)} / ${clip.duration.toFixed(2)} s`;
  const place = `${100 * frame / clip.fps / clip.duration}%`;
  for (const head of all(".playhead")) head.style.left = place;
  for (const seat of visible()) if (seat.canvas) drawFace(seat, frame);
}

/** Bring every video to a frame; a video that is still seeking is brought there when it has settled. */
function seek(index) {
  show(index);
  startedFrom = frame / clip.fps; startedAt = performance.now();
  for (const player of players()) settle(player);
}
function settle(player) {
  if (playing || player.seeking || player.preload === "none" && frame === 0) return;
  arm(player);
  const wanted = Math.min(timeOf(frame), Number.isFinite(player.duration) ? Math.max(0, player.duration - 0.001) : Infinity);
  if (Math.abs(player.currentTime - wanted) > 0.002) player.currentTime = wanted;
}
function arm(player) {
  if (player.preload === "auto") return;
  player.preload = "auto";
  player.load();
}

/** Resolves when a video can play from where it stands, or cannot be played at all. */
function ready(player) {
  return new Promise((resolve) => {
    const check = () => { if (player.error || (player.readyState >= 3 && !player.seeking)) { clearTimeout(limit); done(); } };
    const events = ["canplay", "seeked", "loadeddata", "error"];
    const done = () => { for (const event of events) player.removeEventListener(event, check); resolve(); };
    const limit = setTimeout(done, 4000);
    for (const event of events) player.addEventListener(event, check);
    check();
  });
}

async function play() {
  if (frame >= frames() - 1) show(0);
  for (const player of players()) { arm(player); player.playbackRate = rate(); player.currentTime = frame / clip.fps; }
  playing = true;
  $("play").textContent = "Pause";
  $("play").setAttribute("aria-pressed", "true");
  const wanted = players();
  await Promise.all(wanted.map(ready));
  if (!playing || wanted.some((player) => !player.isConnected)) return;
  startedFrom = frame / clip.fps; startedAt = performance.now();
  await Promise.all(visible().filter((seat) => seat.player).map(start));
  if (playing) requestAnimationFrame(tick);
}

/** Play a video; silently where the browser allows sound only later. A video that cannot be played stays as it is. */
function start(seat) {
  return seat.player.play().catch(() => { mute(seat, true); return seat.player.play().catch(() => {}); });
}

function pause() {
  playing = false;
  $("play").textContent = "Play";
  $("play").setAttribute("aria-pressed", "false");
  for (const player of players()) player.pause();
}

/** One step of the clock: move the scrubber, and bring videos that drifted back to the leading one. */
function tick() {
  if (!playing) return;
  const now = clockTime();
  if (now >= clip.duration - 0.5 / clip.fps || (master && master.ended)) { pause(); seek(frames() - 1); return; }
  show(Math.floor(now * clip.fps + 1e-6));
  for (const player of players()) {
    if (player === master || player.ended || player.seeking) continue;
    const drift = player.currentTime - now;
    if (Math.abs(drift) > 0.2) { player.currentTime = now; continue; }
    const wanted = Math.abs(drift) < 0.008 ? rate() : rate() * (1 - Math.max(-0.4, Math.min(0.4, 6 * drift)));
    if (Math.abs(player.playbackRate - wanted) > 0.01) player.playbackRate = wanted;
  }
  requestAnimationFrame(tick);
}

$("play").addEventListener("click", () => { if (playing) { pause(); seek(frame); } else play(); });
$("scrubber").addEventListener("input", () => { const index = Number($("scrubber").value); pause(); seek(index); });
$("speed").addEventListener("change", () => { for (const player of players()) player.playbackRate = rate(); startedFrom = frame / clip.fps; startedAt = performance.now(); });
$("clip-choice").addEventListener("change", () => loadClip(Number($("clip-choice").value)));
$("clip-previous").addEventListener("click", () => loadClip(Number($("clip-choice").value) - 1));
$("clip-next").addEventListener("click", () => loadClip(Number($("clip-choice").value) + 1));
$("player").addEventListener("keydown", (event) => {
  if (event.target.closest("button, select, input, summary, a") && !(event.key === " " && event.target.id === "scrubber")) return;
  const step = event.shiftKey ? clip.fps : 1;
  if (event.key === " ") $("play").click();
  else if (event.key === "ArrowRight") { pause(); seek(frame + step); }
  else if (event.key === "ArrowLeft") { pause(); seek(frame - step); }
  else return;
  event.preventDefault();
});

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

function layValues() {
  const methods = clip.seats.filter((seat) => seat.kind === "method");
  const shown = methods.map((seat, i) => [seat, i]).filter(([seat]) => chosen.has(seat.label));
  if (!clip.values.length || !shown.length) { $("clip-values").replaceChildren(); return; }
  const head = make("tr", {}, make("th", { scope: "col", textContent: "this clip" }), ...shown.map(([seat]) => make("th", { scope: "col" }, make("bdi", { textContent: seat.label }))));
  const rows = clip.values.map((line) => make("tr", {}, make("th", { scope: "row", textContent: line.metric }), ...shown.map(([, i]) => make("td", { textContent: line.cells[i] }))));
  $("clip-values").replaceChildren(make("thead", {}, head), make("tbody", {}, ...rows));
}

// ---- which methods are shown: ranked rows first, four to begin with ----
function layChoice() {
  const first = JSON.parse(records[0].textContent).seats.filter((seat) => seat.kind === "method");
  const groups = Object.fromEntries(all("#board tr.row").map((row) => [row.querySelector("th.method bdi").textContent, row.parentNode.dataset.group]));
  const order = { ranked: 0, unranked: 1, yardstick: 2 };
  const preferred = [...first].sort((a, b) => order[groups[a.label]] - order[groups[b.label]]);
  for (const seat of preferred.slice(0, 4)) chosen.add(seat.label);
  for (const seat of first) {
    const box = make("input", { type: "checkbox", checked: chosen.has(seat.label) });
    box.addEventListener("change", () => {
      if (box.checked) chosen.add(seat.label); else chosen.delete(seat.label);
      pause(); layTiles(); seek(frame);
    });
    $("method-choice").querySelector("fieldset").append(make("label", {}, box, " ", make("bdi", { textContent: seat.label })));
  }
}
let redraw = 0;
addEventListener("resize", () => { cancelAnimationFrame(redraw); redraw = requestAnimationFrame(drawTraces); });
layChoice();
loadClip(0);
})();
