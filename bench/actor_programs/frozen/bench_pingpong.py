# SPDX-License-Identifier: MIT
"""Two actors and one message, to and fro."""

import actor


async def echo(peer):
    receive = actor.receive
    send = peer.send
    while True:
        send(await receive())


async def main(boss):
    receive = actor.receive
    peer = actor.spawn("bench_pingpong:echo", actor.self())
    send = peer.send
    boss.send(None)
    while True:
        for i in range(await receive()):
            send(i)
            await receive()
        boss.send(None)
