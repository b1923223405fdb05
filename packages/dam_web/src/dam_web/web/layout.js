// The justified layout: rows that fill the width, every picture in its true proportions. Pure; no DOM.

const NARROWEST = 0.4;
const WIDEST = 3.2;
const UNKNOWN = 1.25;

/** The proportion (width / height) in which an asset is laid out. What has no picture is a card. */
export function ratioOf(item) {
  if (!(item.width > 0 && item.height > 0)) return UNKNOWN;
  return Math.min(WIDEST, Math.max(NARROWEST, item.width / item.height));
}

/**
 * Break proportions into rows: [{start, end, top, height}], `end` exclusive, heights in pixels.
 * Each row fills `width` but for the last, which keeps the target height where it would grow beyond it.
 */
export function justify(ratios, width, target, gap) {
  const rows = [];
  let start = 0;
  let sum = 0;
  let top = 0;
  const close = (end, height) => {
    rows.push({ start, end, top, height });
    top += height + gap;
    start = end;
  };
  for (let index = 0; index < ratios.length; index++) {
    const without = index > start ? heightOf(sum, index - start, width, gap) : Infinity;
    const wider = sum + ratios[index];
    const height = heightOf(wider, index - start + 1, width, gap);
    if (height > target) {
      sum = wider;
    } else if (without / target < target / height) {
      close(index, without); // the row is nearer to the target without this one
      sum = ratios[index];
    } else {
      close(index + 1, height);
      sum = 0;
    }
  }
  if (start < ratios.length) close(ratios.length, Math.min(target, heightOf(sum, ratios.length - start, width, gap)));
  return rows;
}

/** The height of all rows together. */
export function totalHeight(rows) {
  const last = rows[rows.length - 1];
  return last ? last.top + last.height : 0;
}

/** The first row that ends below a position (by bisection). */
export function rowAt(rows, position) {
  let low = 0;
  let high = rows.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].top + rows[middle].height < position) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low);
}

/** The row that holds an item. */
export function rowOf(rows, index) {
  let low = 0;
  let high = rows.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].end <= index) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low);
}

/** The item in a neighbouring row that lies nearest to the middle of an item; the item itself at the edge. */
export function above(rows, ratios, index, step) {
  const from = rowOf(rows, index);
  const to = Math.min(rows.length - 1, Math.max(0, from + step));
  if (from === to) return index;
  const middle = middleOf(rows[from], ratios, index);
  let best = rows[to].start;
  for (let other = rows[to].start; other < rows[to].end; other++) {
    if (Math.abs(middleOf(rows[to], ratios, other) - middle) < Math.abs(middleOf(rows[to], ratios, best) - middle)) best = other;
  }
  return best;
}

/** The height of a row that holds `count` items of the summed proportion and fills the width. */
function heightOf(sum, count, width, gap) {
  return (width - gap * (count - 1)) / sum;
}

function middleOf(row, ratios, index) {
  let left = 0;
  for (let other = row.start; other < index; other++) left += ratios[other] * row.height;
  return left + (ratios[index] * row.height) / 2;
}
