# SPDX-License-Identifier: MIT
"""The heap that a program needs: the smallest quota of an actor that it runs in, in both builds."""

from antaresia_bench import perfbench
from antaresia_bench.figures import Row, geomean
from antaresia_bench.guest import Session, our_machine
from antaresia_bench.hardening import PEER, sides
from antaresia_bench.repl import Repl
from antaresia_tools import deps
from antaresia_tools.errors import ToolError
from antaresia_tools.progress import Progress

# Small work: the times do not count, and each program runs about ten times.
PARAMETERS = (100, 100)
AIM = "<= 1.15"
# Those that print no more than a line, and import nothing but the image's modules.
PROGRAMS = (
    *("bm_chaos", "bm_fannkuch", "bm_fft", "bm_float", "bm_nqueens", "bm_pidigits"),
    *("bm_wordcount", "core_locals", "core_qstr", "core_yield_from", "misc_aes", "misc_mandel"),
    *("misc_pystone", "misc_raytrace"),
)
GUEST = b"""
import actor
def works(name, quota):
    actor.spawn(name, quota=quota, monitor=True)
    while True:
        end = actor.receive(timeout_ms=200000)
        if isinstance(end, actor.Down):
            return end.reason == 'normal'
def least(name):
    low, high = 8 << 10, 16 << 10
    while not works(name, high):
        low, high = high, high * 2
        if high > 1 << 26:
            raise MemoryError
    while high - low > max(1024, low // 64):
        middle = (low + high) // 2
        if works(name, middle):
            high = middle
        else:
            low = middle
    return high
"""


def _quota(repl: Repl, name: str) -> int:
    """In bytes, to 1.6 %."""
    text = perfbench.program(deps.micropython_dir(), name, *PARAMETERS)
    text = text.replace(b"sys.path.remove('')", b"pass")  # an actor has another path
    file = b"need_" + name.encode()
    store = b"with open('/%s.py', 'wb') as f: f.write(%r)\n" % (file, text)
    output, errors = repl.run(store + b"print(least('%s'))" % file)
    if errors:
        raise ToolError(f"{name}: {errors.strip().splitlines()[-1]}")
    return int(output.split()[-1])


def heap_rows(wanted: tuple[str, ...]) -> list[Row]:
    machine, _ = our_machine("x86_64")
    found: list[dict[str, int]] = []
    for name, image in sides():
        progress = Progress(f"Looking for the heap that is needed: {name}")
        quotas = {}
        with Session(name, machine, image) as session:
            repl = Repl(session)
            repl.soft_reset()
            repl.run(GUEST)
            for program in wanted:
                progress.step(program)
                quotas[program] = _quota(repl, program)
        progress.done()
        found.append(quotas)
    ours, peers = found
    rows = [Row(f"heap/{p}", "bytes", ours[p], peers[p], PEER, AIM) for p in wanted]
    mine, peer = geomean(row.ours for row in rows), geomean(row.peer for row in rows)
    return [*rows, Row(f"heap/geomean of {len(rows)}", "bytes", mine, peer, PEER, AIM)]
