# SPDX-License-Identifier: MIT
"""bench/vm: upstream's perf_bench programs on Antaresia beside upstream's unix port and CPython."""

import contextlib
import functools
import platform
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import click

from antaresia_bench import linuxguest, perfbench, unixport
from antaresia_bench.figures import Row, geomean, median, show
from antaresia_bench.guest import COUNTED, our_machine, our_session
from antaresia_bench.perfbench import Reading
from antaresia_bench.runners import LinuxRunner, ProcessRunner, ReplRunner, Runner
from antaresia_tools import deps
from antaresia_tools.errors import USAGE, ToolError
from antaresia_tools.progress import Progress

# (N, M) of run-perfbench.py: MHz and KiB of heap. 1000 1000 is upstream's choice for a PC; a PC of
# today runs some of those in 2 ms, so natively the work is upstream's largest.
PARAMETERS = {"guest": (1000, 1000), "counted": (100, 100), "native": (5000, 1000)}
QUICK = (100, 100)
AIM = ">= 1.0"
SIDES = ("guest", "counted", "native")

_Programs = dict[str, bytes]


@contextlib.contextmanager
def _guest_runners(
    programs: _Programs, with_peer: bool, extra: tuple[str, ...] = ()
) -> Iterator[list[Runner]]:
    """Antaresia, and the unix port on Linux: two guests up at a time, of which one is idle."""
    with contextlib.ExitStack() as stack:
        first = ReplRunner(stack.enter_context(our_session("x86_64", extra)), "Antaresia")
        runners: list[Runner] = [first]
        if with_peer:
            files = {f"/perf/{name}.py": text for name, text in programs.items()}
            files |= unixport.with_libraries(unixport.unix_port())
            image = linuxguest.initramfs("vm", files)
            machine, _ = our_machine("x86_64")
            linux = stack.enter_context(linuxguest.session(image, machine, extra))
            runners.append(LinuxRunner(linux, "unix port in Linux guest", first.heap_bytes()))
        yield runners


@contextlib.contextmanager
def _native_runners(programs: _Programs, with_peer: bool) -> Iterator[list[Runner]]:
    """Antaresia hosted, the unix port and CPython, on this machine itself."""
    with our_session("hosted") as session:
        first = ReplRunner(session, "Antaresia hosted")
        runners: list[Runner] = [first]
        if with_peer:
            heap = ["-X", f"heapsize={first.heap_bytes()}"]
            runners.append(ProcessRunner([str(unixport.unix_port()), *heap], "unix port"))
            runners.append(ProcessRunner([sys.executable], f"CPython {platform.python_version()}"))
        yield runners


_RUNNERS: dict[str, Callable[[_Programs, bool], AbstractContextManager[list[Runner]]]] = {
    "guest": _guest_runners,
    "counted": functools.partial(_guest_runners, extra=COUNTED),
    "native": _native_runners,
}


def _score(readings: list[Reading], truth: str | None) -> tuple[float | None, str | None]:
    """The median score of one runner; or none, and why."""
    for reading in readings:
        if reading.reason is not None:
            return None, reading.reason
        if truth is not None and reading.result != truth:
            return None, f"wrong result {(reading.result or '')[:40]!r}"
    return median(reading.score for reading in readings), None


def _compare(label: str, name: str, runners: list[Runner], text: bytes, runs: int) -> list[Row]:
    """One program: a row per peer, the runners taking turns."""
    turns = [[runner.run(name, text) for runner in runners] for _ in range(runs)]
    columns = [list(column) for column in zip(*turns, strict=True)]
    truth = next((r.result for column in columns[1:] for r in column if r.result), None)
    scores = [_score(column, truth) for column in columns]
    mine, why_not_mine = scores[0]
    rows = []
    for runner, (peer, why_not_peer) in zip(runners[1:], scores[1:], strict=True):
        notes = [
            f"{who}: {why}"
            for who, why in (("ours", why_not_mine), (runner.name, why_not_peer))
            if why
        ]
        rows.append(
            Row(f"{label}/{name}", "score", mine, peer, runner.name, None, "; ".join(notes))
        )
    if not rows:
        rows.append(Row(f"{label}/{name}", "score", mine, note=why_not_mine))
    return rows


def _geomeans(label: str, rows: list[Row], runners: list[Runner]) -> list[Row]:
    found = []
    for runner in runners[1:]:
        both = [row for row in rows if row.peer_name == runner.name and row.ratio]
        found.append(
            Row(
                f"{label}/geomean of {len(both)}",
                "score",
                geomean(row.ours for row in both),
                geomean(row.peer for row in both),
                runner.name,
                AIM if "unix" in runner.name else None,
            )
        )
    return found


def _measure(side: str, wanted: list[str], quick: bool, runs: int, peers: bool) -> list[Row]:
    upstream = deps.micropython_dir()
    n, m = QUICK if quick else PARAMETERS[side]
    programs = {name: perfbench.program(upstream, name, n, m) for name in wanted}
    rows: list[Row] = []
    with _RUNNERS[side](programs, peers) as runners:
        progress = Progress(f"Measuring {side}: {', '.join(runner.name for runner in runners)}")
        for name, text in programs.items():
            progress.step(name)
            rows += _compare(side, name, runners, text, runs)
        progress.done()
    return rows + _geomeans(side, rows, runners)


def _chosen(programs: tuple[str, ...]) -> list[str]:
    known = perfbench.names(deps.micropython_dir())
    for name in programs:
        if name not in known:
            raise ToolError(f"no program '{name}'", f"there are: {', '.join(known)}", USAGE)
    return list(programs) or known


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list of rows.")
@click.option("--quick", is_flag=True, help="One run with small parameters: a smoke test.")
@click.option("--runs", default=5, type=click.IntRange(1), help="Runs of each; default: 5.")
@click.option("--no-peer", is_flag=True, help="Only Antaresia.")
@click.option("--side", "sides", multiple=True, type=click.Choice(SIDES), help="Default: all.")
@click.argument("programs", nargs=-1, metavar="[PROGRAM]...")
def command(
    as_json: bool,
    quick: bool,
    runs: int,
    no_peer: bool,
    sides: tuple[str, ...],
    programs: tuple[str, ...],
) -> None:
    """Upstream's benchmark programs (all but viper ones): scores, where higher is better.

    \b
    guest: Antaresia on x86_64 beside upstream's unix port in a Linux guest, under the same QEMU.
    counted: the same with small parameters and one nanosecond per instruction: exact, run once.
    native: Antaresia hosted beside the unix port and CPython.
    """
    wanted = _chosen(programs)
    rows = []
    for side in sides or SIDES:
        times = 1 if quick or side == "counted" else runs
        rows += _measure(side, wanted, quick, times, not no_peer)
    show(rows, as_json)
