"use strict";
// Entries arrive in chunks of script files, since a page opened from disk may not fetch its own folder.
// Text from outside is only ever set as text, never as markup.

const about = JSON.parse(document.getElementById("gallery").textContent);
const STATUSES = ["read", "part", "refused", "failed", "duplicate"];
const GAP = 16, NARROWEST = 230, LABEL = 74;
const $ = (id) => document.getElementById(id);
const [scroller, grid, search, detail] = ["scroller", "grid", "search", "detail"].map($);

const entries = [];           // all that have arrived, in the order of the run
let shown = [];               // indices into entries, after filters and order
let current = 0;              // position in shown that has the keyboard
const cards = new Map();      // position in shown -> its element
let layout = { columns: 1, width: 0, height: 0 };
const chosen = { statuses: new Set(), codes: new Set() };
const boxes = { statuses: new Map(), codes: new Map() };

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}
const number = (count) => count.toLocaleString("en");
const counted = (count, one) => `${number(count)} ${one}${count === 1 ? "" : "s"}`;

// --- arriving -----------------------------------------------------------------------------------------------------

window.galleryChunk = (rows) => {
  for (const [name, status, series, findings, picture, links, origin, page, note] of rows) {
    const codes = new Set(findings.map((finding) => finding[0]));
    entries.push({ name, status: STATUSES[status], series, findings, codes, picture, links, origin, page, note,
                   key: name.toLowerCase() });
  }
};

function load(chunk) {
  if (chunk >= about.chunks) return;
  const script = element("script");
  script.src = `data/${String(chunk).padStart(5, "0")}.js`;
  script.onload = script.onerror = () => { script.remove(); refilter(chunk > 0); load(chunk + 1); };
  document.head.append(script);
}

// --- filters ------------------------------------------------------------------------------------------------------

function choice(kind, value, text) {
  const label = element("label", "choice");
  const box = element("input");
  box.type = "checkbox";
  box.checked = chosen[kind].has(value);
  box.onchange = () => { chosen[kind][box.checked ? "add" : "delete"](value); refilter(); };
  const count = element("output");
  label.append(box, element("span", kind === "statuses" ? `pill ${value}` : "", text), count);
  label.title = text;
  boxes[kind].set(value, { label, box, count });
  return label;
}

const touches = (codes) => { for (const code of chosen.codes) if (codes.has(code)) return true; return false; };

