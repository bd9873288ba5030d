# SPDX-License-Identifier: MIT
"""What a driver's file is written against: interface version 1. docs/drivers.md is its text.

    import driver

    class Rng(driver.Driver):
        interface = 1
        matches = (("virtio", 4),)

        async def start(self, device): ...   # device: a Device, all that it has
        def interrupt(self): ...             # the device's line has news
        def read(self, n): ...               # for callers: every public method
        async def stop(self): ...

The class runs in an actor of its own, isolated, or in its caller's, linked: the same file, and the
same methods to await. A method is `async def`, or returns a Pending, which costs less.
"""

import sys

import actor
import service

VERSION = 1  # of the interface; those before it are served, too
_EVENTS = ("start", "stop", "interrupt", "mail")  # of a driver, which are not for callers


class Driver:
    interface = VERSION
    matches = ()
    retries = ()  # the methods that may be called twice when the driver ended meanwhile

    async def start(self, device):
        pass

    def interrupt(self):
        pass

    def mail(self, message):
        """Of an isolated driver: a message that is no call. What this raises ends the driver."""

    async def stop(self):
        pass


class Device:
    """All that a driver has: see docs/drivers.md."""

    def __init__(self, parts):
        self.registers, self.config, self.lines, self.vector, self.memory, self.name = parts
        self.queues = self.registers
        self.line = self.lines[0] if self.lines else None


# --- results that come later


def _asyncio():
    """asyncio's core, if a task of it runs now."""
    core = sys.modules.get("asyncio.core")
    return core if core is not None and core.cur_task is not None else None


class Pending:
    """A result that comes later, by done() or fail(): for one who awaits it, or for a caller in
    another actor. A driver may add attributes of its own."""

    over = False
    _value = _error = _call = _task = _steps = None

    def done(self, value=None):
        self.over = True
        call = self._call
        if call is None:
            self._value = value
            self._wake()
            return
        try:
            call.reply(value)
        except Exception as error:
            call.fail(error)

    def fail(self, error):
        self.over = True
        if self._call is not None:
            self._call.fail(error)
            return
        self._error = error
        self._wake()

    def result(self):
        if self._error is not None:
            raise self._error
        return self._value

    def _wake(self):
        task, self._task = self._task, None
        if task is not None:
            sys.modules["asyncio.core"]._task_queue.push(task)

    def _answers(self, call):
        """The result is for this call."""
        if not self.over:
            self._call = call
        elif self._error is not None:
            call.fail(self._error)
        else:
            call.reply(self._value)

    def __iter__(self):
        core = _asyncio()
        while not self.over:
            if core is None:  # start() of a driver that needs no asyncio
                _serve_interrupt((yield from actor.receive(_is_interrupt)))
            else:
                self._task = core.cur_task
                core.cur_task.data = self
                yield
        return self.result()

    __await__ = __iter__

    def remove(self, task):
        """For Task.cancel()."""
        self._task = None

    # What asyncio asks of something that it is to make a task of.

    def send(self, value):
        if self._steps is None:
            self._steps = self.__iter__()
        return self._steps.send(value)

    def throw(self, error):
        if self._steps is None:
            raise error
        return self._steps.throw(error)

    def close(self):
        if self._steps is not None:
            self._steps.close()


def now(value=None):
    """A result that is there already."""
    pending = Pending()
    pending.done(value)
    return pending


# --- the class in a file


def load(name):
    """The driver of a module: its one class that is a Driver."""
    module = __import__(name, None, None, ("*",))
    found = [
        value
        for value in module.__dict__.values()
        if isinstance(value, type) and issubclass(value, Driver) and value.__module__ == name
    ]
    if len(found) != 1:
        raise ValueError(name + ": a driver's file has one class that is a driver.Driver")
    cls = found[0]
    if not 1 <= cls.interface <= VERSION:
        text = "is written for version {} of the driver interface; this system has 1 to {}"
        raise ValueError(name + " " + text.format(cls.interface, VERSION))
    return cls


def methods(cls):
    """The names of what callers may call."""
    return {name for name in service.methods(cls) if name not in _EVENTS}


def _describe(names):
    """An actor that has no rights: it tells what drivers say of themselves."""
    found = []
    for name in names:
        try:
            cls = load(name)
            found.append((name, None, cls.matches, cls.retries, cls.interface))
        except Exception as error:
            found.append((name, str(error) or type(error).__name__, (), (), 0))
    actor.receive().reply(found)


def _ask(names, files, timeout_ms):
    ref = actor.spawn("driver:_describe", names, modules=files)
    return ref, ref.ask("describe", timeout_ms)


def describe(names):
    """[(name, None or what is wrong with it, matches, retries, interface)] of drivers in the image.
    Their files are not run in the actor that asks."""
    return actor.block(_ask(names, None, None)[1])


async def ask_about(names, files=None, timeout_ms=None):
    """The same of drivers in these files, {name: bytes}; to be awaited."""
    ref, answer = _ask(names, files, timeout_ms)
    try:
        return await answer
    finally:
        actor.kill(ref)


# --- isolated


_interrupts = {}  # by id() of a line of this actor's driver: what to call


def _is_interrupt(message):
    return id(message) in _interrupts


