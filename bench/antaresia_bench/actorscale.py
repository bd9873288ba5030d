# SPDX-License-Identifier: MIT
"""Rows of bench/actors: very many actors, large heaps, two cores of an emulated machine."""

import os

from antaresia_bench.actorsides import Antaresia, cpu_ns, resident_bytes, wall_time
from antaresia_bench.figures import Row

# arch, idle actors, MiB of the machine
IDLE = {
    "idle_1m": ("hosted", 1_000_000, 4096),
    "idle_100k_bare": ("x86_64", 100_000, 1024),
}
SPEEDUPS = {
    "speedup_compute_bare": ("bench_compute", 4, 300_000, ">= 1.9"),
    "speedup_pairs_bare": ("bench_pingpong", 8, 5_000, ">= 1.8"),
}
LATENCY = "gc_latency"
ROWS = (*IDLE, LATENCY, *SPEEDUPS)
BARE = "x86_64"


def _trips(side: Antaresia, n: int, runs: int) -> float:
    """CPU time of one round trip of the first driver."""

    def one() -> float:
        start = cpu_ns(side.pid)
        side.go(n, 0)
        return cpu_ns(side.pid) - start

    return min(one() for _ in range(runs)) / n


def idle(name: str, runs: int, quick: bool) -> list[Row]:
    """What so many actors take, and a round trip among them beside one without them."""
    arch, count, memory = IDLE[name]
    count, trips = (count // 100, 500) if quick else (count, 20_000)
    with Antaresia(arch, 1, memory) as side:
        side.run("bench_drive.prepare('bench_pingpong', 1)")
        side.run("bench_drive.prepare('bench_idle_bytes', 1, quota=3500 << 20)")
        alone = _trips(side, trips, runs)
        before = resident_bytes(side.pid)
        free = "import antaresia; print(antaresia.info()['ram_free_bytes'])"
        free_before = int(side.run(free))
        side.run(f"bench_drive.go({count}, 1)")
        taken = resident_bytes(side.pid) - before
        if arch != "hosted":
            taken = free_before - int(side.run(free))
        among = _trips(side, trips, runs)
    words = f"{count} idle actors"
    trip = f"CPU time; {_load()}"
    return [
        Row(f"{name}, bytes of {words}", "MiB", taken / (1 << 20), aim=f"<= {memory}"),
        Row(
            f"{name}, round trip among {words}", "us", among / 1e3, alone / 1e3, "alone", "1", trip
        ),
    ]


def _load() -> str:
    return f"load average {os.getloadavg()[0]:.1f}"


def latency(quick: bool) -> list[Row]:
    """How many round trips took how long, while a heap of 64 MiB is collected, and at rest."""
    n = 2_000 if quick else 200_000
    with Antaresia("hosted", 2, 1024) as side:
        side.run(
            f"bench_drive.prepare('bench_gc_latency', 1, {1 if quick else 64}, quota=300 << 20)"
        )
        said = side.run(f"bench_drive.go({n})").splitlines()
    counts = {line.split()[0]: _numbers(line) for line in said if "[" in line}
    rest, busy = counts["rest"], counts["collecting"]
    words = f"{busy[-1]} collections; {_load()}"
    rows = []
    for i in range(len(rest) - 1):
        if rest[i] or (i < len(busy) - 2 and busy[i]):
            below = f"{LATENCY}, below {2**i / 1e3:g} us"
            rows.append(Row(below, "round trips", busy[i], rest[i], "at rest", None, words))
    return rows


def _numbers(line: str) -> list[int]:
    return [int(word.strip("[],")) for word in line.split()[1:]]


def speedup(name: str, runs: int, quick: bool) -> Row:
    """How much faster two cores of an emulated machine are than one, in wall time."""
    program, drivers, n, aim = SPEEDUPS[name]
    n = n // 50 if quick else n
    times = []
    for cores in (1, 2):
        with Antaresia(BARE, cores) as side:
            side.prepare(program, drivers, 0)
            side.go(max(n // 20, 1))
            times.append(min(wall_time(side, n) for _ in range(runs)))
    return Row(name, "times", times[0] / times[1], aim=aim, note=f"{BARE} in QEMU; {_load()}")


def measure(name: str, runs: int, quick: bool) -> list[Row]:
    if name in IDLE:
        return idle(name, runs, quick)
    if name == LATENCY:
        return latency(quick)
    return [speedup(name, runs, quick)]
