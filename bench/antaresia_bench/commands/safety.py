# SPDX-License-Identifier: MIT
"""bench/safety: what memory safety costs, what the fuzzers have run, each class and its state."""

import re
import subprocess

import click

from antaresia_bench.figures import Row, show
from antaresia_bench.hardening import cost_rows
from antaresia_bench.heapneed import PROGRAMS, heap_rows
from antaresia_bench.perfbench import names
from antaresia_tools import deps, fuzz_record, paths
from antaresia_tools.progress import Progress

QUICK = ("bm_nqueens", "core_import_mpy_single", "misc_raytrace")
QUICK_HEAP = ("bm_nqueens", "misc_mandel")
PARTS = ("cost", "heap", "fuzz", "classes")
DOC = paths.ROOT / "docs" / "memory-safety.md"
FUZZ = paths.ROOT / "tests" / "fuzz"
# A short run of each: what its output says of its speed. Those that are not there have no row.
FUZZERS = {
    "mpy_files generated": ["mpy_files"],
    "mpy_files changed": ["mpy_files", "--changed"],
    "programs": ["programs"],
}
COUNTS = {True: 500, False: 20000}
PER_SECOND = re.compile(r"([\d.]+) (?:files/s|a second)")


def _speed(name: str, quick: bool) -> Row:
    command = [str(FUZZ / FUZZERS[name][0]), *FUZZERS[name][1:], "--count", str(COUNTS[quick])]
    done = subprocess.run(command, capture_output=True, text=True)
    found = PER_SECOND.search(done.stdout)
    last = (done.stderr.strip() or done.stdout.strip() or "no output").splitlines()[-1]
    return Row(
        f"fuzz/{name}",
        "files/s",
        float(found[1]) if found else None,
        note=None if found and done.returncode == 0 else last,
    )


def _fuzz_rows(quick: bool) -> list[Row]:
    rows = []
    progress = Progress("Fuzzing")
    for name in FUZZERS:
        if (FUZZ / FUZZERS[name][0]).exists():
            progress.step(name)
            rows.append(_speed(name, quick))
    progress.done()
    runs = fuzz_record.runs()
    for name in sorted({run["fuzzer"] for run in runs}):
        mine = [run for run in runs if run["fuzzer"] == name]
        total, found = (sum(run[key] for run in mine) for key in ("count", "findings"))
        rows.append(Row(f"fuzz/{name}, so far", "runs", total, aim=">= 1000000"))
        rows.append(Row(f"fuzz/{name}, findings", "findings", found))
    return rows


def _class_rows() -> list[Row]:
    """The classes that the document lists: 1 if closed or off, open ones as zero."""
    rows = []
    for line in DOC.read_text().splitlines():
        cells = [cell.strip().replace("`", "") for cell in line.strip().strip("|").split("|")]
        if len(cells) == 6 and "test_" in cells[3]:
            rows.append(Row(f"class/{cells[0]}", "closed", int(cells[5] != "open"), note=cells[3]))
        elif len(cells) == 2 and cells[0].startswith("test_"):
            rows.append(Row(f"class/{cells[0]}", "closed", 1, note=cells[1]))
    opened = re.search(r"^## What is open\n+((?:.|\n)*?)\n## ", DOC.read_text(), re.MULTILINE)
    items = re.findall(r"^- ((?:.|\n  )*)", opened[1] if opened else "", re.MULTILINE)
    rows += [Row(f"open/{' '.join(item.split())[:70]}", "closed", 0) for item in items]
    return rows


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list of rows.")
@click.option("--quick", is_flag=True, help="Three programs, short runs: a smoke test.")
@click.option("--part", "parts", multiple=True, type=click.Choice(PARTS))
def command(as_json: bool, quick: bool, parts: tuple[str, ...]) -> None:
    """What the checks cost, how fast the fuzzers are and what they found, the classes.

    \b
    cost: instructions of upstream's benchmark programs beside the same build without the checks.
    heap: the smallest quota that such a program runs in, likewise.
    fuzz: a short run of each fuzzer under AddressSanitizer; the record of long ones.
    classes: what docs/memory-safety.md lists, 1 if closed by rule and test, 0 if open.
    """
    wanted = parts or PARTS
    rows = []
    if "cost" in wanted:
        rows += cost_rows(list(QUICK) if quick else names(deps.micropython_dir()))
    if "heap" in wanted:
        rows += heap_rows(QUICK_HEAP if quick else PROGRAMS)
    if "fuzz" in wanted:
        rows += _fuzz_rows(quick)
    if "classes" in wanted:
        rows += _class_rows()
    show(rows, as_json)
