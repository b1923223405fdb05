"""The product beside the limits of this machine, as ratios of one run: `python benchmarks/bench.py --rows 1,14 --runs 3`.

Rows and limits are described in benchmarks/README.md. A row that falls short of its limit makes the exit code 5.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from corpus import corpus, shared_bench
from known_tree import known_tree
from measure import dam, in_turn, processor_seconds_of, watch

HERE = Path(__file__).resolve().parent
SMALL, MEDIUM = 300, 3000
MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was measured, the product's figure, the limit's, their ratio and how large that may be."""

    number: int
    name: str
    product: str
    limit: str
    ratio: float
    must: float

    @property
    def holds(self) -> bool:
        """Whether the ratio is within what it may be."""
        return self.ratio <= self.must


def first_index(options: argparse.Namespace) -> Iterator[Row]:
    """Row 1: a first index of photos and other files, beside the bare loop."""
    product, floor, ratio = _against_bare_loop(corpus("small", SMALL, options.scale), options.runs)
    yield Row(1, f"first index, {SMALL} files", f"{product:.2f} s", f"{floor:.2f} s", ratio, 1.4)
    product, floor, ratio = _against_bare_loop(corpus("small", SMALL, options.scale), options.runs, "--ocr")
    yield Row(1, "  and text read from pixels", f"{product:.2f} s", f"{floor:.2f} s", ratio, math.inf)
    if options.medium:
        small, _, _ = _against_bare_loop(corpus("small", SMALL, 0.5), options.runs)
        medium, floor, ratio = _against_bare_loop(corpus("medium", MEDIUM, 0.5), 1)
        yield Row(1, f"first index, {MEDIUM} files", f"{medium:.2f} s", f"{floor:.2f} s", ratio, 1.4)
        each, each_of_small = medium / MEDIUM * 1000, small / SMALL * 1000
        yield Row(1, "  time a file, 3,000 beside 300", f"{each:.1f} ms", f"{each_of_small:.1f} ms", each / each_of_small, 1.1)


