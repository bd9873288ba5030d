# SPDX-License-Identifier: MIT
"""The system's drivers: an actor that finds devices, starts their drivers as the configuration says
(bootconf.py), and starts them again when they end. Its name is "devices"; hardware.py is how to
reach it. It is trusted: the rights to all devices are its own, and end with it.
"""

import time

import actor
import bootconf
import driver
import service

NAME = "devices"
START_MS, STOP_MS = 5000, 2000  # that start() and stop() of a driver may take
# Why ask() fails when the driver's program has not seen the call: it was not sent, or not read.
_NOT_SENT, _NOT_READ = "there is no such actor", "noproc"


class _Slot:
    """A driver of a device, or a service with the drivers that are linked into it. `parts`: what
    each is given, by module."""

    def __init__(self, name, program, founds, config, files, retries):
        self.name, self.program, self.founds = name, program, founds
        self.config, self.files, self.retries = config, files, retries
        self.ref = self.error = None
        self.state = "stopped"
        self.restarts = 0
        self.times = []
        self.since_ms = 0

    def spawn(self):
        given = [(found.name, found.parts()) for found in self.founds]
        options = {"link": True, "modules": self.files, "quota": self.config["quota"]}
        if self.program is None:
            return driver.spawn(given[0][0], given[0][1], **options)
        return actor.spawn("driver:_main_linked", self.program, given, **options)

    def is_settled(self):
        runs = self.ref is not None and self.ref.alive()
        return self.state != "starting" and (self.state != "running" or runs)

    def may_restart(self, reason):
        kind, most = self.config["restart"], self.config["max_restarts"]
        if kind == "never" or kind == "on-error" and reason in ("normal", "shutdown"):
            return False
        if most == "any":
            return True
        now, period = time.ticks_ms(), self.config["period_ms"]
        self.times = [t for t in self.times if time.ticks_diff(now, t) < period]
        self.times.append(now)
        return len(self.times) <= most


