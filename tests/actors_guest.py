# SPDX-License-Identifier: MIT
# Runs on the machine: what actors are for, one line of output each, for tests/test_actors.py.
import time

import actor

PROGRAMS = """
import actor
async def echo(parent, n):
    for i in range(n):
        parent.send(await actor.receive())
def plain(parent):
    while True:
        message = actor.receive()
        if message == 'stop':
            return
        parent.send(('plain', message))
async def server():
    while True:
        call = await actor.receive()
        try:
            call.reply(100 // call.msg)
        except Exception as error:
            call.fail(error)
def bad():
    raise ValueError('oops')
def loop():
    while True:
        pass
def long_c():
    sum(range(10**9))
def hog():
    kept = []
    while True:
        kept.append(bytearray(10000))
def deep(n):
    deep(n + 1)
def nothing():
    pass
def fault(kind):
    import _fault
    _fault.trigger(kind)
"""
with open("/prog.py", "w") as file:
    file.write(PROGRAMS)
WAIT = 20000


def down(program, *args, kill=False):
    caps = ["machine"] if program == "fault" else None
    ref = actor.spawn("prog:" + program, *args, monitor=True, quota=500000, caps=caps)
    if kill:
        time.sleep_ms(20)
        actor.kill(ref)
    notice = actor.receive(timeout_ms=WAIT)
    assert notice.ref == ref and not ref.alive()
    return notice


ref = actor.spawn("prog:echo", actor.self(), 9)
cycle = [1]
cycle.append(cycle)
values = [1, -(2**70), 1.5, "tex\u00e9", b"bytes", (1, (2, [3])), {"a": {1, 2}}, None, True]
for value in values[:-1]:
    ref.send(value)
    assert actor.receive(timeout_ms=WAIT) == value, value
ref.send(cycle)
got = actor.receive(timeout_ms=WAIT)
assert got[1] is got
print("values")

try:
    ref.send(lambda: 1)
except TypeError as error:
    print(error)

ref = actor.spawn("prog:plain", actor.self(), name="plain")
assert actor.whereis("plain") == ref
ref.send(5)
print(actor.receive(timeout_ms=WAIT))
ref.send("stop")
while ref.alive():
    time.sleep_ms(1)
assert actor.whereis("plain") is None

ref = actor.spawn("prog:server")
print(ref.ask(5))
try:
    ref.ask(0)
except ZeroDivisionError as error:
    print(error.args[0], "server" in error.args[1])
actor.kill(ref)
try:
    ref.ask(1)
except actor.ActorDead:
    print("dead")

ref = actor.spawn("prog:echo", actor.self(), 1)
buffer = actor.Buffer(65536)
buffer[9] = 7
view = buffer[0:20]
memory = memoryview(buffer)
ref.send(buffer)
for access in (lambda: buffer[9], lambda: view[9], lambda: memory[9], lambda: bytes(view)):
    try:
        access()
        print("alive")
    except ValueError:
        pass
print("buffer", actor.receive(timeout_ms=WAIT)[9])

for program in ("bad", "hog"):
    notice = down(program)
    print(program, notice.reason, notice.text.split("\n")[-2].split(":")[0])
print("deep", down("deep", 0).reason)
for program in ("loop", "long_c"):
    print(program, down(program, kill=True).reason)
for kind in ("null_read", "wild_write", "illegal", "stack"):
    notice = down("fault", kind)
    print(kind, notice.reason, "CPUFault" in notice.text, "prog.py" in notice.text)
for _ in range(200):
    down("bad")
# More at a time than one core runs: the others take some before the one who starts them goes on.
for _ in range(20):
    actor.spawn("prog:nothing", monitor=True)
print("burst", {actor.receive(timeout_ms=WAIT).reason for _ in range(20)})

print("left", sorted(actor.info(ref)["name"] for ref in actor.list()))
