# SPDX-License-Identifier: MIT
# Runs on the machine: a class as an actor and in place; errors, order, its end.
import actor
import service

PROGRAM = """
import actor
import asyncio

class TooMuch(Exception):
    pass

class Counter:
    version = 3
    def __init__(self, start):
        if start < 0:
            raise ValueError('negative')
        self.n = start
        self.order = []
        self.event = asyncio.Event()
    async def add(self, n, *, times=1):
        self.n += n * times
        return self.n
    def plain(self):
        return self.n
    async def fail(self, n):
        if n:
            raise TooMuch(n)
        return {}['missing']
    async def note(self, i):
        self.order.append(i)
        await asyncio.sleep_ms(0)
        return i
    async def noted(self):
        return self.order
    async def wait(self):
        await self.event.wait()
        return 'waited'
    async def wake(self):
        self.event.set()
    async def forever(self):
        await asyncio.Event().wait()
    async def unsendable(self):
        return lambda: 0
    def _hidden(self):
        return 'hidden'

class Serial:
    serial = True
    def __init__(self, parent=None):
        self.parent = parent
        self.inside = 0
        self.most = 0
    async def __aenter__(self):
        self.ready = True
    async def __aexit__(self, *_):
        if self.parent:
            self.parent.send('closed')
    async def work(self):
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            await actor.receive(lambda m: False, 1)
        except OSError:
            pass
        self.inside -= 1
        return self.most

async def client(parent, ref, n):
    import service
    counter = service.connect(ref)
    for i in range(n):
        await counter.add(1)
    parent.send('added')

async def tasks(parent, ref, n):
    import service
    counter = service.connect(ref)
    async def one(i):
        return await counter.note(i)
    got = await asyncio.gather(*[one(i) for i in range(n)])
    parent.send(got == list(range(n)))
    try:
        await asyncio.wait_for_ms(counter.forever(), 5)
    except asyncio.TimeoutError:
        parent.send('timed out')
    try:
        await service.within(counter, 5).forever()
    except OSError:
        parent.send('timed out too')
    waiting = asyncio.create_task(one_call(counter.wait()))
    await asyncio.sleep_ms(1)
    await counter.wake()
    parent.send(await waiting)

async def one_call(call):
    return await call
"""
with open("/counters.py", "w") as file:
    file.write(PROGRAM)
WAIT = 60000
me = actor.self()

import counters  # noqa: E402

counter = service.start(counters.Counter, 10)
print(counter.add(3), counter.add(1, times=4), counter.plain())
print(service.about(counter))
for call in (
    lambda: counter.fail(5),
    lambda: counter.fail(0),
    lambda: counter.missing(),
    lambda: counter.unsendable(),
    lambda: counter.add("x"),
    lambda: counter.add(1, 2, 3),
    lambda: service.connect(service.ref_of(counter))._ref.ask(("_hidden", ()), WAIT),
    lambda: service.ref_of(counter).ask("nonsense", WAIT),
):
    try:
        print("no error", call())
    except Exception as error:
        print(type(error).__name__, error.args[0], "counters.py" in error.args[1])
print(counter.plain())
try:
    service.within(counter, 5).forever()
except OSError:
    print("timed out")

# the same class in place
import asyncio  # noqa: E402

here = service.local(counters.Counter, 10)
print(asyncio.run(here.add(3)), here.plain())

# what the constructor raises
try:
    service.start(counters.Counter, -1)
except ValueError as error:
    print(error.args[0])
try:
    service.start("counters:Nothing")
except (actor.ActorDead, AttributeError) as error:
    print(type(error).__name__)


class Local:
    pass


try:
    service.start(Local)
except ValueError as error:
    print(error)

# many clients
before = counter.plain()
for _ in range(10):
    actor.spawn("counters:client", me, service.ref_of(counter), 20)
for _ in range(10):
    assert actor.receive(timeout_ms=WAIT) == "added"
print(counter.plain() - before)

# many calls at once keep their order; time-outs, and calls that wait for another one
actor.spawn("counters:tasks", me, service.ref_of(counter), 50)
for _ in range(4):
    print(actor.receive(timeout_ms=WAIT))
print(counter.noted() == list(range(50)))


# a program that is a coroutine, here one of asyncio's
async def main():
    inner = await service.start(counters.Counter, 1)
    print(await inner.add(1))
    await service.stop(inner)
    try:
        await inner.add(1)
    except actor.ActorDead:
        print("stopped")


asyncio.run(main())

# one call at a time; start and stop
serial = service.start(counters.Serial, me)


async def all_at_once():
    return max(await asyncio.gather(*[one(serial) for _ in range(5)]))


async def one(proxy):
    return await proxy.work()


print("at once", asyncio.run(all_at_once()))
service.stop(serial)
print(actor.receive(timeout_ms=WAIT))
serial = service.start(counters.Serial, me, monitor=True)
actor.exit(service.actor_of(serial), "shutdown")
print(actor.receive(timeout_ms=WAIT), actor.receive(timeout_ms=WAIT).reason)
actor.kill(service.actor_of(counter))
try:
    counter.add(1)
except actor.ActorDead:
    print("dead")
