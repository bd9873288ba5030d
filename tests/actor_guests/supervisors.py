# SPDX-License-Identifier: MIT
# Runs on the machine: what supervisors start, start again, in which order; when they give up.
import time

import actor
import service
import supervisor

PROGRAM = """
import actor
def worker(parent, name, end=None):
    parent.send(('start', name))
    while True:
        order = actor.receive()
        if order == 'crash':
            raise ValueError(name)
        if order == 'leave':
            return
def polite(parent, name, obeys=True):
    actor.trap_exit(True)
    parent.send(('start', name))
    while True:
        notice = actor.receive()
        if isinstance(notice, actor.Exit):
            parent.send(('end', name, notice.reason))
            if obeys:
                actor.exit(notice.reason)
class Store:
    def __init__(self, parent):
        self.parent = parent
        self.data = {}
        parent.send(('start', 'store'))
    async def put(self, key, value):
        self.data[key] = value
    async def get(self, key):
        return self.data.get(key)
    async def crash(self):
        import sys
        sys.exit('crash')
class Broken:
    def __init__(self):
        raise OSError('no such thing')
"""
with open("/workers.py", "w") as file:
    file.write(PROGRAM)
WAIT = 60000
me = actor.self().narrow()


def hear(n):
    return [actor.receive(timeout_ms=WAIT) for _ in range(n)]


def settle(check):
    for _ in range(WAIT):
        if check():
            return
        time.sleep_ms(1)
    raise OSError("it does not come to this")


def starts(n):
    got = hear(n)
    assert all(g[0] == "start" for g in got), got
    return "".join(sorted(g[1] for g in got))  # those of one core or of two


def workers(names, **options):
    return [supervisor.child(n, "workers:worker", me, n, **options) for n in names]


def state(tree):
    return [(id, ref is not None, restarts) for id, ref, _, restarts in tree.which_children()]


def numbers(tree):
    count = tree.count()
    return [count["children"], count["active"], count["restarts"]]


# the three strategies
for strategy in supervisor.STRATEGIES:
    tree = supervisor.start(workers("abc"), strategy)
    begun = starts(3)
    tree.ref("b").send("crash")
    n = {"one_for_one": 1, "one_for_all": 3, "rest_for_one": 2}[strategy]
    print(strategy, begun, starts(n), state(tree), numbers(tree))
    service.stop(tree)

# permanent, transient, temporary
for restart in supervisor.RESTARTS:
    for order in ("leave", "crash"):
        tree = supervisor.start(workers("a", restart=restart) + workers("b"))
        starts(2)
        ref = tree.ref("a")
        actor.monitor(ref)
        ref.send(order)
        actor.receive(lambda m: isinstance(m, actor.Down), WAIT)
        again = restart == "permanent" or (restart == "transient" and order == "crash")
        settle(lambda: state(tree)[0] != ("a", True, 0))  # noqa: B023
        print(restart, order, again and starts(1), state(tree))
        service.stop(tree)

# too many restarts: it ends all and itself; its own supervisor starts it again
inner = supervisor.tree("inner", workers("xy"), max_restarts=2, period_ms=60000)
tree = supervisor.start([inner] + workers("z"))
print("nested", starts(3), [c[2] for c in tree.which_children()])
sub = service.connect(tree.ref("inner"))
for _ in range(2):
    sub.ref("x").send("crash")
    print(starts(1))
down = actor.monitor(service.ref_of(sub))
sub.ref("x").send("crash")
got = [actor.receive(lambda m: isinstance(m, actor.Down), WAIT).reason, starts(2)]
print(got, state(tree))
top = service.actor_of(tree)
actor.monitor(top)
refs = [ref for _, ref, _, _ in tree.which_children()]
actor.kill(top)
print(hear(1)[0].reason)
for ref in refs:
    settle(lambda: not ref.alive())  # noqa: B023
print("all gone")

# ordered end, with a time-out
slow = [
    supervisor.child("p", "workers:polite", me, "p"),
    supervisor.child("q", "workers:polite", me, "q", False, shutdown_ms=20),
    supervisor.child("r", "workers:polite", me, "r", shutdown_ms=0),
    supervisor.child("s", "workers:polite", me, "s"),
]
tree = supervisor.start(slow, "one_for_all")
print(starts(4))
service.stop(tree)
print(hear(3))

# services as children; their state is new after a crash
tree = supervisor.start([supervisor.child("store", "workers:Store", me, service=True)])
starts(1)
store = service.connect(tree.ref("store"))
store.put("key", 5)
print(store.get("key"))
try:
    store.crash()
except actor.ActorDead as error:
    print("died:", error.args[0])
starts(1)
print(service.connect(tree.ref("store")).get("key"))

# changing the tree; who may
print(state(tree), tree.start_child(supervisor.child("w", "workers:worker", me, "w")) is not None)
starts(1)
tree.stop_child("w")
print(state(tree))
tree.restart_child("w")
print(starts(1), state(tree))
tree.remove_child("w")
print(state(tree))
for call in (
    lambda: tree.ref("nobody"),
    lambda: tree.start_child(supervisor.child("store", "workers:worker", me, "w")),
    lambda: tree.nonsense(),
):
    try:
        call()
    except Exception as error:
        print(type(error).__name__)
service.stop(tree)

# what does not start
try:
    supervisor.start(workers("a") + [supervisor.child("b", "workers:Broken", service=True)])
except OSError as error:
    print(error.args[0])
for call in (
    lambda: supervisor.start([], "none_for_all"),
    lambda: supervisor.start(workers("aa")),
    lambda: supervisor.child("a", "b", restart="often"),
):
    try:
        call()
    except ValueError as error:
        print(error)
settle(lambda: all(actor.info(ref)["name"] for ref in actor.list() if actor.info(ref)))
while True:
    try:
        actor.receive(timeout_ms=0)  # of one that began, or was ended before
    except OSError:
        break
