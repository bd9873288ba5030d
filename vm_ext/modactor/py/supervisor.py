# SPDX-License-Identifier: MIT
"""Supervisors: actors that start others, in order, and start them again when they end. Erlang's
meaning.

    tree = supervisor.start([
        supervisor.child("store", "shop:Store", service=True),
        supervisor.child("clerk", "shop:clerk", restart="transient"),
    ], strategy="rest_for_one", max_restarts=3, period_ms=5000)

strategy: which are started again when one ends. "one_for_one": that one; "one_for_all": all;
"rest_for_one": it and those after it. restart: "permanent": always; "transient": unless it
ended as it should ('normal', 'shutdown'); "temporary": never. More than max_restarts (None: any
number) in period_ms: the supervisor ends all and itself, 'shutdown', and its own supervisor
sees to it.
"""

import time

import actor
import service

STRATEGIES = ("one_for_one", "one_for_all", "rest_for_one")
RESTARTS = ("permanent", "transient", "temporary")
AS_IT_SHOULD = ("normal", "shutdown")


def child(
    id, program, *args, restart="permanent", shutdown_ms=5000, service=False, inner=False, **options
):
    """What a supervisor starts: "module:function", or with service=True "module:Class".
    shutdown_ms: how long it has from the signal 'shutdown' to its end before it is killed; 0:
    it is killed at once, None: any time. options are those of actor.spawn()."""
    if restart not in RESTARTS:
        raise ValueError("restart is one of " + ", ".join(RESTARTS))
    return {
        "id": id,
        "program": program,
        "args": args,
        "restart": restart,
        "shutdown_ms": shutdown_ms,
        "service": service,
        "inner": inner,
        "options": options,
    }


def tree(id, children, strategy="one_for_one", max_restarts=3, period_ms=5000, **options):
    """A supervisor as the child of another."""
    args = (strategy, max_restarts, period_ms, children)
    _check(*args)
    spec = child(
        id, "supervisor:_main", *args, shutdown_ms=options.pop("shutdown_ms", None), inner=True
    )
    spec["options"] = _options(children, options)
    return spec


def start(children, strategy="one_for_one", max_restarts=3, period_ms=5000, **options):
    """A supervisor as an actor, when it has started all its children; what stops one of them from
    starting is raised here, as ActorDead. A Proxy (see service) with the methods
    which_children(), count(), ref(id), start_child(spec), stop_child(id), restart_child(id);
    service.stop() ends it."""
    args = (strategy, max_restarts, period_ms, children)
    _check(*args)
    ref = actor.spawn("supervisor:_main", *args, **_options(children, options))
    return service._then(service.begin(ref), lambda _: service.connect(ref))


def _check(strategy, max_restarts, period_ms, children):
    if strategy not in STRATEGIES:
        raise ValueError("strategy is one of " + ", ".join(STRATEGIES))
    ids = [spec["id"] for spec in children]
    if len(set(ids)) != len(ids):
        raise ValueError("two children have the same id")


def _options(children, options):
    """What the supervisor needs to have for its children: their files, and their rights to hand
    on."""
    modules = set(options.get("modules") or ())
    caps = options.get("caps") or []
    for spec in children:
        modules.add(spec["program"].partition(":")[0])
        modules.update(spec["options"].get("modules") or ())
        rights = spec["options"].get("caps") or ()
        if caps == "all" or rights == "all":
            caps = "all"
        elif not isinstance(rights, dict):
            caps = list(caps) + [right for right in rights if isinstance(right, str)]
        if "name" in spec["options"] and caps != "all":
            caps = list(caps) + ["names"]
    options["modules"] = list(modules)
    options["caps"] = caps
    return options


# --- the supervisor


def _end_of(ref, timeout_ms=None):
    """The notice of an actor's end, awaited."""
    return actor.receive(lambda m: isinstance(m, actor.Exit) and m.ref == ref, timeout_ms)


class _Child:
    def __init__(self, spec):
        self.spec = spec
        self.ref = None
        self.restarts = 0


