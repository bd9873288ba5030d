# SPDX-License-Identifier: MIT
# Runs on a machine with tens of KiB: see tests/test_actors_small.py.
import gc
import time

import actor

me = actor.self()


def down(program, *args, kill_ms=None):
    caps = ["machine"] if program == "small:fault" else None
    ref = actor.spawn(program, *args, monitor=True, caps=caps)
    if kill_ms is not None:
        time.sleep_ms(kill_ms)
        actor.kill(ref)
    return actor.receive(lambda m: isinstance(m, actor.Down), timeout_ms=20000).reason


def others():
    return [ref for ref in actor.list() if (actor.info(ref) or {}).get("name", 1) is None]


def bomb():
    reason = down("talks:bomb", kill_ms=200)
    while others():
        for ref in others():
            actor.kill(ref)
        time.sleep_ms(1)
    return reason


def balance():
    gc.collect()
    counts = actor.counts()
    counts["memory"] -= actor.info(me)["memory"]
    return counts


def attacks(n):
    yield "flood", down("talks:flood", me)
    yield "dying", down("talks:dying")
    yield "loop", down("small:loop", kill_ms=n)
    yield "hog", down("small:hog")
    yield "stack", down("small:fault", "stack")
    yield "bomb", bomb()


for name, reason in attacks(0):
    print(name, reason)
before = balance()
for n in range(5):
    for _ in attacks(n):
        pass
print("left", sorted(actor.info(ref)["name"] for ref in actor.list()), balance() == before)
