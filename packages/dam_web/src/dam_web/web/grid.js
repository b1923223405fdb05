// The grid: only what is near the window exists. Rows and tiles are taken from what has scrolled out.

import { above, justify, ratioOf, rowAt, rowOf, totalHeight } from "./layout.js";
import { emptyTile, fillTile, makeTile } from "./tile.js";

const OVERSCAN = 320; // pixels beyond the window
const FAST = 6; // pixels a millisecond: pictures are not asked for while it scrolls faster
const SETTLE = 90; // milliseconds
const KEPT = 60; // tiles that wait for their next use

export class Grid {
  /** `scroller` scrolls, `canvas` lies in it; `told` has open(index), active(index), chosen(number), and near(), called when
   *  the end comes near. */
  constructor(scroller, canvas, told) {
    Object.assign(this, { scroller, canvas, told });
    this.items = [];
    this.ratios = [];
    this.rows = [];
    this.active = -1;
    this.chosen = new Set(); // ids
    this.from = -1; // where a range of chosen items begins
    this.tiles = new Map(); // id → tile
    this.lines = new Map(); // row number → row element
    this.spare = [];
    this.speed = { top: 0, at: 0, fast: false };
    this.onScroll = () => this.scrolled();
    scroller.addEventListener("scroll", this.onScroll, { passive: true });
    canvas.addEventListener("click", (event) => this.clicked(event));
    canvas.addEventListener("contextmenu", (event) => this.held(event));
    this.observer = new ResizeObserver(() => this.relayout());
    this.observer.observe(scroller);
  }

  destroy() {
    this.observer.disconnect();
    this.scroller.removeEventListener("scroll", this.onScroll);
    clearTimeout(this.settling);
    cancelAnimationFrame(this.frame);
  }

  /** Show other items. What the person looks at stays where it is, unless the view is at the top. */
  setItems(items) {
    const activeId = this.items[this.active]?.id;
    const anchor = this.anchor();
    this.items = items;
    this.ratios = items.map(ratioOf);
    this.active = activeId === undefined ? -1 : items.findIndex((item) => item.id === activeId);
    this.relayout(anchor);
  }

  relayout(anchor = this.anchor()) {
    const width = this.canvas.clientWidth;
    if (!width) return;
    this.gap = width < 600 ? 3 : 6;
    this.rows = justify(this.ratios, width, width < 600 ? 128 : 200, this.gap);
    this.canvas.style.height = `${totalHeight(this.rows)}px`;
    this.scroller.setAttribute("aria-rowcount", this.rows.length);
    if (anchor) {
      const index = this.items.findIndex((item) => item.id === anchor.id);
      if (index >= 0) this.scroller.scrollTop = this.rows[rowOf(this.rows, index)].top + anchor.offset;
    }
    this.render();
  }

  /** The first item in view and how far its row is scrolled out; null at the top. */
  anchor() {
    const top = this.scroller.scrollTop;
    if (top < 1 || !this.rows.length) return null;
    const row = this.rows[rowAt(this.rows, top)];
    return this.items[row.start] ? { id: this.items[row.start].id, offset: top - row.top } : null;
  }

  get isAtTop() {
    return this.scroller.scrollTop < 40;
  }

  /** The first and last item in view. */
  inView() {
    if (!this.rows.length) return [0, -1];
    const top = this.scroller.scrollTop;
    const last = this.rows[rowAt(this.rows, top + this.scroller.clientHeight)];
    return [this.rows[rowAt(this.rows, top)].start, last.end - 1];
  }

