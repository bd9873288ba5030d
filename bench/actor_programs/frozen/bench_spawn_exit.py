# SPDX-License-Identifier: MIT
"""Actors one after the other: each answers and ends."""

import actor


async def main(boss):
    me = actor.self()
    spawn = actor.spawn
    receive = actor.receive
    boss.send(None)
    while True:
        for _ in range(await receive()):
            spawn("bench_child:main", me)
            await receive()
        boss.send(None)
