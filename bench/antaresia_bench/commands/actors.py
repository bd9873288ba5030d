# SPDX-License-Identifier: MIT
"""bench/actors: actors here beside processes of Erlang, and what of it is the runtime's own."""

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import click

from antaresia_bench import actorscale
from antaresia_bench import counts as operations
from antaresia_bench.actorsides import (
    Antaresia,
    Side,
    cpu_time,
    native_figures,
    resident_bytes,
    wall_time,
)
from antaresia_bench.erlang import Erlang
from antaresia_bench.figures import Row, show
from antaresia_tools.errors import USAGE, ToolError
from antaresia_tools.progress import Progress

PEER = "Erlang/OTP 25, JIT"
MEMORY_MIB = 1024


@dataclass(frozen=True)
class Bench:
    """One row: `n` times the work of `program`, on one core."""

    name: str
    program: str
    n: int
    aim: str
    unit: str = "us"
    arg: int = 0
    native: str | None = None  # the same with bodies in C


BENCHES = (
    Bench("pingpong", "bench_pingpong", 200_000, "<= 2 times", native="pingpong"),
    Bench("spawn_exit", "bench_spawn_exit", 50_000, "<= 10 times", native="spawn_exit"),
    Bench("idle_bytes", "bench_idle_bytes", 100_000, "<= 4096", "bytes", native="idle_actor"),
    Bench("ring_hop", "bench_ring_hop", 300_000, "<= 2 times", native="ring_hop"),
    Bench("fanin", "bench_fanin", 400_000, "<= 2 times", native="fanin_4_per_message"),
    Bench("buffer_64k", "bench_buffer", 200_000, "<= 1 times", arg=64 << 10),
    Bench("buffer_1m", "bench_buffer", 200_000, "as buffer_64k", arg=1 << 20),
)
# Those that the peer has no match for.
OURS_ONLY = (Bench("pingpong_blocking", "bench_pingpong_blocking", 200_000, ""),)
# Work on two cores beside the same on one: drivers, n, aim.
SPEEDUPS = {
    "speedup_compute": ("bench_compute", 4, 3_000_000, ">= 1.9"),
    "speedup_pairs": ("bench_pingpong", 8, 50_000, ">= 1.8"),
}
ROWS = [bench.name for bench in (*BENCHES, *OURS_ONLY)] + list(SPEEDUPS)
ALL_ROWS = [*ROWS, *actorscale.ROWS]  # the others only where they are named