function refilter(keepPlace) {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const tally = { statuses: new Map(), codes: new Map() };
  const count = (kind, value) => tally[kind].set(value, (tally[kind].get(value) || 0) + 1);
  shown = [];
  for (let at = 0; at < entries.length; at++) {
    const entry = entries[at];
    if (!words.every((word) => entry.key.includes(word))) continue;
    const byStatus = !chosen.statuses.size || chosen.statuses.has(entry.status);
    const byCode = !chosen.codes.size || touches(entry.codes);
    if (byCode) count("statuses", entry.status);
    if (byStatus) for (const code of entry.codes) count("codes", code);
    if (byStatus && byCode) shown.push(at);
  }
  for (const code of tally.codes.keys()) if (!boxes.codes.has(code)) $("codes").append(choice("codes", code, code));
  for (const kind of ["statuses", "codes"]) for (const [value, { label, box, count }] of boxes[kind]) {
    const total = tally[kind].get(value) || 0;
    count.textContent = number(total);
    label.classList.toggle("none", !total);
    box.checked = chosen[kind].has(value);
  }
  const order = $("order").value;
  const by = { name: (a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0,
               findings: (a, b) => b.findings.length - a.findings.length,
               series: (a, b) => b.series - a.series }[order];
  if (by) shown.sort((a, b) => by(entries[a], entries[b]) || a - b);
  $("codes").hidden = !boxes.codes.size;
  $("empty").hidden = shown.length > 0 || entries.length < about.entries;
  $("count").textContent = entries.length < about.entries
    ? `loading, ${number(entries.length)} of ${counted(about.entries, "figure")}`
    : shown.length === entries.length ? counted(shown.length, "figure")
    : `${number(shown.length)} of ${counted(entries.length, "figure")}`;
  if (!keepPlace) { current = 0; scroller.scrollTop = 0; }
  cards.forEach((card) => card.remove());
  cards.clear();
  remember();
  place();
}

// --- what is filtered stands in the address, so that it can be kept and sent ---------------------------------------

function remember() {
  const parts = new URLSearchParams();
  if (search.value) parts.set("q", search.value);
  for (const value of chosen.statuses) parts.append("outcome", value);
  for (const value of chosen.codes) parts.append("finding", value);
  if ($("order").value) parts.set("order", $("order").value);
  const hash = parts.toString();
  if (hash !== location.hash.slice(1)) history.replaceState(null, "", hash ? `#${hash}` : location.pathname);
}

function recall() {
  const parts = new URLSearchParams(location.hash.slice(1));
  search.value = parts.get("q") || "";
  $("order").value = parts.get("order") || "";
  if ($("order").selectedIndex < 0) $("order").value = "";
  chosen.statuses = new Set(parts.getAll("outcome").filter((value) => STATUSES.includes(value)));
  chosen.codes = new Set(parts.getAll("finding"));
}

// --- only the cards in view are in the document -------------------------------------------------------------------

function place() {
  const inner = scroller.clientWidth - 40;
  const columns = Math.max(1, Math.floor((inner + GAP) / (NARROWEST + GAP)));
  const width = Math.floor((inner - GAP * (columns - 1)) / columns);
  layout = { columns, width, height: Math.round(width * 0.68) + LABEL };
  const rows = Math.ceil(shown.length / columns);
  grid.style.height = `${Math.max(0, rows * (layout.height + GAP) - GAP)}px`;
  cards.forEach((card, at) => position(card, at));
  draw();
}

function position(card, at) {
  const { columns, width, height } = layout;
  card.style.cssText = `width:${width}px;height:${height}px;left:${(at % columns) * (width + GAP)}px;` +
    `top:${Math.floor(at / columns) * (height + GAP)}px`;
}

function draw() {
  const step = layout.height + GAP;
  const first = Math.max(0, Math.floor(scroller.scrollTop / step) - 1) * layout.columns;
  const below = Math.ceil((scroller.scrollTop + scroller.clientHeight) / step) + 1;
  const last = Math.min(shown.length, below * layout.columns);
  for (const [at, card] of cards) {
    if ((at < first || at >= last) && card !== document.activeElement) { card.remove(); cards.delete(at); }
  }
  for (let at = first; at < last; at++) if (!cards.has(at)) {
    const card = cardOf(entries[shown[at]], at);
    position(card, at);
    cards.set(at, card);
    grid.append(card);
  }
}

function split(name) {  // into where it is and how it is called: "papers.zip!a/", "b.pdf, page 3"
  const on = /^(.*)#page=(\d+)&figure=(\d+)$/s.exec(name);
  const path = on ? on[1] : name;
  const cut = Math.max(path.lastIndexOf("/"), path.lastIndexOf("!")) + 1;
  const page = !on ? "" : `, page ${on[2]}` + (on[3] === "1" ? "" : `, ${on[3]}`);
  return [path.slice(0, cut), path.slice(cut) + page];
}

function cardOf(entry, at) {
  const card = element("button", "card");
  card.type = "button";
  card.setAttribute("role", "listitem");
  card.setAttribute("aria-posinset", at + 1);
  card.setAttribute("aria-setsize", shown.length);
  card.tabIndex = at === current ? 0 : -1;
  card.title = entry.name;
  const matte = element("span", entry.picture ? "matte" : "matte blank", entry.picture ? undefined : "no picture kept");
  if (entry.picture) {
    const picture = element("img");
    picture.loading = "lazy";
    picture.decoding = "async";
    picture.alt = "";
    picture.src = entry.picture;
    matte.append(picture);
  }
  const label = element("span", "label");
  const [place, name] = split(entry.name);
  label.append(element("div", "name", name), element("div", "place", place), facts(entry));
  card.append(matte, label);
  card.onclick = () => { current = at; open(at); };
  card.onfocus = () => { current = at; };
  return card;
}

function facts(entry) {
  const line = element("div", "facts");
  line.append(element("span", `pill ${entry.status}`, entry.status));
  if (entry.series) line.append(element("span", "", counted(entry.series, "series").replace("seriess", "series")));
  if (entry.findings.length) line.append(element("span", "right", counted(entry.findings.length, "finding")));
  return line;
}

function go(to) {
  if (!shown.length) return;
  current = Math.min(Math.max(to, 0), shown.length - 1);
  const step = layout.height + GAP, top = Math.floor(current / layout.columns) * step;
  if (top < scroller.scrollTop) scroller.scrollTop = top;
  const bottom = top + layout.height + 40;
  if (bottom > scroller.scrollTop + scroller.clientHeight) scroller.scrollTop = bottom - scroller.clientHeight;
  draw();
  cards.forEach((card, at) => { card.tabIndex = at === current ? 0 : -1; });
  if (!detail.open) cards.get(current).focus({ preventScroll: true });
}

// --- one figure ---------------------------------------------------------------------------------------------------

function open(at) {
  const entry = entries[shown[at]];
  const blank = !entry.picture;
  const picture = $("detail-picture");
  picture.hidden = blank;
  if (blank) picture.removeAttribute("src"); else picture.src = entry.picture;
  picture.parentElement.classList.toggle("blank", blank);
  $("detail-blank").hidden = !blank;
  $("detail-name").textContent = entry.name;
  $("detail-origin").textContent = entry.page ? `${entry.origin}, page ${entry.page}` : entry.origin;
  $("detail-outcome").replaceChildren(facts(entry));
  $("detail-note").textContent = entry.note;
  $("detail-findings").replaceChildren(...entry.findings.map(([code, severity, message]) => {
    const line = element("li", severity);
    line.append(element("code", "", code), message);
    return line;
  }));
  $("detail-links").replaceChildren(...entry.links.map(([text, path]) => {
    const link = element("a", "", text);
    link.href = path;
    link.target = "_blank";
    link.rel = "noopener";
    return link;
  }));
  if (!detail.open) detail.showModal();
}

const turn = (by) => { go(current + by); open(current); };

// --- hands --------------------------------------------------------------------------------------------------------

$("previous").onclick = () => turn(-1);
$("next").onclick = () => turn(1);
detail.onclick = (event) => { if (event.target === detail) detail.close(); };
detail.onclose = () => go(current);
search.oninput = () => refilter();
$("order").onchange = () => refilter();
$("reset").onclick = () => {
  search.value = "";
  $("order").value = "";
  chosen.statuses.clear();
  chosen.codes.clear();
  refilter();
};
$("scheme").onclick = () => {
  const dark = document.documentElement.dataset.scheme
    ? document.documentElement.dataset.scheme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.scheme = dark ? "light" : "dark";
};
scroller.addEventListener("scroll", draw, { passive: true });
new ResizeObserver(place).observe(scroller);
window.onhashchange = () => { recall(); refilter(); };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (detail.open) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by) { event.preventDefault(); turn(by); }
    return;
  }
  const typing = event.target.matches("input[type=search], select");
  if (event.key === "/" && !typing) { event.preventDefault(); search.focus(); search.select(); return; }
  if (typing && !(event.target === search && (event.key === "ArrowDown" || event.key === "Enter"))) return;
  if (event.target.matches("input[type=checkbox], nav *")) return;
  const page = layout.columns * Math.max(1, Math.floor(scroller.clientHeight / (layout.height + GAP)));
  const on = cards.get(current) === document.activeElement;
  const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -layout.columns, ArrowDown: layout.columns,
               PageUp: -page, PageDown: page, Home: -Infinity, End: Infinity }[event.key];
  if (typing) { event.preventDefault(); go(current); }
  else if (by !== undefined) { event.preventDefault(); go(on ? current + by : current); }
});

for (const status of STATUSES) $("statuses").append(choice("statuses", status, status));
recall();
refilter();
load(0);
