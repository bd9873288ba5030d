# SPDX-License-Identifier: MIT
# Runs on a machine with tens of KiB: see tests/test_actors_small.py.
with open("talks.py", "w") as file:
    file.write("""
import actor
def linked(parent):
    actor.link(parent)
    parent.send('linked')
    actor.receive()
def ask(parent):
    parent.send(('got', parent.ask(20) + 1))
def flood(parent):
    try:
        while True:
            actor.self().send(bytes(300))
    except actor.MailboxFull:
        pass
def bomb():
    try:
        while True:
            actor.spawn('talks:bomb')
    except (MemoryError, OSError, RuntimeError):
        actor.receive()
def dying():
    try:
        raise SystemExit('over')
    finally:
        actor.self().send((actor.self(), actor.Buffer(100)))
def tasks(parent):
    import asyncio
    async def one(n):
        await asyncio.sleep_ms(n)
        return n
    async def main():
        parent.send(await asyncio.gather(one(3), one(1), one(2)))
    asyncio.run(main())
""")
