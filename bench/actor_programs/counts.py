# SPDX-License-Identifier: MIT
# Runs at the prompt of a machine whose clock counts instructions: prints what operations take, each
# the mean of some, without the loop around them. With QEMU's `edu`: registers, interrupts.
import time

import actor

try:
    import _hw
    import pci
except ImportError:
    pci = None

PROGRAMS = """
import actor, time
now = time.ticks_cpu
N = 100
def turn():
    yield
async def sink(parent):
    await actor.receive()
    receive = actor.receive
    start = now()
    for i in range(N):
        await receive()
    parent.send(now() - start)
async def source(parent, to):
    send = to.send
    send(0)
    start = now()
    for i in range(N):
        send(i)
    parent.send(now() - start)
async def turns(parent):
    await actor.receive()
    start = now()
    for i in range(N):
        await turn()
    parent.send(now() - start)
async def spawner(parent):
    spawn = actor.spawn
    spawning = ending = 0
    for i in range(11):
        try:
            await actor.receive(None, 1) # a time slice begins
        except OSError:
            pass
        start = now()
        for j in range(10):
            spawn('gc:isenabled')
        spawned = now()
        await turn()
        if i: # not the first time
            spawning += spawned - start
            ending += now() - spawned
    parent.send((spawning, ending))
async def sleeper(parent):
    late = 0
    for i in range(20):
        start = now()
        try:
            await actor.receive(None, 2)
        except OSError:
            late += now() - start - 2000000
    parent.send(late)
async def empty(parent):
    start = now()
    for i in range(N):
        pass
    parent.send(now() - start)
async def registers(parent, region):
    start = now()
    for i in range(N):
        region.read32(0)
    reading = now() - start
    start = now()
    for i in range(N):
        region.write32(4, i)
    parent.send((reading, now() - start))
async def raiser(parent, region):
    for i in range(20):
        await actor.receive()
        start = now()
        region.write32(0x60, 1)
        parent.send(start)
async def handler(parent, line, region):
    line.open()
    for i in range(20):
        await line.wait()
        came = now()
        region.write32(0x64, 1)
        parent.send(came)
"""
with open("/counts_programs.py", "w") as file:
    file.write(PROGRAMS)

N = 100


def said():
    return actor.receive(timeout_ms=60000)


def spawn(name, *args, **options):
    return actor.spawn("counts_programs:" + name, actor.self(), *args, **options)


def show(name, count):
    print("count", name, round(count))


def message(function):
    """Its interrupt as a message; None where there are none."""
    for kind, at in function.capabilities():
        made = _hw.message() if kind == 5 else None
        if made:
            line, address, data = made
            function.write(at + 4, 4, address & 0xFFFFFFFF)
            function.write(at + 8, 4, address >> 32)
            function.write(at + 12, 2, data)
            function.write(at + 2, 2, 1)
            return line
    return None


def edu():
    """QEMU's device for teaching: its registers and its interrupt."""
    for function in pci.Bus().functions():
        if (function.vendor, function.device) == (0x1234, 0x11E8):
            function.enable()
            return function.region(0), message(function) or function.line()[0]
    return None


spawn("empty")
loop = said() / N
sink = spawn("sink")
time.sleep_ms(20)
spawn("source", sink)
first, second = said(), said()
show("send", first / N - loop)
show("receive", second / N - loop)
pair = [spawn("turns") for _ in range(2)]
time.sleep_ms(20)
for ref in pair:
    ref.send(None)
show("actor_switch", (said() + said()) / 2 / (2 * N) - loop)
spawn("spawner")
spawned, ended = said()
show("spawn", spawned / N - loop)
show("start_and_exit", ended / N)
spawn("sleeper")
show("timer_wake", said() / 20)
if pci:
    region, line = edu()
    spawn("registers", region)
    reading, writing = said()
    show("register_read", reading / N - loop)
    show("register_write", writing / N - loop)
    raiser = spawn("raiser", region)
    spawn("handler", line, region, priority="high")
    total = 0
    for _ in range(20):
        time.sleep_ms(1)  # the handler waits
        raiser.send(None)
        came = said()
        total += came - said()
    show("interrupt", total / 20 - (writing / N - loop))
