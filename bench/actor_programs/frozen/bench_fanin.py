# SPDX-License-Identifier: MIT
"""Four actors that send as fast as they can, to one."""

import actor


async def sender(to):
    send = to.send
    while True:
        left = await actor.receive()
        while left > 0:
            try:
                while left > 0:
                    send(left)
                    left -= 1
            except actor.MailboxFull:
                await to.room()


async def main(boss):
    receive = actor.receive
    senders = [actor.spawn("bench_fanin:sender", actor.self()) for _ in range(4)]
    boss.send(None)
    while True:
        n = await receive()
        for ref in senders:
            ref.send(n // 4)
        for _ in range(n // 4 * 4):
            await receive()
        boss.send(None)