def _serve_interrupt(line):
    _interrupts[id(line)]()
    line.done()


async def _serve_interrupts():
    """While start() runs, before the loop of calls."""
    while True:
        _serve_interrupt(await actor.receive(_is_interrupt))


class _Service(service._Service):
    """A driver as service.py serves a class; its calls may be answered later, by a Pending."""

    def __init__(self, name, parts):
        self.cls = load(name)
        self.parts = parts
        self.names = methods(self.cls)
        self.owner = self.object = self.stopping = None
        self.running = self.turn = 0
        self.can_stop = True

    async def start(self):
        self.object = self.cls()
        device = Device(self.parts)
        for line in device.lines:
            _interrupts[id(line)] = self.object.interrupt
            line.listen()  # before the device can have news
        if "asyncio" not in sys.modules:
            await self.object.start(device)
            return
        task = sys.modules["asyncio"].create_task(_serve_interrupts())
        await self.object.start(device)
        task.cancel()

    async def stop(self):
        await self.object.stop()

    def about(self):
        return (self.cls.__name__, self.cls.interface, sorted(self.names))

    def special(self, message):
        if _is_interrupt(message):
            _serve_interrupt(message)
            return True
        if not isinstance(message, (actor.Call, actor.Exit, actor.Down)):
            self.object.mail(message)
            return True
        return super().special(message)

    def answer(self, call, result):
        if not isinstance(result, Pending):
            return super().answer(call, result)
        result._answers(call)
        return True


async def _serve(served):
    """The loop of a driver of which no method is a coroutine: nothing here needs asyncio."""
    await served.begin()
    receive, kind, is_a = actor.receive, type, isinstance
    Call, a_tuple, a_pending = actor.Call, tuple, Pending
    calls = {name: getattr(served.object, name) for name in served.names}
    interrupt = served.object.interrupt
    line = served.parts[2][0] if served.parts[2] else None
    while not served.stopping:
        message = await receive()
        if message is line:
            interrupt()
            line.done()
            continue
        what = message.msg if kind(message) is Call else None
        if kind(what) is a_tuple and len(what) == 2 and kind(what[0]) is str and what[0] in calls:
            try:  # what most are: without the detours that the others take
                result = calls[what[0]](*what[1])
                if is_a(result, a_pending):
                    result._answers(message)
                else:
                    served.answer(message, result)
            except Exception as error:
                message.fail(error)
        elif not served.special(message):
            try:
                served.answer(message, served.find(message.msg))
            except Exception as error:
                message.fail(error)
    await served.end()


def _has_coroutines(cls):
    names = methods(cls)
    return any(type(getattr(cls, name)).__name__ == "generator" for name in names)


def _main(name, parts):
    served = _Service(name, parts)
    if not _has_coroutines(served.cls):
        return _serve(served)
    import asyncio

    return service._serve_concurrent(served, asyncio)


def spawn(name, parts, **options):
    """The Ref of a driver in an actor of its own, which service.begin() lets start."""
    options["modules"] = options.get("modules") or [name]
    return actor.spawn("driver:_main", name, parts, **options)


# --- linked


_linked = {}  # of each driver in this actor: its device and the tasks of its lines, by id()


async def _listen(driver, line):
    while True:
        await line.wait()
        try:
            driver.interrupt()
        except Exception as error:
            sys.print_exception(error)
            actor.exit("a linked driver failed")  # as in an actor of its own
        line.done()


async def link(name, parts):
    """The driver in this actor, which asyncio runs."""
    import asyncio

    driver = load(name)()
    device = Device(parts)
    for line in device.lines:
        line.open()
    tasks = [asyncio.create_task(_listen(driver, line)) for line in device.lines]
    _linked[id(driver)] = (driver, device, tasks)
    try:
        await driver.start(device)
    except Exception:
        await unlink(driver, False)
        raise
    return driver


async def unlink(driver, stop=True):
    """Ends a linked driver; its device is reset."""
    _, device, tasks = _linked.pop(id(driver))
    try:
        if stop:
            await driver.stop()
    finally:
        for task in tasks:
            task.cancel()
        device.registers.release()
        for line in device.lines:
            line.close()


class _Host(service._Service):
    """A service that is given drivers, linked into its actor."""

    def __init__(self, spec, given):
        super().__init__(spec, ())
        self.given = given

    async def start(self):
        linked = []  # an await in a comprehension is none of this function's
        for name, parts in self.given:
            linked.append(await link(name, parts))
        self.args = linked
        await super().start()

    async def stop(self):
        await super().stop()
        for driver in self.args:
            await unlink(driver)


def _main_linked(spec, given):
    import asyncio

    return service._serve_concurrent(_Host(spec, given), asyncio)


def finish(result):
    """What a driver's method gives, waited for in place: for code that cannot await, as that of
    file systems. The methods of a linked driver that are coroutines cannot be called so."""
    if not isinstance(result, Pending):
        return actor.block(result)
    while not result.over:
        for driver, device, _ in list(_linked.values()):
            for line in device.lines:
                try:
                    actor.block(line.wait(1))
                except OSError:
                    continue
                driver.interrupt()
                line.done()
    return result.result()
