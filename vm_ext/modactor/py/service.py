# SPDX-License-Identifier: MIT
"""Services: a class whose methods are called from other actors.

    counter = await service.start(Counter, 10)  # an actor of its own, a proxy of it
    await counter.add(3)
    counter = service.local(Counter, 10)        # the same class in place: method calls
    await counter.add(3)

The interface of a class is its methods without a leading underscore. `version` is an attribute
of the class, 1 if there is none. A class that says `serial = True` has one call at a time; else
each call that waits is a task of its own.
"""

import actor

START, STOP, ABOUT = "_start", "_stop", "_about"  # no method is called so: they begin with "_"
TURNS = 15  # calls begun before the tasks have their turn: a power of two less one


def _is_method(name, value):
    return not name.startswith("_") and callable(value) and not isinstance(value, type)


def methods(cls):
    """The names of a class's interface."""
    names = set()
    todo = [cls]
    while todo:
        one = todo.pop()
        if one is not object and hasattr(one, "__bases__"):
            names.update(name for name, value in one.__dict__.items() if _is_method(name, value))
            todo.extend(one.__bases__)
    return names


def _spec(cls):
    if isinstance(cls, str):
        return cls
    module = getattr(cls, "__module__", "__main__")
    if module == "__main__":
        raise ValueError(cls.__name__ + " is defined at the prompt: a service's class is in a file")
    return module + ":" + cls.__name__


def _load(spec):
    module, _, name = spec.partition(":")
    loaded = __import__(module, None, None, (name,))
    return getattr(loaded, name)


# --- the caller's side


class Proxy:
    """What stands for a service. Each attribute is a method of it; a call is something to await,
    or blocks in a program that is no coroutine. The calls of one caller begin in the order in
    which they were made."""

    def __init__(self, ref, timeout_ms=None):
        self._ref = ref
        self._timeout_ms = timeout_ms

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        ref = self._ref
        timeout_ms = self._timeout_ms

        def call(*args, **kwargs):
            return ref.ask((name, args, kwargs) if kwargs else (name, args), timeout_ms)

        setattr(self, name, call)
        return call

    def __eq__(self, other):
        return isinstance(other, Proxy) and self._ref == other._ref

    def __hash__(self):
        return hash(self._ref)

    def __repr__(self):
        return "<Proxy of " + repr(self._ref)[1:]


def spawn(cls, *args, **options):
    """The Ref of a new actor that is a service when `begin` has been asked of it."""
    spec = _spec(cls)
    modules = [spec.partition(":")[0]]
    modules.extend(options.get("modules") or ())
    options["modules"] = modules
    return actor.spawn("service:_main", spec, args, **options)


def begin(ref):
    """Lets a service of spawn() begin; who asks this is its owner."""
    return ref.ask((START, ()))


def start(cls, *args, **options):
    """Starts cls(*args) as an actor; options are those of actor.spawn(). A Proxy, once its
    constructor and its `async __aenter__`, if it has one, have returned; what they raise is
    raised here."""
    ref = spawn(cls, *args, **options)
    return _then(begin(ref), lambda _: Proxy(ref))


def local(cls, *args):
    """The same class in place: an object of it."""
    return (_load(cls) if isinstance(cls, str) else cls)(*args)


def connect(ref, timeout_ms=None):
    """A Proxy of the service that a Ref is of."""
    return Proxy(ref, timeout_ms)


def ref_of(proxy):
    """A Ref to send to others, who connect() it: they can call the service, and not end it."""
    return proxy._ref.narrow()


def within(proxy, timeout_ms):
    """A Proxy of the same service whose calls raise OSError(ETIMEDOUT) after this time. The call
    itself goes on; its result is dropped."""
    return Proxy(proxy._ref, timeout_ms)


def about(proxy):
    """(name, version, names of the methods) of a service."""
    return proxy._ref.ask((ABOUT, ()), proxy._timeout_ms)


def stop(proxy, timeout_ms=None):
    """Lets a service end, after the calls that it has begun and its `async __aexit__`; for its
    owner."""
    return proxy._ref.ask((STOP, ()), timeout_ms)


def actor_of(proxy):
    """The service's Ref as it was given: who started it can kill, link and monitor it."""
    return proxy._ref


