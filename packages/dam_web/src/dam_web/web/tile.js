// One tile of the grid: made once, filled again and again.

import { duration, kindOf } from "./format.js";
import { ICONS, iconElement, iconOf } from "./icons.js";

const DRAWN_SMALL = 240; // the longest side, in device pixels, for which the small thumbnail is sharp enough
const FILLING = new Set(["image", "video", "document"]); // what may be cut at its edges to fill the tile
const INSIDE = "inside an archive";
const lost = new Set(); // pictures that cannot be made before their assets are analysed
const BADGES = { error: ["warning", "could not be read"], partial: ["warning", "read in part"], missing: ["missing", "the file is missing"] };

/** A new, empty tile: a grid cell with a link in it, so that it can be opened in another tab too. */
export function makeTile() {
  const cell = document.createElement("div");
  cell.className = "dam-tile";
  cell.setAttribute("role", "gridcell");
  const link = document.createElement("a");
  link.tabIndex = -1;
  link.draggable = false;
  const check = document.createElement("span"); // by the mouse; by keys it is the space bar, which the grid tells of
  check.className = "dam-check";
  check.title = "Choose";
  check.setAttribute("aria-hidden", "true");
  cell.append(link, check);
  return cell;
}

/** Show an asset in a tile of that size; with `hold` the picture is not asked for yet. All text is set as text. */
export function fillTile(cell, item, width, height, hold) {
  const source = sourceOf(item, width, height);
  const image = cell.image;
  if (cell.item !== item) {
    const kept = source && cell.source === source ? image : null;
    const link = cell.firstChild;
    cell.item = item;
    cell.id = `dam-tile-${item.id}`;
    cell.setAttribute("aria-label", labelOf(item));
    link.href = `/a/${item.id}`;
    link.title = item.filename;
    link.style.backgroundColor = item.color && FILLING.has(item.type) ? `#${item.color}` : "";
    cell.classList.toggle("dam-whole", !FILLING.has(item.type));
    cell.classList.toggle("dam-top", item.type === "document");
    link.classList.toggle("dam-waiting", !item.thumbnail && (item.status === "processing" || item.status === "uploading"));
    link.replaceChildren(...(source ? picture(cell, item, kept) : card(cell, item)), ...badges(item));
  }
  if (source && cell.source !== source && !hold) {
    cell.source = source;
    cell.image.classList.remove("dam-shown");
    cell.image.src = source;
    if (cell.image.complete) cell.image.classList.add("dam-shown", "dam-at-once");
  }
}

/** Let go of what a tile shows, so that a picture that is still on its way is not waited for. */
export function emptyTile(cell) {
  cell.image?.removeAttribute("src");
  cell.item = cell.image = cell.source = null;
  cell.firstChild.replaceChildren();
}

function sourceOf(item, width, height) {
  const known = item.thumbnail;
  if (!known) return null;
  const needed = Math.max(width, height) * (globalThis.devicePixelRatio || 1);
  const source = needed <= DRAWN_SMALL ? known.small ?? known.medium : known.medium ?? known.small;
  return item.status === "processing" && lost.has(source) ? null : source;
}

/** Whether a picture is so small (an icon, a texture) that its pixels should stay squares when it is shown larger. */
export function isTiny(item) {
  return item.width > 0 && Math.max(item.width, item.height) <= 96;
}

function labelOf(item) {
  const kind = (item.title ? `${item.title}, ${item.filename}` : item.filename) + (item.member ? `, ${INSIDE}` : "");
  return BADGES[item.status] ? `${kind}, ${BADGES[item.status][1]}` : kind;
}

function picture(cell, item, kept) {
  const image = kept ?? document.createElement("img");
  if (!kept) {
    cell.source = null;
    image.alt = "";
    image.classList.toggle("dam-pixels", isTiny(item));
    image.draggable = false;
    image.decoding = "async";
    image.addEventListener("load", () => image.classList.add("dam-shown"));
    image.addEventListener("error", () => giveUp(cell, image));
  }
  cell.image = image;
  return [image, text("dam-caption", item.title || item.filename)];
}

/** A picture that is not to be had (its file is out of reach): the tile says in words what it is, until it is filled with another. */
function giveUp(cell, image) {
  if (cell.image !== image) return;
  const { item, source } = cell;
  if (item.status === "processing") lost.add(source);
  cell.firstChild.replaceChildren(...card(cell, item), ...badges(item));
  cell.source = source;
}

function card(cell, item) {
  cell.image = cell.source = null;
  return [iconElement(iconOf(item.type), "dam-icon dam-card-icon"), text("dam-card-name", item.filename), text("dam-chip", kindOf(item))];
}

function badges(item) {
  const made = [];
  const badge = BADGES[item.status];
  if (item.member) made.push(mark("member", "archive", INSIDE));
  if (badge) made.push(mark(item.status, badge[0], item.error_message || badge[1]));
  if (item.thumbnail && Number.isFinite(item.duration) && item.duration > 0) made.push(text("dam-duration", duration(item.duration)));
  return made;
}

function mark(name, icon, title) {
  const element = document.createElement("span");
  element.className = `dam-badge dam-badge-${name}`;
  element.title = title;
  element.append(iconElement(ICONS[icon]));
  return element;
}

function text(className, content) {
  const element = document.createElement("span");
  element.className = className;
  element.textContent = content;
  return element;
}
