# SPDX-License-Identifier: MIT
# Runs on the machine: what the module actor has beside messages.
import actor

PROGRAMS = """
import actor
import sys
def leave(reason):
    actor.exit(reason)
def leave_in_finally(parent):
    try:
        actor.exit('why')
    finally:
        parent.send('finally')
def sys_exit(value):
    sys.exit(value)
def linked(parent, trap):
    actor.trap_exit(trap)
    actor.link(parent)
    parent.send('linked')
    parent.send(repr(actor.receive().reason))
def named():
    actor.register('a name')
    actor.receive()
    actor.unregister()
    actor.receive()
class Own(Exception):
    pass
def own():
    for kind in (Own, KeyError, SystemExit):
        call = actor.receive()
        try:
            raise kind('words')
        except BaseException as error:
            call.fail(error)
def silent():
    while True:
        actor.receive()
"""
with open("/things.py", "w") as file:
    file.write(PROGRAMS)
WAIT = 30000
me = actor.self()


def reason_of(program, *args):
    actor.spawn("things:" + program, *args, monitor=True)
    notice = actor.receive(lambda m: isinstance(m, actor.Down), WAIT)
    return notice.reason, notice.text


# the end of an actor by its own wish
for reason in ("normal", "shutdown", "words of its own", "kill"):
    print(reason, reason_of("leave", reason))
print(reason_of("leave_in_finally", me), actor.receive(timeout_ms=WAIT))
for value in (None, 0, "text", 3):
    print(value, reason_of("sys_exit", value))

# a reason of one's own goes along links, and to the one who traps exits
for trap in (False, True):
    actor.trap_exit(True)
    ref = actor.spawn("things:linked", me, trap, monitor=True)
    assert actor.receive(timeout_ms=WAIT) == "linked"
    actor.exit(ref, "go away")
    ends = [actor.receive(timeout_ms=WAIT) for _ in range(3 if trap else 2)]
    for end in sorted(str(type(e)) + str(getattr(e, "reason", e)) for e in ends):
        print(end)
    actor.trap_exit(False)

# names
ref = actor.spawn("things:named", monitor=True, caps=["names"])
while actor.whereis("a name") is None:
    pass
assert actor.whereis("a name") == ref
assert actor.info(ref)["name"] == "a name"
ref.send(1)
while actor.whereis("a name") is not None:
    pass
ref.send(1)
print(actor.receive(timeout_ms=WAIT).reason)

# exceptions that come back
import things  # noqa: E402

ref = actor.spawn("things:own")
for kind in (things.Own, KeyError, RuntimeError):
    try:
        ref.ask(1, WAIT)
    except Exception as error:
        print(type(error) is kind, error.args[0], "things.py" in error.args[1])

# answers that come too late are dropped, and time-outs leave nothing behind
ref = actor.spawn("things:silent")
for _ in range(3):
    try:
        ref.ask(bytes(1000), 5)
    except OSError as error:
        print(error.errno == 110 or error.errno == 116)
actor.kill(ref)
try:
    ref.ask(1)
except actor.ActorDead:
    print("dead")
try:
    actor.receive(timeout_ms=0)
except OSError:
    print(actor.info()["mailbox"])

# top
info = actor.info()
assert info["cpu_ns"] > 0 and info["memory"] > 0 and info["received"] > 0 and info["sent"] > 0
assert info["priority"] == "normal" and info["state"] == "running" and info["name"] == "shell"
import _top  # noqa: E402

lines = []
_top.print = lambda *args: lines.append(args[0].split())
actor.top()
used = [float(line[3]) for line in lines[1:]]
print(lines[0], sorted(line[0] for line in lines[1:]), used == sorted(used, reverse=True))
actor.top(1)
print(len(lines))
