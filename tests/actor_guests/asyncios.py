# SPDX-License-Identifier: MIT
# Runs on the machine: asyncio in an actor, together with receive and ask.
import actor

PROGRAM = """
import actor
import asyncio

async def echo():
    while True:
        call = await actor.receive()
        if isinstance(call, actor.Call):
            call.reply(call.msg)

async def slow():
    while True:
        call = await actor.receive()
        await asyncio.sleep_ms(call.msg)
        call.reply(call.msg)

async def fails():
    while True:
        (await actor.receive()).fail(KeyError('k'))

async def ask_all(ref, n):
    async def one(i):
        return await ref.ask(i)
    return await asyncio.gather(*[one(i) for i in range(n)])

async def main(parent):
    ref = actor.spawn('loops:echo', modules=['loops'])
    # many tasks ask at once
    parent.send(await ask_all(ref, 100) == list(range(100)))
    # a task that receives, beside others that sleep and ask
    got = []
    async def receiver():
        while len(got) < 3:
            got.append(await actor.receive(lambda m: isinstance(m, str)))
    ticks = []
    async def ticker():
        while True:
            ticks.append(0)
            await asyncio.sleep_ms(1)
    tick = asyncio.create_task(ticker())
    task = asyncio.create_task(receiver())
    parent.send('ready')
    await task
    parent.send(got)
    tick.cancel()
    # two tasks that receive different things
    async def wanting(kind):
        return await actor.receive(lambda m: isinstance(m, kind))
    both = asyncio.gather(wanting(int), wanting(list))
    parent.send('ready')
    parent.send(await both)
    # time-outs: of the mail, of asyncio; the mail that comes later is not lost
    for wait in (actor.receive(None, 5), asyncio.wait_for_ms(actor.receive(), 5)):
        try:
            await wait
        except OSError:
            parent.send('timeout')
        except asyncio.TimeoutError:
            parent.send('timeout')
    # cancelling a receive and an ask
    for make in (lambda: actor.receive(), lambda: silent.ask(1000000)):
        silent = actor.spawn('loops:slow', modules=['loops'])
        async def waits():
            try:
                await make()
            except asyncio.CancelledError:
                parent.send('cancelled')
                raise
        task = asyncio.create_task(waits())
        await asyncio.sleep_ms(2)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            pass
    actor.kill(silent)
    parent.send('ready')
    parent.send(await actor.receive(lambda m: isinstance(m, bytes)))
    # errors reach the task that asked, not the loop
    bad = actor.spawn('loops:fails', modules=['loops'])
    async def expect():
        try:
            await bad.ask(1)
        except KeyError as error:
            return error.args[0]
    parent.send(await asyncio.gather(expect(), expect()))
    late = actor.spawn('loops:slow', modules=['loops'])
    async def dying():
        try:
            await late.ask(100000)
        except actor.ActorDead:
            return 'dead'
    async def killer():
        await asyncio.sleep_ms(3)
        actor.kill(late)
    parent.send(await asyncio.gather(dying(), killer()))
    # Event, Lock
    event, lock, order = asyncio.Event(), asyncio.Lock(), []
    async def first():
        async with lock:
            await ref.ask(1)
            order.append(1)
            event.set()
    async def second():
        await event.wait()
        async with lock:
            order.append(2)
    await asyncio.gather(second(), first())
    parent.send(order)
    parent.send(actor.info()['mailbox'])
"""
with open("/loops.py", "w") as file:
    file.write(PROGRAM)
WAIT = 60000
ref = actor.spawn("loops:main", actor.self().narrow(), monitor=True)


def hear():
    message = actor.receive(timeout_ms=WAIT)
    if isinstance(message, actor.Down):
        print(message.reason, message.text)
        raise SystemExit
    return message


print(hear(), hear())
for word in ("a", "b", "c"):
    ref.send(word)
print(hear(), hear())
ref.send([1])
ref.send(2)
print(hear())
print(hear(), hear())
print(hear(), hear(), hear())
ref.send(b"not lost")
print(hear(), hear(), hear(), hear(), hear())
notice = actor.receive(timeout_ms=WAIT)
print(notice.reason, notice.text)
for left in actor.list():
    if actor.info(left)["name"] is None:
        actor.kill(left)
