# SPDX-License-Identifier: MIT
"""A computation on all cores: primes are counted by workers, each an actor, that ask for work.

tools/run --cores 2 --put apps/parallel.py --exec 'import parallel; parallel.main()'
"""

import time

import actor
import antaresia

LIMIT = 40000
CHUNK = 1000


def count_primes(start, end):
    count = 0
    for n in range(max(start, 2), end):
        divisor = 2
        while divisor * divisor <= n:
            if n % divisor == 0:
                break
            divisor += 1
        else:
            count += 1
    return count


def worker(boss):
    result = None
    while True:
        work = boss.ask(result)
        if work is None:
            return
        result = count_primes(*work)


def count(limit, n_workers):
    """The primes below limit, by so many workers; their number, and the time in ms."""
    me = actor.self().narrow()
    begin = time.ticks_ms()
    for _ in range(n_workers):
        actor.spawn("parallel:worker", me)
    chunks = [(start, min(start + CHUNK, limit)) for start in range(0, limit, CHUNK)]
    total = 0
    while n_workers:
        call = actor.receive(lambda m: isinstance(m, actor.Call))
        total += call.msg or 0
        if chunks:
            call.reply(chunks.pop())
        else:
            call.reply(None)
            n_workers -= 1
    return total, time.ticks_diff(time.ticks_ms(), begin)


def main(limit=LIMIT):
    cores = antaresia.info()["cores"]
    one, one_ms = count(limit, 1)
    print("1 worker:", one, "primes below", limit, "in", one_ms, "ms")
    if cores > 1:
        all_cores, all_ms = count(limit, cores)
        print(cores, "workers:", all_cores, "primes in", all_ms, "ms")
        print("the same result:", one == all_cores)
        print(f"times as fast: {one_ms / max(all_ms, 1):.1f}")
