# SPDX-License-Identifier: MIT
# Runs on a machine with PCIe ports that devices are plugged into, for tests/test_hotplug.py.
import gc
import time

import actor
import dma
import hardware
import hotplug
import service

WAIT = 20000
ports = hotplug.ports(hardware.bus())
print("ports", len(ports), [port.is_on for port in ports])


def wait_for(what, n=1):
    """The ports at which this happens."""
    end = time.ticks_add(time.ticks_ms(), WAIT)
    seen = []
    while len(seen) < n:
        for port in ports:
            event = port.poll()
            if event:
                assert event == what, event
                seen.append(port)
        assert time.ticks_diff(end, time.ticks_ms()) > 0, "nothing happened"
        time.sleep_ms(hotplug.PERIOD_MS)
    return seen


def names():
    return sorted(one.name for one in hardware.find() if one.name and one.name.startswith("virtio"))


def find(name):
    return [one for one in hardware.find() if one.name == name][0]


def failure(function, *arguments):
    try:
        return function(*arguments)
    except BaseException as error:
        return type(error).__name__


def ended(ref):
    down = actor.receive(
        lambda one: isinstance(one, actor.Down) and one.ref == ref, timeout_ms=WAIT
    )
    return down.reason


gc.collect()
before = dma.stats()
print(names())
# ---
wait_for(hotplug.CAME)
print(names())
found = find("virtio_rng")
rng = hardware.start(found)
print("works", len(service.within(rng, WAIT).read(100)))
# ---
leaving = wait_for(hotplug.LEAVES)
print(names())
service.stop(rng, WAIT)
print("call", failure(rng.read, 10))
found.close()
leaving[0].release()
print(ended(service.actor_of(rng)), names())
# ---
# A driver that does not end by itself, in the middle of calls
wait_for(hotplug.CAME)
found = find("virtio_rng")
rng = hardware.start(found)
CALLER = """
import actor, service
# under way, in its mailbox, or too late
REASONS = ("killed", "noproc", "there is no such actor")
async def main(parent, ref):
    rng = service.connect(ref)
    n = 0
    try:
        while True:
            await rng.read(100)
            n += 1
            if n == 3:
                parent.send("calls")
    except actor.ActorDead as error:
        parent.send(("caller", n > 2, error.args[0] in REASONS))
"""
with open("/caller.py", "w") as file:
    file.write(CALLER)
actor.spawn("caller:main", actor.self(), service.ref_of(rng))
print(actor.receive(timeout_ms=WAIT))
# ---
leaving = wait_for(hotplug.LEAVES)
actor.kill(service.actor_of(rng))
print(ended(service.actor_of(rng)), actor.receive(timeout_ms=WAIT))
found.close()
leaving[0].release()
print("closed", failure(found.parts), names())
found = rng = leaving = None
gc.collect()
print("left", dma.stats()[0] - before[0], dma.stats()[2])
# ---
# The system's own way
hardware.boot()
print(hardware.settled())
# ---
rng = hardware.open("virtio_rng")


def reads(n):
    """True as soon as there is such a driver, within the time."""
    end = time.ticks_add(time.ticks_ms(), WAIT)
    while time.ticks_diff(end, time.ticks_ms()) > 0:
        try:
            return len(rng.read(n)) == n
        except OSError:
            time.sleep_ms(hotplug.PERIOD_MS)
    return False


print("plugged", reads(10))
# ---
print("pulled", failure(rng.read, 10))
