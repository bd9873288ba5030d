# SPDX-License-Identifier: MIT
# At the prompt of a machine with a virtio disk: the driver as an actor, its callers as actors.
import time

import actor
import hardware
import service

CALLER = """
import actor, service, time
async def main(parent, ref, write, size, blocks, seed, ms):
    disk = service.connect(ref)
    call = disk.write if write else disk.read
    per, at = size // 512, seed % blocks
    buffer = await disk.read(at * per, size)
    now, end, n = time.ticks_ms, time.ticks_ms() + ms, 0
    parent.send(None)
    await actor.receive()
    while now() < end:
        if seed:
            seed = (seed * 1103515245 + 12345) & 0x7fffffff
            at = (seed >> 8) % blocks
        else:
            at = (at + 1) % blocks
        buffer = await call(at * per, buffer)
        n += 1
    parent.send(n)
"""
with open("/io_caller.py", "w") as file:
    file.write(CALLER)

found = [one for one in hardware.find() if one.name == "virtio_blk"][0]
disk = hardware.start(found)
sectors = disk.info()["sectors"]


def measure(write, size, depth, random, ms):
    """Prints requests a second."""
    blocks = sectors * 512 // size
    ref, me = service.ref_of(disk), actor.self()
    callers = [
        actor.spawn(
            "io_caller:main", me, ref, write, size, blocks, i * 7919 + 1 if random else 0, ms
        )
        for i in range(depth)
    ]
    for _ in callers:
        actor.receive()
    start = time.ticks_us()
    for caller in callers:
        caller.send(None)
    n = sum(actor.receive() for _ in callers)
    print("result", n * 1000000 / (time.ticks_us() - start))


def restart(times):
    """Prints ms from the kill to the first answer of the next driver."""
    global disk
    total = 0
    for _ in range(times):
        ref = service.actor_of(disk)
        start = time.ticks_us()
        actor.kill(ref)
        down = actor.receive()
        assert down.ref == ref
        disk = hardware.start(found)
        disk.read(0, 512)
        total += time.ticks_us() - start
    print("result", total / 1000 / times)
