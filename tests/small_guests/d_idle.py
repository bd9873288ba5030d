# SPDX-License-Identifier: MIT
# Runs on a machine with tens of KiB: see tests/test_actors_small.py.
import gc
import time

import actor
import antaresia


def free():
    gc.collect()
    return antaresia.info()["ram_free_bytes"]


def start():
    ref = actor.spawn("idler:main")
    while ref.alive() and actor.info(ref)["state"] != "resting":
        time.sleep_ms(1)
    return ref


idle = [start() for _ in range(2)]
before = free()
while len(idle) < 16:
    idle.append(start())
each = (before - free()) // 14
print("idle", sum(ref.alive() for ref in idle))
print("bytes each", each)
for ref in idle:
    actor.kill(ref)
while any(ref.alive() for ref in idle):
    time.sleep_ms(1)
