# SPDX-License-Identifier: MIT
"""A service that crashes, a supervisor that starts it again, and clients that hardly notice.

tools/run --put apps/crash.py --exec 'import crash; crash.main()'
"""

import actor
import service
import supervisor

CLIENTS = 4
ROUNDS = 25


class Divider:
    """Divides; by zero it crashes, and not only the call."""

    serial = True

    async def divide(self, a, b):
        if b == 0:
            actor.exit("divided by zero")
        return a // b


async def client(tree_ref, n, parent):
    """Divides again and again, also by zero. A call that failed is made again, of the new one."""
    tree = service.connect(tree_ref)
    divider = service.connect(await tree.ref("divider"))
    results = crashes = 0
    for i in range(ROUNDS):
        divisor = (i + n) % 10
        while True:
            try:
                await divider.divide(100, divisor)
                results += 1
                break
            except actor.ActorDead:
                crashes += divisor == 0
                ref = None
                while ref is None or not ref.alive():
                    ref = await tree.ref("divider")
                divider = service.connect(ref)
                if divisor == 0:
                    break
    parent.send((results, crashes))


def main():
    child = supervisor.child("divider", "crash:Divider", service=True)
    tree = supervisor.start([child], max_restarts=100)
    me = actor.self().narrow()
    for n in range(CLIENTS):
        actor.spawn("crash:client", service.ref_of(tree), n, me)
    got = [actor.receive() for _ in range(CLIENTS)]
    results = sum(r for r, _ in got)
    crashes = sum(c for _, c in got)
    print("results:", results, "crashes:", crashes, "together:", results + crashes)
    id, ref, _, restarts = tree.which_children()[0]
    print(id, "is alive:", ref.alive(), "restarted:", restarts >= crashes // CLIENTS > 0)
    print("100 / 7 =", service.connect(ref).divide(100, 7))
    service.stop(tree)
