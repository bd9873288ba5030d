# SPDX-License-Identifier: MIT
"""Devices that have a description: which one, and what the driver is given.

Trusted: only for who may import _hw. A description's file is read when the device gets its driver.
"""

import _hw
import cap
import description

# As in a driver's `matches`: the module in descriptions/.
KNOWN = {
    ("pci", 0x1234, 0x1111): "bochs_display",
    ("pci", 0x1234, 0x11E8): "edu",
    ("pci", 0x8086, 0x100E): "e1000",
    ("pci", 0x8086, 0x2415): "ac97",
    ("pci", 0x8086, 0x25AB): "i6300esb",
    ("tree", "arm,pl031"): "pl031",
    ("tree", "arm,pl061"): "pl061",
    ("isa", "cmos"): "cmos",
    ("isa", "com2"): "uart16550",
}
# What no bus tells of, on machines with ports: as in ("isa", name); and what is read where it is.
_AT_PORTS = (("cmos", None), ("com2", 0x2FD))
_NOBODY = 0xFF


def name_of(ids):
    """The description's name for the first of the ids that has one, or None."""
    for one in ids:
        if one in KNOWN:
            return KNOWN[one]
    return None


def load(name):
    return __import__("descriptions." + name, None, None, ("DEVICE",)).DEVICE


def at_ports():
    """The names of devices at fixed ports."""
    ports = _hw.ports()
    if ports is None:
        return []
    return [name for name, port in _AT_PORTS if port is None or ports.read8(port) != _NOBODY]


def pci_parts(function):
    """(device, configuration, line, vector) of a PCI function."""
    known = load(KNOWN["pci", function.vendor, function.device])
    windows = []
    for kind, *where in known.windows:
        if kind == "bar":
            io = function.read(0x10 + 4 * where[0], 4) & 1
            windows.append(function.ports(where[0]) if io else function.region(*where))
        elif kind == "config":
            windows.append(function.config(*where))
        else:
            raise ValueError(known.name + ": a PCI function has no window " + kind)
    config = function.region(*known.config[1:]) if known.config else None
    line, vector = function.line() if known.line is not False else (None, None)
    device = description.make(known, windows)
    function.enable(known.uses_memory())
    return device, config, line, vector


def tree_parts(name, address, length, number):
    """The same of a device that the firmware describes, with its line's number."""
    device = description.make(load(KNOWN["tree", name]), (_hw.region(address, length),))
    return device, None, _hw.line(number), None


def port_parts(name):
    """The same of a device at fixed ports."""
    known = load(KNOWN["isa", name])
    ports = _hw.ports()
    windows = [cap.narrow(ports, *where) for kind, *where in known.windows]
    line = None if known.line is None else _hw.line(known.line)
    return description.make(known, windows), None, line, None