@contextlib.contextmanager
def _pinned(cpus: set[int]) -> Iterator[None]:
    """What is started inside runs on these CPUs only."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cpus)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _sides(peers: bool, cores: int, peer: bool = True) -> list[Side]:
    sides: list[Side] = [Antaresia("hosted", cores, MEMORY_MIB)]
    return [*sides, Erlang(cores)] if peers and peer else sides


def _grown(side: Side, n: int) -> float:
    """Bytes that the process has taken from the host meanwhile."""
    before = resident_bytes(side.pid)
    side.go(n)
    return float(resident_bytes(side.pid) - before)


def _one_core(bench: Bench, runs: int, quick: bool, peers: bool) -> list[float]:
    """What one operation costs each side: the least of the runs, the sides taking turns."""
    measure: Callable[[Side, int], float] = _grown if bench.unit == "bytes" else cpu_time
    n = max(bench.n // 50, 1000) if quick else bench.n
    with contextlib.ExitStack() as stack:
        stack.enter_context(_pinned({max(os.sched_getaffinity(0))}))
        sides = _sides(peers, 1, bench not in OURS_ONLY)
        for side in sides:
            stack.enter_context(side)  # type: ignore[arg-type]
            side.prepare(bench.program, 1, bench.arg)
            side.go(max(n // 20, 100))
        turns = 1 if bench.unit == "bytes" else runs
        found = [[measure(side, n) / n for side in sides] for _ in range(turns)]
    return [min(column) for column in zip(*found, strict=True)]


def _rows(bench: Bench, costs: list[float], native: dict[str, float]) -> list[Row]:
    scale = 1 if bench.unit == "bytes" else 1000
    ours, peer = costs[0] / scale, costs[1] / scale if len(costs) > 1 else None
    name = PEER if peer else None
    rows = [Row(bench.name, bench.unit, ours, peer, name, bench.aim or None)]
    if bench.native in native:
        alone = native[bench.native] / scale
        rows.append(Row(f"{bench.name}, runtime alone", bench.unit, alone, peer, name))
    return rows


def _speedup(name: str, runs: int, quick: bool, peers: bool) -> Row:
    """How much faster two cores do the work than one: wall time, the least of the runs."""
    program, drivers, n, aim = SPEEDUPS[name]
    n = n // 50 if quick else n
    cpus = sorted(os.sched_getaffinity(0))[-2:]
    if len(cpus) < 2:
        return Row(name, "times", None, aim=aim, note="this machine has one CPU")
    found: list[list[float]] = []
    with contextlib.ExitStack() as stack:
        one: list[Side] = []
        two: list[Side] = []
        for cores, sides in ((1, one), (2, two)):
            with _pinned(set(cpus[-cores:])):
                for side in _sides(peers, cores):
                    stack.enter_context(side)  # type: ignore[arg-type]
                    side.prepare(program, drivers, 0)
                    side.go(n // 20)
                    sides.append(side)
        for _ in range(runs):
            found.append([wall_time(side, n) for side in (*one, *two)])
    least = [min(column) for column in zip(*found, strict=True)]
    times = [a / b for a, b in zip(least[: len(one)], least[len(one) :], strict=True)]
    load = f"load average {os.getloadavg()[0]:.1f}"
    peer = times[1] if peers else None
    return Row(name, "times", times[0], peer, PEER if peers else None, aim, load)


def _count(as_json: bool, write: bool) -> None:
    progress = Progress("Counting instructions")
    found = {}
    for arch in operations.NAMES:
        progress.step(arch)
        found[arch] = operations.count(arch)
    progress.done()
    show(operations.rows(found), as_json)
    if write:
        operations.write_baseline(found)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list of rows.")
@click.option("--quick", is_flag=True, help="One run with little work: a smoke test.")
@click.option("--runs", default=7, type=click.IntRange(1), help="Turns of each side; default: 7.")
@click.option("--no-peer", is_flag=True, help="Only Antaresia.")
@click.option("--counts", is_flag=True, help="Instructions per operation, and nothing else.")
@click.option("--write-counts", is_flag=True, help="The same, and keeps them as the baseline.")
@click.argument("rows", nargs=-1, metavar="[ROW]...")
def command(
    as_json: bool,
    quick: bool,
    runs: int,
    no_peer: bool,
    counts: bool,
    write_counts: bool,
    rows: tuple[str, ...],
) -> None:
    """Actors beside Erlang's processes, on this machine, pinned alike.

    On one core a figure is CPU time per operation, the least of the runs, so what else runs here
    matters little. Speedups are wall time: measure them on a quiet machine. "Runtime alone" is
    the same work with the actors' bodies in C. --counts runs QEMU with a clock that counts.
    """
    for row in rows:
        if row not in ALL_ROWS:
            raise ToolError(f"no row '{row}'", f"there are: {', '.join(ALL_ROWS)}", USAGE)
    if counts or write_counts:
        _count(as_json, write_counts)
        return
    wanted = rows or ROWS
    runs = 1 if quick else runs
    progress = Progress("Measuring actors")
    found = []
    native: dict[str, float] = {}
    if any(bench.name in wanted and bench.native for bench in BENCHES) and not quick:
        progress.step("the runtime alone")
        with _pinned({max(os.sched_getaffinity(0))}):
            native = native_figures()
    for bench in (*BENCHES, *OURS_ONLY):
        if bench.name in wanted:
            progress.step(bench.name)
            found += _rows(bench, _one_core(bench, runs, quick, not no_peer), native)
    for name in SPEEDUPS:
        if name in wanted:
            progress.step(name)
            found.append(_speedup(name, runs, quick, not no_peer))
    for name in actorscale.ROWS:
        if name in wanted:
            progress.step(name)
            found += actorscale.measure(name, runs, quick)
    progress.done()
    show(found, as_json)
