# SPDX-License-Identifier: MIT
# Runs on a machine with a virtio disk, for tests/test_driver_restart.py: the disk's driver is
# killed at random under writers that verify.
import gc
import random
import time

import actor
import antaresia
import cap
import dma
import hardware

KILLS = 40
WAIT = 60000
WRITERS, SECTORS = 4, 16
WRITER = """
import actor
import devices
import random
import service

def main(parent, manager, first, count):
    disk = devices.Client(service.connect(manager), "virtio_blk")
    sure = {}       # what is on the disk, by sector
    perhaps = {}    # what else may be there, of writes of which nothing is known
    lost = done = unknown = 0

    def check(sector):
        buffer = disk.read(sector, 512)
        data = bytes(buffer)
        buffer.close()
        good = sure[sector], perhaps.get(sector)
        if data not in good:
            parent.send(("WRONG", sector, data[:16], good[0][:16]))
        sure[sector] = data
        perhaps.pop(sector, None)

    for sector in range(first, first + count):
        sure[sector] = bytes(disk.read(sector, 512))
    number = 0
    while True:
        number += 1
        sector = first + random.getrandbits(16) % count
        if sector in perhaps or random.getrandbits(2) == 0:
            check(sector)
        data = b"%08d %08d " % (sector, number) + bytes([number & 255]) * 494
        try:
            disk.write(sector, data)
            sure[sector] = data
            done += 1
        except actor.ActorDead:
            perhaps[sector] = data
            unknown += 1
        try:
            call = actor.receive(None, 0)
        except OSError:
            continue
        for sector in range(first, first + count):
            check(sector)
        call.reply((done, unknown))
        return
"""
with open("/writer.py", "w") as file:
    file.write(WRITER)
hardware.boot({"driver": {"virtio_blk": {"max_restarts": "any"}}})
manager = hardware.manager()
disk = hardware.open("virtio_blk")
disk.info()


def driver():
    return manager.where("virtio_blk")[0]


def measure():
    """Free memory, what devices have, and capabilities, when nothing is under way."""
    actor.kill(driver())  # with what its heap has not collected
    disk.info()
    gc.collect()
    return antaresia.info()["ram_free_bytes"], dma.stats(), len(cap.list())


def run(kills):
    me, ref = actor.self(), hardware.service.ref_of(manager)
    writers = [
        actor.spawn("writer:main", me, ref, i * SECTORS, SECTORS, monitor=True)
        for i in range(WRITERS)
    ]
    worst = total = 0
    for _ in range(kills):
        time.sleep_us(random.getrandbits(13))
        victim = driver()
        begin = time.ticks_us()
        actor.kill(victim)
        try:
            disk.read(0, 512).close()
        except OSError:
            print("stuck", manager.devices(), manager.reports())
            actor.top()
            raise
        took = time.ticks_diff(time.ticks_us(), begin)
        total += took
        worst = max(worst, took)
    counts = [one.ask("end", timeout_ms=WAIT) for one in writers]
    ends = [actor.receive(timeout_ms=WAIT) for _ in writers]
    return ends, sum(c[0] for c in counts), sum(c[1] for c in counts), total // kills, worst


names = sorted(actor.info(ref)["name"] or "-" for ref in actor.list())
run(2)
before = measure()
ends, done, unknown, mean, worst = run(KILLS)
after = measure()
print("ends", [end.reason if isinstance(end, actor.Down) else end for end in ends])
print("restarts", sum(row[5] for row in manager.devices()) >= KILLS)
print("wrote", done > KILLS)
print("actors", sorted(actor.info(ref)["name"] or "-" for ref in actor.list()) == names)
print("devices have", [after[1][i] - before[1][i] for i in range(3)], after[1][2])
print("capabilities", after[2] - before[2] < 8)  # some of the last one may still end
print("memory", before[0] - after[0] < 256 * 1024)
print("figures", done, unknown, mean, worst, before[0] - after[0])
