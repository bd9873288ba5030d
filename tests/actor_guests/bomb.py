# SPDX-License-Identifier: MIT
# Runs on the machine: actors that spawn without end stay in their memory account.
import gc
import time

import actor

PROGRAM = """
import actor
import time
def bomb(parent, depth):
    n = 0
    try:
        while True:
            actor.spawn('bomb_child:bomb', parent, depth + 1)
            n += 1
    except MemoryError:
        pass
    actor.receive()
def flood():
    sink = actor.spawn('bomb_child:asleep')
    try:
        while True:
            sink.send(bytes(1000))
    except actor.MailboxFull:
        pass
    kept = []
    while True:
        kept.append(bytes(1000))
def asleep(): # who looks at its mail may die of it, and mail to the dead is never too much
    time.sleep(1000)
def moves(parent):
    sink = actor.spawn('bomb_child:asleep')
    try:
        while True:
            sink.send(actor.Buffer(65536))
    except (MemoryError, actor.MailboxFull):
        actor.kill(sink) # its mail was all that there is, and a message takes some
        time.sleep_ms(50)
        parent.send('full')
    actor.receive()
"""
with open("/bomb_child.py", "w") as file:
    file.write(PROGRAM)
import antaresia  # noqa: E402

QUOTA = 1024 * 1024
gc.collect()
free = antaresia.info()["ram_free_bytes"]
me = actor.self().narrow()


def about(ref, what):
    """Of an actor that may have ended since it was listed: then nothing that stands out."""
    info = actor.info(ref)
    return info[what] if info else {"name": "gone", "memory": 0}[what]


def settle(check):
    for _ in range(9000):
        if check():
            return True
        time.sleep_ms(10)
    return False


first = actor.spawn("bomb_child:bomb", me, 0, quota=QUOTA)


def stopped():
    refs = actor.list()
    infos = [actor.info(ref) for ref in refs]
    return len(refs) > 20 and all(
        i is None or i["state"] in ("blocked", "resting") or i["name"] == "shell" for i in infos
    )


print("stopped", settle(stopped))
refs = actor.list()
used = sum(about(ref, "memory") for ref in refs if about(ref, "name") != "shell")
print("within", used <= QUOTA, used > QUOTA // 3)
print("ram", free - antaresia.info()["ram_free_bytes"] < 4 * QUOTA)
for ref in refs:
    if about(ref, "name") is None:
        actor.kill(ref)
print("gone", settle(lambda: len(actor.list()) == len([r for r in refs if actor.info(r)])))
print("left", settle(lambda: all(about(r, "name") for r in actor.list())))

ref = actor.spawn("bomb_child:flood", quota=QUOTA, monitor=True)
print(actor.receive(timeout_ms=60000).reason)
ref = actor.spawn("bomb_child:moves", me, quota=QUOTA)
print(actor.receive(timeout_ms=60000))
for ref in actor.list():
    if about(ref, "name") is None:
        actor.kill(ref)
print("left", settle(lambda: all(about(r, "name") for r in actor.list())))
print("ram", settle(lambda: free - antaresia.info()["ram_free_bytes"] < QUOTA))
