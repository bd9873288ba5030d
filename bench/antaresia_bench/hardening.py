# SPDX-License-Identifier: MIT
"""What the checks cost: this build beside the same one with upstream's VM as it is.

Instructions are counted by the emulated machine's clock, 1 ns each, so they are exact.
"""

from pathlib import Path

from antaresia_bench import perfbench
from antaresia_bench.figures import Row, geomean
from antaresia_bench.guest import COUNTED, Session, our_machine
from antaresia_bench.runners import ReplRunner
from antaresia_tools import deps
from antaresia_tools.boards import find_machine
from antaresia_tools.building import build_unhardened
from antaresia_tools.progress import Progress

PEER = "without the checks"
PARAMETERS = (100, 100)
AIM_MEAN, AIM_EACH = "<= 1.03", "<= 1.15"


def sides() -> list[tuple[str, Path]]:
    """Both images, ours first; built where they are out of date."""
    board, _ = find_machine("x86_64")
    _, image = our_machine("x86_64")
    return [("Antaresia", image), (PEER, build_unhardened(board))]


def counts(wanted: list[str]) -> list[dict[str, perfbench.Reading]]:
    """Each side's readings by program."""
    upstream = deps.micropython_dir()
    machine, _ = our_machine("x86_64")
    found = []
    for name, image in sides():
        progress = Progress(f"Counting instructions: {name}")
        readings = {}
        with Session(name, machine, image, COUNTED) as session:
            runner = ReplRunner(session, name)
            for program in wanted:
                progress.step(program)
                text = perfbench.program(upstream, program, *PARAMETERS)
                readings[program] = runner.run(program, text)
        progress.done()
        found.append(readings)
    return found


def cost_rows(wanted: list[str]) -> list[Row]:
    ours, peers = counts(wanted)
    rows = []
    for program in wanted:
        mine, peer = ours[program], peers[program]
        note = mine.reason or peer.reason
        if note is None and mine.result != peer.result:
            note = "other result than without the checks"
        us, peer_us = mine.microseconds or 0, peer.microseconds or 0
        figures = (None, None) if note else (us * 1000, peer_us * 1000)
        rows.append(
            Row(f"cost/{program}", "instructions", figures[0], figures[1], PEER, AIM_EACH, note)
        )
    whole = Row(
        f"cost/geomean of {sum(row.ratio is not None for row in rows)}",
        "instructions",
        geomean(row.ours for row in rows),
        geomean(row.peer for row in rows),
        PEER,
        AIM_MEAN,
    )
    worst = max(rows, key=lambda row: row.ratio or 0)
    most = Row("cost/worst", "instructions", worst.ours, worst.peer, PEER, AIM_EACH, worst.name)
    return [*rows, whole, most]