def _then(answer, function):
    """function(answer), when there is one: at once, or as something to await."""
    if type(answer).__name__ != "Wait":
        return function(answer)

    async def wait():
        return function(await answer)

    return wait()


# --- the service's side


class _Service:
    def __init__(self, spec, args):
        self.cls = _load(spec)
        self.args = args
        self.names = methods(self.cls)
        self.owner = None
        self.object = None
        self.running = 0
        self.turn = 0
        self.stopping = None  # the owner's Call, or an Exit
        self.can_stop = hasattr(self.cls, "__aexit__")

    def find(self, message):
        name = message[0]
        if name not in self.names:
            raise AttributeError(self.cls.__name__ + " has no method '" + str(name) + "'")
        kwargs = message[2] if len(message) > 2 else {}
        return getattr(self.object, name)(*message[1], **kwargs)

    async def begin(self):
        call = await actor.receive(_is_start)
        self.owner = call.sender
        if self.can_stop:
            actor.trap_exit(True)
        try:
            await self.start()
        except Exception as error:
            call.fail(error)
            raise
        call.reply()

    async def start(self):
        self.object = self.cls(*self.args)
        if hasattr(self.object, "__aenter__"):
            await self.object.__aenter__()

    async def stop(self):
        if self.can_stop:
            await self.object.__aexit__(None, None, None)

    def answer(self, call, result):
        """With what a method returned; False: it is a coroutine, which is still to run."""
        if _is_coroutine(result):
            return False
        call.reply(result)
        return True

    async def end(self):
        await self.stop()
        if isinstance(self.stopping, actor.Exit):
            actor.exit(self.stopping.reason)
        self.stopping.reply()

    def about(self):
        return (self.cls.__name__, getattr(self.cls, "version", 1), sorted(self.names))

    def special(self, call):
        """True if this is no call of a method; then it has been dealt with."""
        if not isinstance(call, actor.Call):
            if isinstance(call, actor.Exit) and call.ref == self.owner:
                self.stopping = call
            return True
        message = call.msg
        if not isinstance(message, tuple) or len(message) < 2:
            call.fail(TypeError("a call of a service is (name, args)"))
        elif message[0] == ABOUT:
            call.reply(self.about())
        elif message[0] != STOP:
            return False
        elif call.sender == self.owner:
            self.stopping = call
        else:
            call.fail(OSError(1))
        return True


def _is_start(message):
    return isinstance(message, actor.Call) and message.msg == (START, ())


def _is_coroutine(result):
    return hasattr(result, "send")


async def _serve_serial(service):
    await service.begin()
    while not service.stopping:
        call = await actor.receive()
        if service.special(call):
            continue
        try:
            result = service.find(call.msg)
            if _is_coroutine(result):
                result = await result
            call.reply(result)
        except Exception as error:
            call.fail(error)
    await service.end()


async def _finish(service, call, coroutine):
    try:
        call.reply(await coroutine)
    except Exception as error:
        call.fail(error)
    finally:
        service.running -= 1
        if service.stopping and not service.running:
            service.idle.set()


def _begin_task(core, coroutine):
    """A task whose first step is now: a method that does not wait is over when this returns."""
    task = core.Task(coroutine, globals())
    before = core.cur_task
    core.cur_task = task
    try:
        coroutine.send(None)
    except StopIteration:
        pass
    finally:
        core.cur_task = before


async def _serve_concurrent(service, asyncio):
    service.idle = asyncio.Event()
    await service.begin()
    while not service.stopping:
        call = await actor.receive()
        if service.special(call):
            continue
        try:
            result = service.find(call.msg)
            if service.answer(call, result):
                continue
        except Exception as error:
            call.fail(error)
            continue
        service.running += 1
        _begin_task(asyncio.core, _finish(service, call, result))
        service.turn = service.turn + 1 & TURNS
        if service.running and not service.turn:
            await asyncio.sleep_ms(0)  # mail that does not end lets the others run
    if service.running:
        await service.idle.wait()
    await service.end()


def _main(spec, args):
    # No coroutine itself: the actor is run by asyncio if that is imported when this returns.
    service = _Service(spec, args)
    if getattr(service.cls, "serial", False):
        return _serve_serial(service)
    import asyncio

    return _serve_concurrent(service, asyncio)
