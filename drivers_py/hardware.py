# SPDX-License-Identifier: MIT
"""The devices of this machine, each as the object that its driver gets.

    for found in hardware.find():
        print(found)
    disk = hardware.start(found)        # its driver in an actor of its own: a Proxy
    disk = await hardware.link(found)   # the same in the actor that calls

Trusted: only for who may import _hw.
"""

import _hw
import actor
import bootconf
import cap
import described
import devices as _devices
import driver
import pci
import service
import supervisor

DRIVERS = (  # those in the image
    "ac97",
    "bochs_display",
    "cmos",
    "e1000",
    "i6300esb",
    "pl031",
    "pl061",
    "uart16550",
    "virtio_blk",
    "virtio_console",
    "virtio_input",
    "virtio_net",
    "virtio_rng",
)
_VIRTIO_ID, _VIRTIO_OLD = range(0x1040, 0x1080), range(0x1000, 0x1040)
# Which features of a device a driver may ask for; never those that change what rings look like.
_FEATURES = (1 << 24) - 1 & ~(1 << 21 | 1 << 17)
# Of virtio's devices those that get addresses in descriptors only, which C writes. Others get them
# in their requests, which drivers write: a balloon's pages, a GPU's backing. They have no driver.
_VIRTIO_KINDS = (1, 2, 3, 4, 18)
_ENODEV = 19
_PCI, _MMIO = 1, 2  # transports, as vm_ext/hw/virtio.h counts
_COMMON, _NOTIFY, _ISR, _CONFIG = range(4)


class Found:
    """A device. `ids`: what it is, as in a driver's `matches`, the most special first. `name`: the
    module of its driver, or None if there is none; `match`: by which id."""

    memory_bytes = 16 * 1024 * 1024  # that its driver may have it use

    def __init__(self, ids, what, parts):
        self.ids, self.what, self._parts = ids, what, parts
        self._made = self.name = self.match = None
        self._closed = False

    def __repr__(self):
        return f"<{self.name or 'unknown'}: {self.what}>"

    def parts(self):
        """(device, configuration, lines, vector, memory, name): what the driver is given."""
        if self._closed:
            raise OSError(_ENODEV)
        if self._made is None:
            device, config, line, vector = self._parts()
            lines = () if line is None else (line,)
            self._made = device, config, lines, vector, _hw.memory(self.memory_bytes), self.what
        return self._made

    def close(self):
        """The device is no more: whoever has anything of it has it no longer."""
        made, self._made, self._closed = self._made, None, True
        if made:
            device, config, lines, _, memory, _ = made
            for one in (device, config, memory) + tuple(lines):
                if one is not None:
                    cap.revoke(one)


_bus = []  # there is one, which knows what addresses it gave


def bus():
    """The PCI bus; None: there is none."""
    if not _bus:
        try:
            _bus.append(pci.Bus())
        except OSError as error:
            if error.errno != _ENODEV:
                raise
            _bus.append(None)
    return _bus[0]


def find(known=None, before=None):
    """The devices of this machine. known: {id: (module, ..)} of the drivers; before: those that
    were found the last time, by `what`, which stay the same objects."""
    found = []
    if bus():
        found += [_pci_device(function) for function in bus().functions()]
    for name, address, length, line in _hw.devices():
        if name == "virtio,mmio":
            one = _mmio_device(address, length, line)
        else:
            one = _tree_device(name, address, length, line)
        if one:
            found.append(one)
    found += [_port_device(name) for name in described.at_ports()]
    if before:
        found = [before.get(one.what, one) for one in found]  # none of them is closed
    known = known or _in_image()
    for one in found:
        for id in one.ids:
            if id in known and one.match is None:
                one.name, one.match = known[id][0], id
    return found


_known = {}


def _in_image():
    """(module, retries) of what the drivers in the image match. Their files are not run here."""
    if not _known:
        for name, error, matches, retries, _ in driver.describe(DRIVERS):
            if error is None:
                _known.update({id: (name, retries) for id in matches})
    return _known


def _no_parts(function):
    raise OSError(_ENODEV)


def _pci_device(function):
    ids = [
        ("pci", function.vendor, function.device),
        ("pci-class", function.kind),
    ]
    parts = _no_parts
    if function.vendor == 0x1AF4 and function.device in _VIRTIO_ID:
        ids.insert(0, ("virtio", function.device - _VIRTIO_ID[0]))
    elif function.vendor == 0x1AF4 and function.device in _VIRTIO_OLD:
        ids.insert(0, ("virtio", function.read(0x2E, 2)))  # it also speaks the old way
    if ids[0][0] == "virtio" and ids[0][1] in _VIRTIO_KINDS:
        parts = _virtio_pci
    elif described.name_of(ids):
        parts = described.pci_parts
    return Found(ids, str(function)[1:-1], lambda: parts(function))


