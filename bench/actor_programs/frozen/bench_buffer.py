# SPDX-License-Identifier: MIT
"""A round trip of a buffer."""

import actor


async def echo(peer):
    receive = actor.receive
    send = peer.send
    while True:
        send(await receive())


async def main(boss, size):
    receive = actor.receive
    peer = actor.spawn("bench_buffer:echo", actor.self())
    send = peer.send
    boss.send(None)
    while True:
        n = await receive()
        buffer = actor.Buffer(size)
        for _ in range(n):
            send(buffer)
            buffer = await receive()
        boss.send(None)