class Devices:
    """The service; what it answers is for tools/devices and hardware.py."""

    version = 1

    def __init__(self, config, files):
        bootconf.require(config)
        self._config, self._files = config, files
        self._slots = {}
        self._found = []
        self._known = {}  # (module, retries) of what a driver matches
        self._reports = []
        self._ready = None
        self._waiting = []

    async def __aenter__(self):
        import asyncio

        self._asyncio = asyncio
        self._ready = asyncio.Event()
        asyncio.create_task(self._begin())  # who boots does not wait for devices

    async def __aexit__(self, *_):
        pass

    async def _begin(self):
        try:
            await self._learn()
            await self.rescan()
        except Exception as error:
            self._report("devices", error)
        self._ready.set()
        await self._watch()

    async def _watch(self):
        """Devices that come and go in hot-plug ports."""
        import hardware
        import hotplug

        bus = hardware.bus()
        ports = hotplug.ports(bus) if bus else ()
        while ports:
            await self._asyncio.sleep_ms(hotplug.PERIOD_MS)
            changed = [port for port in ports if port.poll()]
            if changed:
                await self.rescan()
            for port in changed:
                if port.leaving:
                    port.release()

    def _report(self, who, error):
        self._reports.append(f"{who}: {_words(error)}")

    def _drivers(self):
        return self._config.get("driver") or {}

    # --- which drivers there are

    async def _learn(self):
        import hardware

        named = self._drivers()
        inside = [name for name in hardware.DRIVERS if not named.get(name, {}).get("file")]
        found = await driver.ask_about(inside, None)
        for name, section in named.items():
            if not section.get("file"):
                if name not in inside:
                    self._report(name, "there is no such driver in the image")
                continue
            try:
                found += await driver.ask_about([name], self._file(section["file"]), START_MS)
            except (Exception, actor.ActorDead) as error:
                self._report(section["file"], error)
        for name, error, matches, retries, _ in found:
            if error is not None:
                self._report(named.get(name, {}).get("file") or name, error)
                continue
            for one in matches:
                if one not in self._known or named.get(name, {}).get("file"):
                    self._known[one] = name, retries

    def _file(self, path):
        name = path.split("/")[-1]
        return {name: self._files[name]}

    # --- which devices there are

    async def rescan(self):
        """Looks at the buses again: what came is started, the driver of what went is ended."""
        import hardware

        before = self._found
        self._found = hardware.find(self._known, {one.what: one for one in before})
        present = {found.what for found in self._found}
        for slot in list(self._slots.values()):
            if any(found.what not in present for found in slot.founds):
                await self.stop(slot.name)
                del self._slots[slot.name]
        for found in before:
            if found.what not in present:
                found.close()
        taken = {found.what for slot in self._slots.values() for found in slot.founds}
        linked = {}
        for found in self._found:
            config = self._config_of(found.name)
            if found.what in taken or config is None:
                continue
            found.memory_bytes = config["memory"]
            where = config["place"].partition(":")[2]
            if where:
                linked.setdefault(where, []).append(found)
                continue
            files = self._file(config["file"]) if config["file"] else None
            retries = self._known[found.match][1]
            self._add(_Slot(self._free_name(found.name), None, [found], config, files, retries))
        for name, founds in linked.items():
            self._add_service(name, founds)

    def _config_of(self, name):
        section = self._drivers().get(name)
        if name is None or section is None and self._config.get("others") == "leave":
            return None
        config = bootconf.with_defaults("driver", section or {})
        return config if config["enabled"] else None

    def _free_name(self, module):
        number = 0
        while f"{module}.{number}" in self._slots:
            number += 1
        return f"{module}.{number}"

    def _add_service(self, name, founds):
        config = bootconf.with_defaults("service", self._config["service"][name])
        files = dict(self._file(config["file"])) if config["file"] else {}
        for found in founds:
            path = self._drivers()[found.name].get("file")
            if path:
                files.update(self._file(path))
        self._add(_Slot(name, config["class"], founds, config, files or None, ()))

    def _add(self, slot):
        self._slots[slot.name] = slot
        self._asyncio.create_task(self._start(slot))

    # --- a driver's life

    async def _start(self, slot):
        slot.state, slot.since_ms = "starting", time.ticks_ms()
        try:
            slot.ref = ref = slot.spawn()
            await ref.ask((service.START, ()), START_MS)
        except (Exception, actor.ActorDead) as error:
            slot.error = _words(error)
            if slot.ref is None:
                self._give_up(slot)
            else:
                actor.kill(ref)  # its notice goes on from here
            return
        if slot.ref == ref and slot.state == "starting":
            slot.state, slot.error = "running", None
            self._tell()

    def _change(self):
        """To be awaited: the next change of a driver's state."""
        pending = driver.Pending()  # an Event that is waited for in wait_for() would miss some
        self._waiting.append(pending)
        return pending

    def _tell(self):
        waiting, self._waiting = self._waiting, []
        for pending in waiting:
            pending.done()

    def _give_up(self, slot):
        slot.state = "failed"
        self._report(slot.name, slot.error or "ended")
        self._tell()

    def _ended(self, notice):
        for slot in self._slots.values():
            if slot.ref == notice.ref:
                break
        else:
            return
        slot.ref = None
        if slot.state == "stopping":
            slot.state = "stopped"
            self._tell()
            return
        if slot.state == "running":
            slot.error = "ended: " + notice.reason + "\n" + (notice.text or "")
        if not slot.may_restart(notice.reason):
            self._give_up(slot)
            return
        slot.restarts += 1
        self._asyncio.create_task(self._start(slot))

    # --- for others

    async def where(self, name):
        """(Ref, retries) of a driver that runs, of this name or the first of this module."""
        await self._ready.wait()
        slot = self._slots.get(name) or self._slots.get(name + ".0")
        if slot is None:
            raise OSError(19, "there is no driver " + name)
        while not slot.is_settled():
            await self._change()
        if slot.state != "running":
            raise OSError(19, f"{name} is {slot.state}: {slot.error}")
        return slot.ref.narrow(), slot.retries

    async def devices(self):
        """(what, name, driver, place, state, restarts, error) of every device."""
        await self._ready.wait()
        rows = []
        for found in self._found:
            row = (
                found.what,
                None,
                found.name,
                None,
                "left" if found.name else "no driver",
                0,
                None,
            )
            for slot in self._slots.values():
                if found in slot.founds:
                    place = "linked:" + slot.name if slot.program else "isolated"
                    state = slot.state, slot.restarts, slot.error
                    row = (found.what, slot.name, found.name, place) + state
            rows.append(row)
        return rows

    async def settle(self):
        """When no driver is starting any more."""
        await self._ready.wait()
        while not all(slot.is_settled() for slot in self._slots.values()):
            await self._change()

    async def reports(self):
        await self._ready.wait()
        return self._reports

    async def registers(self, name):
        """What is in the registers of a driver's device, their fields by name, as text."""
        import description

        dumps = [found.parts()[0].dump() for found in self._slots[name].founds]
        return "\n".join([description.text_of(dump) for dump in dumps if dump])

    async def stop(self, name):
        slot = self._slots[name]
        if slot.state in ("stopped", "failed"):
            return
        slot.state = "stopping"
        if slot.ref is not None:
            actor.exit(slot.ref, "shutdown")
            self._asyncio.create_task(self._kill_later(slot.ref))
        while slot.state == "stopping":
            await self._change()

    async def _kill_later(self, ref):
        await self._asyncio.sleep_ms(STOP_MS)
        actor.kill(ref)

    async def restart(self, name):
        slot = self._slots[name]
        await self.stop(name)
        slot.restarts += 1
        await self._start(slot)


