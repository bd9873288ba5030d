# SPDX-License-Identifier: MIT
"""The devices of this machine, each as the object that its driver gets.

    for found in hardware.find():
        print(found)
    disk = hardware.start(found)        # the Ref of its driver

Trusted: only for who may import _hw.
"""

import _hw
import actor
import pci

_VIRTIO = {1: "virtio_net", 2: "virtio_blk", 3: "virtio_console", 4: "virtio_rng"}
# Which features of a device a driver may ask for; never those that change what rings look like.
_FEATURES = (1 << 24) - 1 & ~(1 << 21 | 1 << 17)
_MEMORY_BYTES = 16 * 1024 * 1024  # that one driver may have devices use
_PCI, _MMIO = 1, 2  # transports, as vm_ext/hw/virtio.h counts
_COMMON, _NOTIFY, _ISR, _CONFIG = range(4)


class Found:
    """A device: `name` is the module of its driver, or None if there is none."""

    def __init__(self, name, what, parts):
        self.name, self.what, self._parts = name, what, parts
        self._made = None

    def __repr__(self):
        return f"<{self.name or 'unknown'}: {self.what}>"

    def parts(self):
        """(device, configuration, line, vector, memory): what the driver is given."""
        if self._made is None:
            self._made = self._parts()
        return self._made


def find():
    found = []
    try:
        bus = pci.Bus()
    except OSError:
        bus = None
    if bus:
        found += [_pci_device(function) for function in bus.functions()]
    for name, address, length, line in _hw.devices():
        if name == "virtio,mmio":
            one = _mmio_device(address, length, line)
            if one:
                found.append(one)
    return found


def _pci_device(function):
    if function.vendor == 0x1AF4 and 0x1040 <= function.device <= 0x107F:
        name = _VIRTIO.get(function.device - 0x1040)
        return Found(name, function, lambda: _virtio_pci(function))
    if function.vendor == 0x1AF4 and 0x1000 <= function.device <= 0x103F:
        name = _VIRTIO.get(function.read(0x2E, 2))  # of a device that also speaks the old way
        return Found(name, function, lambda: _virtio_pci(function))
    return Found(None, function, None)


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
    return device, windows[_CONFIG], line, vector, _hw.memory(_MEMORY_BYTES)


def _mmio_device(address, length, line):
    window = _hw.region(address, length)
    if window.read32(0) != 0x74726976 or window.read32(4) != 2 or window.read32(8) == 0:
        return None
    kind = window.read32(8)

    def parts():
        reset = ((False, 0, 0x70, 4, 0, 0), (True, 0, 0x70, 4, 0, 0xFF))
        device = _hw.device((window,), (), reset, _MMIO, 0, _FEATURES)
        config = _hw.region(address + 0x100, length - 0x100)
        return device, config, _hw.line(line), None, _hw.memory(_MEMORY_BYTES)

    return Found(_VIRTIO.get(kind), f"virtio-mmio at {address:x}", parts)


def start(found, **options):
    """Starts the driver in an actor of its own, monitored by who calls; its Ref."""
    return actor.spawn(found.name + ":main", found.parts(), monitor=True, **options)
