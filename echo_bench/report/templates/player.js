// ---- the player ----
const records = all("script.clip-data");
if (!records.length) return;
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#aa4499", "#56b4e9", "#e69f00"];
const DASHES = [[], [7, 3], [2, 2]];
const GAP = 255;
const APART = 0.015; // seconds that a video may be ahead of the slowest one: every change of its rate shakes it a little, too
const SLOWEST = 0.0625; // the least rate that browsers play; 0 holds a video where it is
let clip = null, seats = [], playing = false, frame = 0, startedAt = 0, startedFrom = 0, steppedAt = 0, gap = 0;

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
  layTraces();
  layValues();
}

function tileOf(seat) {
  const caption = make("figcaption", {}, make("bdi", { textContent: seat.label }));
  let shown;
  if (seat.video) {
    shown = seat.player = make("video", { src: source(seat.video), poster: source(seat.poster), preload: "none", muted: true, playsInline: true, "aria-label": `Video of ${seat.label}` });
    shown.addEventListener("seeked", () => settle(shown));
    if (seat.sound) {
      seat.button = make("button", { type: "button", className: "sound", textContent: "Sound", "aria-pressed": "false", "aria-label": `Sound of ${seat.label}` });
      seat.button.addEventListener("click", () => hear(seat, seat.player.muted));
      caption.append(seat.button);
    }
  } else if (seat.poster) {
    shown = make("img", { src: source(seat.poster), alt: `Still of ${seat.label}` });
  } else if (seat.face) {
    shown = seat.canvas = make("canvas", { width: 256, height: 256, role: "img", "aria-label": `Schematic face of ${seat.label}` });
  } else {
    shown = make("div", { className: "nothing", textContent: seat.reason });
  }
  if (seat.reason && seat.poster) caption.append(make("span", { className: "why", textContent: seat.reason }));
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
/** Videos that go on; one that has ended, could not start or cannot be decoded holds nobody up. */
const moving = () => players().filter((player) => !player.paused && !player.ended && !player.error);

/** The time of the slowest video, which no other one may leave behind; without videos, that of a clock. */
function clockTime() {
  const videos = moving();
  if (videos.length) return Math.min(...videos.map((player) => player.currentTime));
  return players().length ? clip.duration : startedFrom + (performance.now() - startedAt) / 1000 * rate();
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
  steppedAt = performance.now(); gap = 0.1; // until it is known how late steps come
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

/** One step of the clock: move the scrubber, and let videos that are ahead wait for the slowest one. */
function tick() {
  if (!playing) return;
  const now = clockTime(), step = (performance.now() - steppedAt) / 1000;
  if (now >= clip.duration - 0.5 / clip.fps) { pause(); seek(frames() - 1); return; }
  show(Math.floor(now * clip.fps + 1e-6));
  gap = Math.max(step, gap * 0.1 ** step); // a late step is remembered for about a second: another may follow
  steppedAt += 1000 * step;
  for (const player of moving()) wait(player, player.currentTime - now);
  requestAnimationFrame(tick);
}

/**
 * Let a video wait by how far it is ahead of the slowest one, wholly from one frame on. It is never sought: that costs a busy machine most.
 * Where steps come late it waits more gently; it would else wait too long, and become the slowest itself.
 */
function wait(player, lead) {
  const whole = Math.max(1 / clip.fps, gap * rate());
  const slowed = rate() * (lead < APART ? 1 : Math.max(0, 1 - lead / whole)), wanted = slowed < SLOWEST ? 0 : slowed;
  if (Math.abs(player.playbackRate - wanted) > 0.01) player.playbackRate = wanted;
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