  scrolled() {
    const now = performance.now();
    const top = this.scroller.scrollTop;
    this.speed.fast = Math.abs(top - this.speed.top) / Math.max(1, now - this.speed.at) > FAST;
    Object.assign(this.speed, { top, at: now });
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      this.speed.fast = false;
      this.render();
    }, SETTLE);
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.render());
  }

  render() {
    const top = this.scroller.scrollTop;
    const height = this.scroller.clientHeight;
    const [first, last] = this.rows.length
      ? [rowAt(this.rows, top - OVERSCAN), rowAt(this.rows, top + height + OVERSCAN)]
      : [0, -1];
    this.dropOutside(first, last);
    for (let number = first; number <= last; number++) this.renderRow(number);
    this.markActive();
    if (totalHeight(this.rows) - top - height < 3 * height) this.told.near();
  }

  dropOutside(first, last) {
    const wanted = new Set();
    for (let index = this.rows[first]?.start ?? 0; index < (this.rows[last]?.end ?? 0); index++) wanted.add(this.items[index].id);
    for (const [id, tile] of this.tiles) {
      if (wanted.has(id)) continue;
      this.tiles.delete(id);
      tile.remove();
      emptyTile(tile);
      if (this.spare.length < KEPT) this.spare.push(tile);
    }
    for (const [number, line] of this.lines) {
      if (number >= first && number <= last) continue;
      this.lines.delete(number);
      line.remove();
    }
  }

  renderRow(number) {
    const row = this.rows[number];
    let line = this.lines.get(number);
    if (!line) {
      line = document.createElement("div");
      line.className = "dam-row";
      line.setAttribute("role", "row");
      line.setAttribute("aria-rowindex", number + 1);
      this.lines.set(number, line);
      this.canvas.append(line);
    }
    line.style.transform = `translateY(${row.top}px)`;
    line.style.height = `${row.height}px`;
    line.style.gap = `${this.gap}px`;
    for (let index = row.start; index < row.end; index++) {
      const item = this.items[index];
      let tile = this.tiles.get(item.id);
      if (!tile) this.tiles.set(item.id, (tile = this.spare.pop() ?? makeTile()));
      const width = this.ratios[index] * row.height;
      tile.style.width = `${width}px`;
      fillTile(tile, item, width, row.height, this.speed.fast);
      const place = line.children[index - row.start];
      if (place !== tile) line.insertBefore(tile, place ?? null);
    }
  }

  /** A click opens; on the mark, with Ctrl, or when something is chosen already, it chooses. */
  clicked(event) {
    const cell = event.target.closest(".dam-tile");
    if (!cell?.item || event.button) return;
    event.preventDefault();
    const index = this.items.indexOf(cell.item);
    if (event.shiftKey) return this.active < 0 ? this.toggle(index) : this.range(index);
    if (event.target.closest(".dam-check") || event.ctrlKey || event.metaKey || this.chosen.size) return this.toggle(index);
    this.activate(index);
    this.told.open(index);
  }

  /** A finger that stays on a tile chooses it. */
  held(event) {
    const cell = event.target.closest(".dam-tile");
    if (!cell?.item || event.pointerType !== "touch") return;
    event.preventDefault();
    this.toggle(this.items.indexOf(cell.item));
  }

  /** Make an item the active one and bring it into view. */
  activate(index) {
    if (!this.items.length) return;
    this.active = Math.min(this.items.length - 1, Math.max(0, index));
    const row = this.rows[rowOf(this.rows, this.active)];
    const { scrollTop, clientHeight } = this.scroller;
    if (row.top < scrollTop) this.scroller.scrollTop = row.top - this.gap;
    else if (row.top + row.height > scrollTop + clientHeight) this.scroller.scrollTop = row.top + row.height + this.gap - clientHeight;
    this.render();
    this.told.active(this.active);
  }

  /** Choose these ids, or none; says how many are chosen. */
  choose(ids) {
    this.chosen = new Set(ids);
    this.markActive();
    this.told.chosen(this.chosen.size);
  }

  /** Choose an item, or no more. A range that is stretched later begins here. */
  toggle(index = this.active) {
    const id = this.items[index]?.id;
    if (id === undefined) return;
    if (!this.chosen.delete(id)) this.chosen.add(id);
    this.from = index;
    this.activate(index);
    this.choose(this.chosen);
  }

  /** Choose everything from where the range began up to an item. */
  range(index) {
    const from = this.from >= 0 && this.chosen.size ? this.from : this.active;
    this.from = from;
    const [first, last] = from < index ? [from, index] : [index, from];
    this.activate(index);
    this.choose(this.items.slice(first, last + 1).map((item) => item.id));
  }

  /** Stretch the range by a key that moves; says whether it is one. */
  stretch(name) {
    const before = this.active;
    if (before < 0 || name === "Enter" || !this.key(name)) return false;
    const to = this.active;
    this.active = before;
    this.range(to);
    return true;
  }

  markActive() {
    const item = this.items[this.active];
    this.canvas.classList.toggle("dam-choosing", this.chosen.size > 0);
    for (const [id, tile] of this.tiles) {
      tile.classList.toggle("dam-active", id === item?.id);
      tile.classList.toggle("dam-chosen", this.chosen.has(id));
      tile.setAttribute("aria-selected", this.chosen.has(id));
    }
    if (item && this.tiles.has(item.id)) this.scroller.setAttribute("aria-activedescendant", `dam-tile-${item.id}`);
    else this.scroller.removeAttribute("aria-activedescendant");
  }

  /** Move by a key; says whether the key was one of its own. */
  key(name) {
    const rowsAPage = Math.max(1, Math.floor(this.scroller.clientHeight / ((this.rows[0]?.height ?? 200) + this.gap)) - 1);
    const step = (rows) => (this.active < 0 ? 0 : above(this.rows, this.ratios, this.active, rows));
    const moves = {
      ArrowLeft: () => this.active - 1,
      ArrowRight: () => this.active + 1,
      ArrowUp: () => step(-1),
      ArrowDown: () => step(1),
      PageUp: () => step(-rowsAPage),
      PageDown: () => step(rowsAPage),
      Home: () => 0,
      End: () => this.items.length - 1,
    };
    if (name === "Enter" && this.active >= 0) this.told.open(this.active);
    else if (moves[name] && this.items.length) this.activate(moves[name]());
    else return false;
    return true;
  }
}
