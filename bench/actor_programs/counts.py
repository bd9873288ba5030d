# SPDX-License-Identifier: MIT
# Runs at the prompt of a machine whose clock counts instructions: prints what operations take, each
# the mean of some without the loop around them, the least of six. With QEMU's device `edu`
# registers and interrupts, too.
import time

import actor

try:
    import _hw
    import pci
except ImportError:
    pci = None

PROGRAMS = """
import actor, gc, time
now = time.ticks_cpu
N = 100
def room(): # so that no collection comes between
    big = bytearray(30000)
    big = None
    gc.collect()
def turn():
    yield
async def sink(parent):
    await actor.receive()
    receive = actor.receive
    room()
    start = now()
    for i in range(N):
        await receive()
    parent.send(now() - start)
async def source(parent, to):
    send = to.send
    room()
    send(0)
    start = now()
    for i in range(N):
        send(i)
    parent.send(now() - start)
def turns(parent):
    yield from actor.receive()
    start = now()
    for i in range(N):
        yield
    parent.send(now() - start)
async def spawner(parent):
    spawn = actor.spawn
    spawning = ending = 0
    for i in range(11):
        room()
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
    room()
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
async def registers(parent, device):
    register = device.liveness
    start = now()
    for i in range(N):
        register()
    reading = now() - start
    start = now()
    for i in range(N):
        register(1)
    parent.send((reading, now() - start))
async def regions(parent, region):
    start = now()
    for i in range(N):
        region.read32(4)
    reading = now() - start
    start = now()
    for i in range(N):
        region.write32(4, 1)
    parent.send((reading, now() - start))
async def raiser(parent, region):
    room()
    for i in range(21):
        await actor.receive()
        start = now()
        region.write32(0x60, 1)
        parent.send(start)
async def handler(parent, line, region):
    line.open()
    room()
    for i in range(21):
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


def found(name, count):
    least[name] = min(least.get(name, count), count)


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
    """QEMU's device for teaching: a described register, its registers, and its interrupt."""
    for function in pci.Bus().functions():
        if (function.vendor, function.device) == (0x1234, 0x11E8):
            function.enable()
            registers = (("liveness", 0, 4, 4, 0xFFFFFFFF, 0xFFFFFFFF, 0, 0, ()),)
            reset = ((False, 0, 0x60, 4, 0, 0),)
            device = _hw.device((function.region(0),), registers, reset)
            return device, function.region(0), message(function) or function.line()[0]
    return None


def measure_actors(loop):
    sink = spawn("sink")
    time.sleep_ms(20)
    spawn("source", sink)
    first, second = said(), said()
    found("send", first / N - loop)
    found("receive", second / N - loop)
    pair = [spawn("turns") for _ in range(2)]
    time.sleep_ms(20)
    for ref in pair:
        ref.send(None)
    found("actor_switch", (said() + said()) / 2 / (2 * N) - loop)
    spawn("spawner")
    spawned, ended = said()
    found("spawn", spawned / N - loop)
    found("start_and_exit", ended / N)
    spawn("sleeper")
    found("timer_wake", said() / 20)


def measure_hardware(loop, device, region, line):
    spawn("registers", device)
    reading, writing = said()
    found("register_read", reading / N - loop)
    found("register_write", writing / N - loop)
    spawn("regions", region)
    reading, writing = said()
    found("region_read", reading / N - loop)
    found("region_write", writing / N - loop)
    raiser = spawn("raiser", region)
    spawn("handler", line, region, priority="high")
    took = []
    for _ in range(21):
        time.sleep_ms(1)  # the handler waits
        raiser.send(None)
        first, second = said(), said()
        took.append(abs(second - first))  # which of the two comes first is open
    found("interrupt", sorted(took)[10] - (writing / N - loop))


least = {}
parts = edu() if pci else None
for _ in range(6):
    spawn("empty")
    empty = said() / N
    measure_actors(empty)
    if parts:
        measure_hardware(empty, *parts)
for name in least:
    print("count", name, round(least[name]))
