# SPDX-License-Identifier: MIT
"""How long each of many round trips takes, while another actor collects its garbage or rests."""

import gc
import time

import actor

BUCKETS = 32


def collector(boss, heap_mib):
    """Its heap is full of small objects that live. Collects until the next message, then waits."""
    gc.disable()
    kept = []
    while gc.mem_alloc() < heap_mib << 20:
        kept.append([[i] for i in range(1000)])
    boss.send(None)
    while True:
        actor.receive()
        collections = 0
        while not has_mail():
            gc.collect()
            collections += 1
        boss.send(collections)


def has_mail():
    try:
        actor.receive(timeout_ms=0)
        return True
    except OSError:
        return False


async def echo(peer):
    receive = actor.receive
    send = peer.send
    while True:
        send(await receive())


async def trips(peer, n):
    """How many of n round trips took less than 2**i ns, by i; and the longest."""
    counts, longest = [0] * BUCKETS, 0
    now, receive, send = time.ticks_cpu, actor.receive, peer.send
    for _ in range(n):
        start = now()
        send(None)
        await receive()
        took, i = now() - start, 0
        longest = max(longest, took)
        while took and i < BUCKETS - 1:
            took >>= 1
            i += 1
        counts[i] += 1
    return counts, longest


async def main(boss, heap_mib):
    busy = actor.spawn(
        "bench_gc_latency:collector", actor.self(), heap_mib, quota=200 << 20, link=True
    )
    peer = actor.spawn("bench_gc_latency:echo", actor.self())
    await actor.receive()
    boss.send(None)
    while True:
        n = await actor.receive()
        print("rest", *await trips(peer, n))
        busy.send(None)
        found = await trips(peer, n)
        busy.send(None)
        print("collecting", *found, await actor.receive())
        boss.send(None)
