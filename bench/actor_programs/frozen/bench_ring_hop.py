# SPDX-License-Identifier: MIT
"""A thousand actors in a ring, and one message that goes round."""

import actor


async def hop(onward):
    receive = actor.receive
    send = onward.send
    while True:
        send(await receive() - 1)


async def main(boss):
    receive = actor.receive
    ref = actor.self()
    for _ in range(999):
        ref = actor.spawn("bench_ring_hop:hop", ref)
    send = ref.send
    boss.send(None)
    while True:
        left = await receive()
        while left > 0:
            send(left)
            left = await receive() - 1
        boss.send(None)
