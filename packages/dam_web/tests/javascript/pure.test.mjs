import assert from "node:assert/strict";
import { test } from "node:test";

// The modules are plain .js files of a browser; node is told that they are modules by reading them as data.
import { readFileSync } from "node:fs";
const load = (name) => import("data:text/javascript;base64," + readFileSync(new URL(`../../src/dam_web/web/${name}`, import.meta.url)).toString("base64"));
const { above, justify, ratioOf, rowAt, rowOf, totalHeight } = await load("layout.js");
const { bytes, duration, entries, instant, kindOf, moment, relationName, span, tagQuery, words } = await load("format.js");

function ratios(count) {
  let seed = 42;
  return Array.from({ length: count }, () => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return 0.4 + (seed / 2147483648) * 2.8;
  });
}

for (const width of [320, 384, 1020, 1440, 3840]) {
  test(`rows fill a width of ${width}`, () => {
    const [gap, target] = [6, 200];
    const all = ratios(5000);
    const rows = justify(all, width, target, gap);
    let next = 0;
    let top = 0;
    rows.forEach((row, number) => {
      assert.equal(row.start, next);
      assert.ok(row.end > row.start);
      assert.ok(Math.abs(row.top - top) < 0.5);
      let filled = gap * (row.end - row.start - 1);
      for (let index = row.start; index < row.end; index++) filled += all[index] * row.height;
      if (number < rows.length - 1) assert.ok(Math.abs(filled - width) < 1, `row ${number}: ${filled}`);
      else assert.ok(filled < width + 1);
      next = row.end;
      top += row.height + gap;
    });
    assert.equal(next, all.length);
    assert.ok(Math.abs(totalHeight(rows) - (top - gap)) < 1);
  });
}

test("a hundred thousand are laid out at once", () => {
  const all = ratios(100_000);
  const begun = performance.now();
  const rows = justify(all, 1440, 200, 6);
  assert.ok(performance.now() - begun < 1000);
  assert.equal(rows.at(-1).end, all.length);
});

test("positions and items are found", () => {
  const all = ratios(1000);
  const rows = justify(all, 1000, 200, 4);
  rows.forEach((row, number) => {
    assert.equal(rowAt(rows, row.top + row.height / 2), number);
    assert.equal(rowOf(rows, row.start), number);
    assert.equal(rowOf(rows, row.end - 1), number);
  });
  assert.equal(rowAt(rows, -50), 0);
  assert.equal(rowAt(rows, 1e9), rows.length - 1);
});

test("up and down stay in the column", () => {
  const all = Array(40).fill(1);
  const rows = justify(all, 1000, 200, 0);
  assert.equal(above(rows, all, 2, 1), 2 + rows[0].end);
  assert.equal(above(rows, all, 2 + rows[0].end, -1), 2);
  assert.equal(above(rows, all, 2, -1), 2);
});

test("nothing, one, and odd proportions", () => {
  assert.deepEqual(justify([], 1000, 200, 4), []);
  assert.equal(totalHeight([]), 0);
  const [row] = justify([1], 1000, 200, 4);
  assert.equal(row.height, 200);
  assert.ok(ratioOf({ width: 1, height: 10_000 }) > 0.3);
  assert.ok(ratioOf({ width: 10_000, height: 1 }) < 4);
  assert.ok(ratioOf({ width: null, height: null }) > 0);
});

test("facts are written for people", () => {
  assert.equal(bytes(999), "999 B");
  assert.equal(bytes(1_234_567), "1.2 MB");
  assert.equal(bytes(0), "0 B");
  assert.equal(duration(65.4), "1:05");
  assert.equal(duration(3725), "1:02:05");
  assert.equal(moment("2019-05-01T12:00:00+02:00"), "1 May 2019, 12:00");
  assert.equal(moment("some day"), "some day");
  assert.equal(moment(null), "");
  assert.match(instant("2019-05-15T12:00:00+00:00"), /^1[456] May 2019, \d\d:\d\d$/);
  assert.equal(instant(undefined), "");
  assert.equal(words("DateTimeOriginal"), "Date Time Original");
  assert.equal(words("GPSLatitude"), "GPS Latitude");
  assert.equal(words("audio_codec"), "Audio codec");
  assert.equal(kindOf({ filename: "a.tar.gz", type: "archive" }), "GZ");
  assert.equal(kindOf({ filename: "README", type: "disk_image" }), "Disk image");
  assert.deepEqual(["cat", "big cat", 'a"b', "-x", "a/b"].map(tagQuery), ["tag:cat", 'tag:"big cat"', 'tag:"a\\"b"', 'tag:"-x"', "tag:a/b"]);
  assert.deepEqual(["out", "in"].map((direction) => relationName("contains", direction)), ["Contains", "Contained in"]);
  assert.deepEqual(entries({ a: [{ name: "x", size: 1 }, { name: "y", size: null }] }), [["A", "Name: x, Size: 1\nName: y, Size: "]]);
  assert.deepEqual(entries({ a: null, b: 1, c: [], d: ["x", "y"] }), [["B", "1"], ["D", "x, y"]]);
});

test("how long something takes is told roughly", () => {
  assert.deepEqual([0.2, 40, 200, 9000].map(span), ["1 s", "40 s", "3 min", "2.5 h"]);
});