class _Supervisor:
    def __init__(self, strategy, max_restarts, period_ms, specs):
        self.strategy = strategy
        self.max_restarts = max_restarts
        self.period_ms = period_ms
        self.children = [_Child(spec) for spec in specs]
        self.owner = None
        self.times = []  # of the restarts in the last period

    # starting and ending one

    async def start_child(self, child):
        spec = child.spec
        options = dict(spec["options"])
        options["link"] = True
        if spec["service"]:
            child.ref = service.spawn(spec["program"], *spec["args"], **options)
        else:
            child.ref = actor.spawn(spec["program"], *spec["args"], **options)
        if spec["service"] or spec["inner"]:
            await service.begin(child.ref)

    async def end_child(self, child):
        ref = child.ref
        child.ref = None
        if ref is None:
            return
        shutdown_ms = child.spec["shutdown_ms"]
        if shutdown_ms != 0:
            actor.exit(ref, "shutdown")
            try:
                await _end_of(ref, shutdown_ms)
                return
            except OSError:
                pass
        actor.kill(ref)
        await _end_of(ref)

    async def end_all(self, children):
        for child in reversed(children):
            await self.end_child(child)

    # restarts

    def may_restart(self):
        """Counts one; False: there have been too many."""
        if self.max_restarts is None:
            return True
        now = time.ticks_ms()
        self.times = [t for t in self.times if time.ticks_diff(now, t) < self.period_ms]
        self.times.append(now)
        return len(self.times) <= self.max_restarts

    def group_of(self, child):
        if self.strategy == "one_for_one":
            return [child]
        if self.strategy == "one_for_all":
            return list(self.children)
        return self.children[self.children.index(child) :]

    async def restart(self, child):
        while True:
            if not self.may_restart():
                await self.give_up("shutdown")
            group = self.group_of(child)
            await self.end_all(group)
            try:
                for one in group:
                    if one is not child and one.spec["restart"] == "temporary":
                        self.children.remove(one)
                        continue
                    one.restarts += 1
                    await self.start_child(one)
                return
            except (actor.ActorDead, Exception):
                pass  # the next try, if there may be one

    async def give_up(self, reason):
        await self.end_all(self.children)
        actor.exit(reason)

    async def on_exit(self, notice):
        if notice.ref == self.owner:
            await self.give_up(notice.reason)
        for child in self.children:
            if child.ref == notice.ref:
                break
        else:
            return
        child.ref = None
        restart = child.spec["restart"]
        if restart == "permanent" or (restart == "transient" and notice.reason not in AS_IT_SHOULD):
            await self.restart(child)
        elif restart == "temporary":
            self.children.remove(child)

    # what it can be asked

    def find(self, id):
        for child in self.children:
            if child.spec["id"] == id:
                return child
        raise KeyError(id)

    def which_children(self):
        """(id, Ref or None, 'supervisor' or 'worker', restarts) of each, in order."""
        return [
            (
                child.spec["id"],
                child.ref and child.ref.narrow(),
                "supervisor" if child.spec["inner"] else "worker",
                child.restarts,
            )
            for child in self.children
        ]

    def count(self):
        return {
            "children": len(self.children),
            "active": sum(child.ref is not None for child in self.children),
            "restarts": sum(child.restarts for child in self.children),
        }

    def ref(self, id):
        child = self.find(id)
        return child.ref and child.ref.narrow()

    async def add_child(self, spec):
        if any(child.spec["id"] == spec["id"] for child in self.children):
            raise ValueError("there is a child " + repr(spec["id"]))
        child = _Child(spec)
        await self.start_child(child)
        self.children.append(child)
        return child.ref.narrow()

    async def stop_child(self, id):
        """Ends it; it stays in the list, to be started by restart_child()."""
        await self.end_child(self.find(id))

    async def restart_child(self, id):
        child = self.find(id)
        await self.end_child(child)
        child.restarts += 1
        await self.start_child(child)
        return child.ref.narrow()

    async def remove_child(self, id):
        child = self.find(id)
        await self.end_child(child)
        self.children.remove(child)

    def obeys(self, sender):
        return sender == self.owner

    async def settle(self):
        """Deals with the ends that have happened and not been told yet: who asks sees none dead."""
        for child in list(self.children):
            ref = child.ref
            if ref is not None and not ref.alive():
                await self.on_exit(await _end_of(ref))

    async def on_call(self, call):
        await self.settle()
        name = call.msg[0] if isinstance(call.msg, tuple) and len(call.msg) == 2 else None
        try:
            if name in ("which_children", "count", "ref"):
                result = getattr(self, name)(*call.msg[1])
            elif not self.obeys(call.sender):
                raise OSError(1)  # EPERM
            elif name == "start_child":
                result = await self.add_child(*call.msg[1])
            elif name in ("stop_child", "restart_child", "remove_child"):
                result = await getattr(self, name)(*call.msg[1])
            elif name == service.STOP:
                await self.end_all(self.children)
                call.reply()
                actor.exit("normal")
            else:
                raise AttributeError("a supervisor has no method " + repr(name))
            call.reply(result)
        except Exception as error:
            call.fail(error)

    async def begin(self):
        call = await actor.receive(service._is_start)
        self.owner = call.sender
        begun = []
        try:
            for child in self.children:
                begun.append(child)
                await self.start_child(child)
        except Exception as error:
            begun.pop().ref = None
            await self.end_all(begun)
            call.fail(error)
            raise
        call.reply()

    async def run(self):
        actor.trap_exit(True)
        await self.begin()
        await self.serve()

    async def serve(self):
        while True:
            message = await actor.receive()
            if isinstance(message, actor.Exit):
                await self.on_exit(message)
            elif isinstance(message, actor.Call):
                await self.on_call(message)


async def _main(strategy, max_restarts, period_ms, children):
    await _Supervisor(strategy, max_restarts, period_ms, children).run()
