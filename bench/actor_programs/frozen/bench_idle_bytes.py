# SPDX-License-Identifier: MIT
"""More and more actors that wait."""

import actor


async def main(boss):
    boss.send(None)
    while True:
        for i in range(await actor.receive()):
            actor.spawn("bench_idle:main")
            if i % 100 == 99:
                await let_them_run()
        await let_them_run()
        boss.send(None)


async def let_them_run():
    try:
        await actor.receive(None, 1)
    except OSError:
        return
