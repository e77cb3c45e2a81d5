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

// ---- files: beside the page, or carried in it as text that becomes an address when it is asked for ----
const TYPES = { mp4: "video/mp4", jpg: "image/jpeg", png: "image/png", json: "application/json" };
const carriers = new Map(all("script.file").map((node) => [node.dataset.path, node]));
const addresses = new Map();
function source(path) {
  const carrier = carriers.get(path);
  if (!carrier) return path;
  if (!addresses.has(path)) {
    const text = atob(carrier.textContent), bytes = new Uint8Array(text.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
    addresses.set(path, URL.createObjectURL(new Blob([bytes], { type: TYPES[path.split(".").pop()] })));
  }
  return addresses.get(path);
}
const nearView = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) if (isIntersecting) { nearView.unobserve(target); target.src = source(target.dataset.src); }
}, { rootMargin: "400px" });
for (const picture of all("[data-src]")) nearView.observe(picture);
addEventListener("click", (event) => {
  const link = event.target.closest("[data-href]");
  if (link) link.href = source(link.dataset.href);
}, true);

// ---- a link to something folded opens it ----
function unfold() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target && target.tagName === "DETAILS") { target.open = true; target.scrollIntoView(); }
}
addEventListener("hashchange", unfold);
addEventListener("load", unfold);

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