def _virtio_pci(function):
    windows = [None] * 4
    unit = 0
    for kind, at in function.capabilities():
        if kind == pci.VENDOR_SPECIFIC:
            place = function.read(at + 3, 1) - 1
            if place in (_COMMON, _NOTIFY, _ISR, _CONFIG) and windows[place] is None:
                bar, offset = function.read(at + 4, 1), function.read(at + 8, 4)
                windows[place] = function.region(bar, offset, function.read(at + 12, 4))
                if place == _NOTIFY:
                    unit = function.read(at + 16, 4)
    if None in windows[:_CONFIG]:
        raise OSError(19)
    line, vector = function.line()
    function.enable()
    reset = ((False, _COMMON, 20, 1, 0, 0), (True, _COMMON, 20, 1, 0, 0xFF))
    device = _hw.device(windows[:_CONFIG], (), reset, _PCI, unit, _FEATURES)
    return device, windows[_CONFIG], line, vector


def _mmio_device(address, length, line):
    window = _hw.region(address, length)
    if window.read32(0) != 0x74726976 or window.read32(4) != 2 or window.read32(8) == 0:
        return None
    kind = window.read32(8)

    def parts():
        if kind not in _VIRTIO_KINDS:
            raise OSError(_ENODEV)
        reset = ((False, 0, 0x70, 4, 0, 0), (True, 0, 0x70, 4, 0, 0xFF))
        device = _hw.device((window,), (), reset, _MMIO, 0, _FEATURES)
        config = _hw.region(address + 0x100, length - 0x100)
        return device, config, _hw.line(line), None

    return Found([("virtio", kind)], f"virtio-mmio at {address:x}", parts)


def _tree_device(name, address, length, line):
    def parts():
        return described.tree_parts(name, address, length, line)

    return Found([("tree", name)], f"{name} at {address:x}", parts)


def _port_device(name):
    return Found([("isa", name)], name, lambda: described.port_parts(name))


def start(found, **options):
    """Starts the driver in an actor of its own, monitored by who calls: a Proxy, once its start()
    is over. Options are those of actor.spawn()."""
    ref = driver.spawn(found.name, found.parts(), monitor=True, **options)
    return service._then(service.begin(ref), lambda _: service.connect(ref))


def link(found):
    """Starts the driver in the actor that calls, which asyncio runs; to be awaited. An object with
    the same methods."""
    return driver.link(found.name, found.parts())


def unlink(linked):
    """Ends a driver that was linked, and resets its device; to be awaited."""
    return driver.unlink(linked)


# --- the system's drivers: see devices.py


def boot(config=None, files=None):
    """Has the system start the drivers of its devices, as the configuration says (bootconf.py);
    files: those that it names, {name: bytes}. Without one: all, each isolated. It does not wait.
    For the shell; later calls do nothing."""
    bootconf.require(config or {})
    if actor.whereis(_devices.NAME) is None:
        options = {"name": _devices.NAME, "caps": ["machine", "names", "system"]}
        spec = supervisor.child(
            _devices.NAME, "devices:_main", config or {}, files or {}, inner=True, **options
        )
        service.connect(actor.whereis("system")).start_child(spec)


def manager():
    """A Proxy of who has the drivers; it is started if it is not there."""
    boot()
    return service.connect(actor.whereis(_devices.NAME).narrow())


def settled():
    """What there is to report of the drivers, once none is starting any more."""
    proxy = manager()
    proxy.settle()
    return proxy.reports()


def open(name):
    """A driver that the system started, by its name ("virtio_blk.1") or module ("virtio_blk": the
    first). It goes on when the driver was started again."""
    return _devices.Client(manager(), name)


def devices(registers=False):
    """A table: what is on the machine, its driver, where that is, how it is and how often it was
    started again; and what is in the registers of those that have a description."""
    proxy = manager()
    table = "{:38} {:16} {:14} {:9} {:>8}"
    print(table.format("device", "driver", "place", "state", "restarts"))
    for what, name, module, place, state, restarts, error in proxy.devices():
        print(table.format(what, name or module or "-", place or "-", state, restarts))
        if error and state != "running":
            print("    " + error.strip().replace("\n", "\n    "))
        text = proxy.registers(name) if registers and state == "running" else ""
        if text:
            print("    " + text.replace("\n", "\n    "))
    for report in proxy.reports():
        print(report)