def _words(error):
    """One line of an exception: what it says, without the traceback that came with it."""
    if not isinstance(error, BaseException):
        return str(error).strip().split("\n")[-1]
    if isinstance(error, actor.ActorDead):
        return str(error.args[-1]).strip().split("\n")[-1]
    if isinstance(error, OSError) and error.errno == 110:
        return f"no answer in {START_MS // 1000} s"
    args = [str(arg) for arg in error.args if not str(arg).startswith("Traceback")]
    return type(error).__name__ + ": " + " ".join(args)


class _Service(service._Service):
    def special(self, message):
        if isinstance(message, actor.Exit) and message.ref != self.owner:
            self.object._ended(message)
            return True
        return super().special(message)


def _main(config, files):
    import asyncio

    return service._serve_concurrent(_Service("devices:Devices", (config, files)), asyncio)


# --- for who uses a driver


class Client:
    """A driver by its name: the same object goes on when the driver was started again. A call that
    was under way then is made again if the driver had not seen it, or if its `retries` say that it
    may be; else it fails with ActorDead. So does a call whose Buffer went with the driver."""

    def __init__(self, manager, name):
        self._manager, self._name = manager, name
        self._ref = None
        self._retries = ()

    def __repr__(self):
        return "<driver " + self._name + ">"

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)

        def call(*args):
            message = (name, args)
            while True:
                if self._ref is None:
                    found = self._manager.where(self._name)
                    if _is_wait(found):
                        return self._later(found, None, message)
                    self._ref, self._retries = found
                try:
                    answer = self._ref.ask(message)
                except actor.ActorDead as error:
                    self._after(error, message)
                    continue
                return self._later(None, answer, message) if _is_wait(answer) else answer

        setattr(self, name, call)
        return call

    def _after(self, error, message):
        """The driver ended: raises if the call may have been done and must not be made again."""
        self._ref = None
        name, args = message
        reason = error.args[0]
        if reason == _NOT_SENT:
            return
        moved = any(isinstance(one, actor.Buffer) for one in args)  # they are no more
        if moved or reason != _NOT_READ and name not in self._retries:
            text = (
                "{} ended, nothing is known of its '{}'"
                if reason != _NOT_READ
                else ("{} ended before its '{}'")
            )
            raise actor.ActorDead(reason, text.format(self._name, name))

    async def _later(self, found, answer, message):
        while True:
            try:
                if answer is None:
                    self._ref, self._retries = await found
                    answer = self._ref.ask(message)
                return await answer
            except actor.ActorDead as error:
                self._after(error, message)
            answer, found = None, self._manager.where(self._name)


def _is_wait(value):
    return type(value).__name__ == "Wait"
