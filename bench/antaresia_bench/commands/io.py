# SPDX-License-Identifier: MIT
"""bench/io: a disk through a driver in Python, beside Linux's with fio, on the same machine."""

import contextlib
import os

import click

from antaresia_bench.figures import Row, median, show
from antaresia_bench.iosides import Linux, Ours, Work
from antaresia_tools.errors import USAGE, ToolError
from antaresia_tools.progress import Progress

MS = 3000
SMALL, LARGE = 4 << 10, 128 << 10
WORKS = {
    "read_4k_qd1": Work(False, SMALL, 1, True, MS),
    "read_4k_qd32": Work(False, SMALL, 32, True, MS),
    "write_4k_qd1": Work(True, SMALL, 1, True, MS),
    "write_4k_qd32": Work(True, SMALL, 32, True, MS),
    "read_128k": Work(False, LARGE, 4, False, MS),
}
RESTART = "restart"
ROWS = (*WORKS, RESTART)


def _row(name: str, ours: list[float], peers: list[float]) -> Row:
    scale, unit, aim = 1.0, "IOPS", ">= 2 times"
    if name == "read_128k":
        scale, unit, aim = LARGE / 1e6, "MB/s", ">= 2 times"
    elif name == RESTART:
        unit, aim = "ms", "<= 5"
    load = f"load average {os.getloadavg()[0]:.1f}"
    peer_name = Linux.name if peers else None
    figure, peer = (median(value * scale for value in side) for side in (ours, peers))
    return Row(name, unit, figure, peer, peer_name, aim, load)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list of rows.")
@click.option("--quick", is_flag=True, help="One short run of each: a smoke test.")
@click.option("--runs", default=3, type=click.IntRange(1), help="Runs of each side; default: 3.")
@click.option("--no-peer", is_flag=True, help="Leave Linux out.")
@click.argument("rows", nargs=-1, metavar="[ROW]...")
def command(as_json: bool, quick: bool, runs: int, no_peer: bool, rows: tuple[str, ...]) -> None:
    """Requests a second of a virtio disk in QEMU, 2 cores, beside Linux with fio.

    The driver is an actor, and so is each caller: a depth of 32 is 32 of them. fio has the same
    number of requests under way by io_uring, past the page cache. The sides take turns, both
    machines up at the same time.
    """
    for row in rows:
        if row not in ROWS:
            raise ToolError(f"no row '{row}'", f"there are: {', '.join(ROWS)}", USAGE)
    wanted = rows or ROWS
    progress = Progress("Measuring the disk")
    found = []
    with contextlib.ExitStack() as stack:
        sides: list[Ours | Linux] = [Ours()] if no_peer else [Ours(), Linux()]
        for side in sides:
            progress.step(f"starting {side.name}")
            stack.enter_context(side.session)
            side.start()
        for name in ROWS:
            if name not in wanted:
                continue
            progress.step(name)
            columns: list[list[float]] = [[] for _ in sides]
            for _ in range(1 if quick else runs):
                for side, column in zip(sides, columns, strict=True):
                    column.append(_measure(side, name, quick))
            found.append(_row(name, columns[0], columns[1] if len(columns) > 1 else []))
    progress.done()
    show(found, as_json)


def _measure(side: Ours | Linux, name: str, quick: bool) -> float:
    if name == RESTART:
        return side.restart_ms(3 if quick else 20)
    work = WORKS[name]
    return side.requests(
        Work(work.write, work.size, work.depth, work.random, 200) if quick else work
    )