def _against_bare_loop(tree: Path, runs: int, *more: str) -> tuple[float, float, float]:
    """Seconds of the product, seconds of the bare loop, which never reads text from pixels, and their ratio, measured in turn."""
    shared = shared_bench() / "first_index.py"
    loop = shared if shared.is_file() else HERE / "bare_loop.py"
    product = shlex.join([sys.executable, str(HERE / "fresh_index.py")]) + " ".join(["", "{tree}", *more])
    command = [sys.executable, str(loop), str(tree), "--product", product, "--runs", str(runs)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    floor, figures = re.search(r"bare loop ([\d.]+) s", run.stdout), re.search(r"product ([\d.]+) s; ratio ([\d.]+)", run.stdout)
    if not floor or not figures:
        raise SystemExit(f"the bare loop failed:\n{run.stdout}{run.stderr}")
    return float(figures[1]), float(floor[1]), float(figures[2])


def rescan(options: argparse.Namespace) -> Iterator[Row]:
    """Row 3: the processor time of a second look at a tree that has not changed, beside find: the whole process, and less its start-up."""
    tree = corpus("large", options.rescan_files, 1.0)
    with tempfile.TemporaryDirectory(prefix="dam-bench-") as home:
        watch(dam("--home", home, "index", "--json", str(tree)))
        yield from _beside_find(tree, Path(home), options)[0]
    if options.million:
        yield from _grown_rescan(options)


def _beside_find(tree: Path, home: Path, options: argparse.Namespace) -> tuple[list[Row], float]:
    """Both rows for a tree that a library knows, and the seconds of a re-scan less the start-up."""
    with tempfile.TemporaryDirectory(prefix="dam-bench-") as empty:
        nothing = dam("--home", f"{empty}/home", "index", "--json", f"{empty}/tree")
        Path(empty, "tree").mkdir()
        watch(nothing)
        watch(dam("--home", str(home), "index", "--json", str(tree)))
        find, start_up, whole = in_turn(
            options.runs,
            ["find", str(tree), "-type", "f", "-printf", "%p %s %T@ %i\\n"],
            nothing,
            dam("--home", str(home), "index", "--json", str(tree)),
            seconds=processor_seconds_of,
        )
    files = sum(len(names) for _, _, names in os.walk(tree))
    scan = max(0.0, whole - start_up)
    rows = [
        Row(3, f"re-scan of {files:,} files, whole", f"{whole:.3f} s", f"{find:.3f} s", whole / find, 5.0),
        Row(3, "  less its start-up", f"{scan:.3f} s", f"{find:.3f} s", scan / find, 2.7),
    ]
    return rows, scan


def _grown_rescan(options: argparse.Namespace) -> Iterator[Row]:
    """The same for 100,000 and for 1,000,000 files that are known: the time of each, the memory, and what a page of the list takes."""
    seconds: dict[int, float] = {}
    for count in (options.rescan_files, 10 * options.rescan_files):
        with known_tree(count) as (tree, home):
            rows, seconds[count] = _beside_find(tree, home, options)
            yield from rows
            whole = dam("--home", str(home), "index", "--json", str(tree))
            peak = watch(whole, 0.02).peak / MEGABYTE
            yield Row(13, f"  peak memory, {count:,} files", f"{peak:.0f} MB", "400 MB", peak / 400, 1.0)
            yield from _after_changes(tree, whole, options.runs)
            page = dam("--home", str(home), "ls", "--json", "--limit", "100")
            few, newest = in_turn(options.runs, page, [*page, "--sort", "-added"], seconds=processor_seconds_of)
            yield Row(3, "  dam ls, the 100 newest and the first", f"{newest:.2f} s", f"{few:.2f} s", newest / few, 1.5)
    few, many = (1e6 * spent / count for count, spent in seconds.items())
    yield Row(3, "  time a file, beside a tenth of them", f"{many:.2f} µs", f"{few:.2f} µs", many / few, 1.15)


def _after_changes(tree: Path, whole: list[str], runs: int) -> Iterator[Row]:
    """Ten files change before every second run; they lie still for a moment, as a file must before it is read."""
    changed, unchanged = [], []
    paths = [next(folder.iterdir()) for folder in sorted(tree.iterdir())[:10]]
    for run in range(runs):
        unchanged.append(processor_seconds_of(whole))
        for path in paths:
            path.write_bytes(f"{path.name} in run {run}\xff".encode("latin-1"))
        time.sleep(3)
        changed.append(processor_seconds_of(whole))
    after, before = statistics.median(changed), statistics.median(unchanged)
    yield Row(3, "  after 10 changes, beside none", f"{after:.2f} s", f"{before:.2f} s", after / before, 1.25)


def dispatch(options: argparse.Namespace) -> Iterator[Row]:
    """Row 11: the way of one command to one empty handler, beside a bare await; and in a World of many systems beside one of few."""
    command = [sys.executable, str(HERE / "dispatch.py"), str(options.runs)]
    figures: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    for kind, must in (("coroutine", 100.0), ("generator", 200.0)):
        bare, few, many = figures["bare"], figures[kind], figures[f"{kind}-of-many"]
        yield Row(11, f"dispatch to an empty {kind}", f"{few:.1f} µs", f"{bare:.2f} µs", few / bare, must)
        yield Row(11, "  1,000 systems more, beside none", f"{many:.1f} µs", f"{few:.1f} µs", many / few, 1.25)


def component_writes(options: argparse.Namespace) -> Iterator[Row]:
    """Row 12: 50,000 components of six types, beside executemany of sqlite3."""
    figures = _engine(options)
    for key, name, must in (("writes", "50,000 components, made and written", 5.0), ("only_writes", "  written only", 3.5)):
        product, limit = figures[key]
        yield Row(12, name, f"{product:.2f} s", f"{limit:.2f} s", product / limit, must)


def _engine(options: argparse.Namespace) -> dict[str, tuple[float, float]]:
    command = [sys.executable, str(HERE / "writes.py"), str(options.runs)]
    figures: dict[str, tuple[float, float]] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return figures


def verify(options: argparse.Namespace) -> Iterator[Row]:
    """Row 4: reading files again and comparing their hashes."""
    command = [sys.executable, str(HERE / "verify.py"), str(options.runs)]
    found: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    product, limit = (found["bytes"] / found[key] / MEGABYTE for key in ("product", "limit"))
    yield Row(4, "files read again, by two threads", f"{product:.0f} MB/s", f"{limit:.0f} MB/s", limit / product, 1.25)


def memory(options: argparse.Namespace) -> Iterator[Row]:
    """Row 13: the memory of all processes together while they index for the first time."""
    small = _peak(corpus("small", SMALL, options.scale), options.runs)
    yield Row(13, f"peak memory, {SMALL} files", f"{small:.0f} MB", "400 MB", small / 400, 1.0)
    if options.medium:
        small = _peak(corpus("small", SMALL, 0.5), options.runs)
        medium = _peak(corpus("medium", MEDIUM, 0.5), 1)
        yield Row(13, "  peak memory, 3,000 beside 300", f"{medium:.0f} MB", f"{small:.0f} MB", medium / small, 1.15)


def _peak(tree: Path, runs: int) -> float:
    peaks = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory(prefix="dam-bench-") as home:
            peaks.append(watch(dam("--home", home, "index", "--json", str(tree))).peak / MEGABYTE)
    return statistics.median(peaks)


def start_up(options: argparse.Namespace) -> Iterator[Row]:
    """Row 14: what the command line costs before it does anything."""
    runs = max(7, options.runs)
    with tempfile.TemporaryDirectory(prefix="dam-bench-") as home:
        verbs = {"--help": 10.0, "--version": 6.0, "ls": 30.0}
        subprocess.run(dam("--home", home, "ls"), capture_output=True, check=True)  # makes the empty library
        commands = [dam("--home", home, verb) if verb == "ls" else dam(verb) for verb in verbs]
        nothing, *products = in_turn(runs, [sys.executable, "-c", "pass"], *commands)
    for (verb, must), product in zip(verbs.items(), products, strict=True):
        yield Row(14, f"dam {verb}", f"{product * 1000:.0f} ms", f"{nothing * 1000:.0f} ms", product / nothing, must)


def watching(_options: argparse.Namespace) -> Iterator[Row]:
    """Row 15: from the end of a file's writing to its asset in the list, beyond the time of settling."""
    command = [sys.executable, str(HERE / "watching.py")]
    found: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    yield Row(15, "watching: file to asset, p95", f"{found['p95']:.0f} ms", "1000 ms", found["p95"] / 1000, 1.0)


def plugins(_options: argparse.Namespace) -> Iterator[Row]:
    """Row 17: what each plugin takes over the samples, everything on, beside its functions called bare, and beside the libraries alone."""
    samples = Path(os.environ.get("DAM_SAMPLES", shared_bench().parent / "samples"))
    command = [sys.executable, str(HERE / "plugins.py"), str(samples)]
    found: dict[str, dict[str, float]] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    for package, one in sorted(found.items()):
        name = f"{package}, {one['files']:.0f} times"
        yield Row(17, name, f"{one['product']:.2f} s", f"{one['bare']:.2f} s", one["product"] / one["bare"], 1.4)
        if one["alike"]:
            name = f"  {one['alike']:.0f} files, the libraries alone"
            yield Row(17, name, f"{one['analysed']:.2f} s", f"{one['libraries']:.2f} s", one["analysed"] / one["libraries"], math.inf)
    analysed, libraries = (sum(one[side] for one in found.values() if one["alike"]) for side in ("analysed", "libraries"))
    yield Row(17, "all plugins, the libraries alone", f"{analysed:.2f} s", f"{libraries:.2f} s", analysed / libraries, 1.4)


ROWS: dict[int, Callable[[argparse.Namespace], Iterator[Row]]] = {
    1: first_index,
    3: rescan,
    4: verify,
    11: dispatch,
    12: component_writes,
    13: memory,
    14: start_up,
    15: watching,
    17: plugins,
}


def main() -> int:
    """Measure the wanted rows and print them as they are known."""
    parser = argparse.ArgumentParser(description="Measure the product beside the limits of this machine.")
    parser.add_argument("--rows", default=",".join(map(str, ROWS)), help="which rows, as in 1,14 (default: all)")
    parser.add_argument("--runs", type=int, default=3, help="how often each is measured; the median counts (default: 3)")
    parser.add_argument("--scale", type=float, default=1.0, help="how large the sides of the photos are (default: 1)")
    parser.add_argument("--rescan-files", type=int, default=100_000, help="how many files row 3 looks at (default: 100,000)")
    parser.add_argument("--million", action="store_true", help="row 3 also for 1,000,000 files that are known, and a tenth of them")
    parser.add_argument("--medium", action="store_true", help="also ten times as many files, at half scale; takes many minutes")
    options = parser.parse_args()
    try:
        wanted = [int(row) for row in options.rows.split(",")]
        measures = [ROWS[row] for row in wanted]
    except (KeyError, ValueError):
        parser.error(f"--rows takes some of {', '.join(map(str, ROWS))}")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # compiled modules are what a user has
    print(f"n = {options.runs}, median; {os.cpu_count()} cores; load {os.getloadavg()[0]:.1f} at the beginning")
    print(f"{'row':>3} | {'what':<34} | {'product':>9} | {'limit':>9} | {'ratio':>6} | {'must':>6} | ok")
    held = True
    for measure in measures:
        for row in measure(options):
            held &= row.holds
            figures = f"{row.product:>9} | {row.limit:>9} | {row.ratio:>6.2f} | {row.must:>6.2f}"
            print(f"{row.number:>3} | {row.name:<34} | {figures} | {'yes' if row.holds else 'NO'}", flush=True)
    print(f"load {os.getloadavg()[0]:.1f} at the end")
    return 0 if held else 5


if __name__ == "__main__":
    sys.exit(main())
