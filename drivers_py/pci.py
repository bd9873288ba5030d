# SPDX-License-Identifier: MIT
"""PCI: what is on the bus, windows of registers, interrupts (PCI Local Bus 3.0, PCIe 4.0).

    for function in pci.Bus().functions():
        print(function)

Trusted: only for who may import _hw. A driver never sees the configuration space.
"""

import _hw
import cap

_ADDRESS, _DATA = 0, 4  # of ports cf8 and cfc
_COMMAND, _STATUS, _BARS, _CAPABILITIES, _LINE, _PIN = 0x04, 0x06, 0x10, 0x34, 0x3C, 0x3D
_PORTS, _MEMORY, _MASTER, _NO_INTX, _LIST = 1, 2, 4, 0x400, 0x10
_MSIX, VENDOR_SPECIFIC = 0x11, 0x09
_BUSES, _BRIDGE_MEMORY, _BRIDGE_PREFETCH = 0x18, 0x20, 0x24  # of a bridge
_BEHIND_BYTES = 2 * 1024 * 1024  # of addresses for what is behind a bridge
_PAGE = 4096
_MSIX_ON = 0x8000


class Window:
    """Addresses for BARs that have none: those of a bus, from `start` to `end`."""

    def __init__(self, start, end):
        self.start, self.end = start, end
        self._taken = []  # (start, end, whose)

    def take(self, size, whose):
        """The first that are free, aligned to their size. OSError(ENOMEM)."""
        at = (self.start + size - 1) & -size
        for start, end, _ in sorted(self._taken):
            if at + size <= start:
                break
            at = max(at, (end + size - 1) & -size)
        if at + size > self.end:
            raise OSError(12)
        self._taken.append((at, at + size, whose))
        return at

    def note(self, start, size, whose):
        """These have been given, by the firmware or before."""
        if (start, start + size, whose) not in self._taken:
            self._taken.append((start, start + size, whose))

    def free(self, whose):
        self._taken = [one for one in self._taken if one[2] != whose]


class Bus:
    """The PCI host bridge; OSError(ENODEV) where there is none. There is one such object: it knows
    which addresses are given."""

    def __init__(self):
        found = _hw.pci()
        if found is None:
            raise OSError(19)
        base, length, start, left, self.lines, self.assigned = found
        self._windows = {0: Window(start, start + left)}  # by the number of the bus
        self.bridges = {}  # by the number of the bus behind them
        self.hidden = set()  # buses whose devices are to go
        self._ecam = _hw.region(base, length) if length else None
        self._ports = None if length else cap.narrow(_hw.ports(), 0xCF8, 8)
        self.buses = length >> 20 if length else 256
        self.setup()

    def read(self, where, offset, width):
        if self._ecam:
            ecam = self._ecam
            offset += where << 12
            if width == 4:
                return ecam.read32(offset)
            return ecam.read16(offset) if width == 2 else ecam.read8(offset)
        self._ports.write32(_ADDRESS, 1 << 31 | where << 8 | offset & 0xFC)
        value = self._ports.read32(_DATA) >> 8 * (offset & 3)
        return value & (1 << 8 * width) - 1

    def write(self, where, offset, width, value):
        if self._ecam:
            offset += where << 12
            if width == 4:
                self._ecam.write32(offset, value)
            else:
                self._ecam.write16(offset, value)
            return
        if width == 2:
            other = self.read(where, offset ^ 2, 2)
            value = value | other << 16 if offset & 2 == 0 else value << 16 | other
        self._ports.write32(_ADDRESS, 1 << 31 | where << 8 | offset & 0xFC)
        self._ports.write32(_DATA, value)

    def setup(self):
        """Where no firmware did it: buses behind bridges get numbers and windows of addresses, BARs
        their addresses. What has them keeps them: another Bus may have done it before."""
        if not self.assigned:
            self._number(0, 0)
            for function in self.functions():
                function.place_bars()

    def ecam(self):
        if self._ecam is None:
            raise OSError(19)
        return self._ecam

    def _number(self, bus, last):
        """The last number that is in use."""
        for bridge in self.functions(bus, False):
            if not bridge.is_bridge() or bridge.behind():
                continue
            number = last + 1
            if number >= self.buses:
                raise OSError(28)
            try:
                start = self._windows[bus].take(_BEHIND_BYTES, bridge.where)
            except OSError:
                continue  # no addresses are left, so nothing behind it can be used
            self._windows[number] = Window(start, start + _BEHIND_BYTES)
            bridge.write(_BUSES, 4, bus | number << 8 | 0xFF << 16)
            end = (start + _BEHIND_BYTES - 1) & 0xFFF00000
            bridge.write(_BRIDGE_MEMORY, 4, start >> 16 | end)
            bridge.write(_BRIDGE_PREFETCH, 4, 0x0000FFF0)  # none
            bridge.write(_COMMAND, 2, bridge.read(_COMMAND, 2) | _MEMORY | _MASTER)
            last = self._number(number, number)
            bridge.write(_BUSES, 4, bus | number << 8 | last << 16)
        return last

    def window(self, bus):
        """Addresses for the BARs of what is on this bus."""
        if bus not in self._windows:
            bridge = self.bridges[bus]
            start, last = bridge.read(_BRIDGE_MEMORY, 2), bridge.read(_BRIDGE_MEMORY + 2, 2)
            start, end = start >> 4 << 20, (last >> 4) + 1 << 20
            self._windows[bus] = window = Window(start, max(start, end))
            for function in self.functions(bus, False):
                function.note_bars(window)
        return self._windows[bus]

    def gone(self, bus):
        """What was on this bus is no more."""
        window = self._windows.get(bus)
        if window:
            for device in range(256):
                window.free(bus << 8 | device)

    def functions(self, bus=0, deep=True):
        """Every function of this bus and, if deep, of those behind its bridges."""
        if bus in self.hidden:
            return
        for slot in range(32):
            for number in range(8):
                where = bus << 8 | slot << 3 | number
                if self.read(where, 0, 2) == 0xFFFF:
                    if number == 0:
                        break
                    continue
                function = Function(self, where)
                yield function
                header = self.read(where, 0x0E, 1)
                if deep and function.is_bridge():
                    behind = function.behind()
                    if bus < behind < self.buses:
                        self.bridges[behind] = function
                        yield from self.functions(behind)
                if number == 0 and not header & 0x80:
                    break


class Function:
    def __init__(self, bus, where):
        self.bus, self.where = bus, where
        self.vendor, self.device = self.read(0, 2), self.read(2, 2)
        self.kind = self.read(8, 4) >> 8  # class, subclass, interface
        self._bars = {}

    def __repr__(self):
        name = f"{self.where >> 8:02x}:{self.where >> 3 & 31:02x}.{self.where & 7}"
        return f"<PCI {name} {self.vendor:04x}:{self.device:04x} class {self.kind:06x}>"

    def read(self, offset, width):
        return self.bus.read(self.where, offset, width)

    def write(self, offset, width, value):
        self.bus.write(self.where, offset, width, value)

    def is_bridge(self):
        return self.read(0x0E, 1) & 0x7F == 1

    def behind(self):
        """The number of the bus behind a bridge."""
        return self.read(_BUSES + 1, 1)

    def capabilities(self):
        """(id, offset) of each."""
        at = self.read(_CAPABILITIES, 1) & 0xFC if self.read(_STATUS, 2) & _LIST else 0
        for _ in range(48):
            if at == 0:
                return
            yield self.read(at, 1), at
            at = self.read(at + 1, 1) & 0xFC

    def _size(self, at, wide):
        """Of the memory BAR there, whose value is lost."""
        self.write(at, 4, 0xFFFFFFFF)
        mask = self.read(at, 4) & ~15
        if wide:
            self.write(at + 4, 4, 0xFFFFFFFF)
            mask |= self.read(at + 4, 4) << 32
        else:
            mask |= 0xFFFFFFFF << 32
        return (1 << 64) - mask if mask & 0xFFFFFFFF or mask >> 32 not in (0, 0xFFFFFFFF) else 0

    def bar(self, number):
        """(address, length) of a memory BAR; it gets addresses if it has none. None: it is none."""
        if number in self._bars:
            return self._bars[number]
        at = _BARS + 4 * number
        low = self.read(at, 4)
        wide = low & 6 == 4
        if low & 1:
            return None
        address = low & ~15 | (self.read(at + 4, 4) << 32 if wide else 0)
        command = self.read(_COMMAND, 2)
        self.write(_COMMAND, 2, command & ~_MEMORY)
        size = self._size(at, wide)
        if size and address == 0:
            address = self.bus.window(self.where >> 8).take(max(size, _PAGE), self.where)
        self.write(at, 4, address & 0xFFFFFFFF)
        if wide:
            self.write(at + 4, 4, address >> 32)
        self.write(_COMMAND, 2, command)
        self._bars[number] = (address, size) if size else None
        return self._bars[number]

    def place_bars(self):
        """Those that have no address get one, if there is one left."""
        number = 0
        while number < (0 if self.is_bridge() else 6):
            low = self.read(_BARS + 4 * number, 4)
            if not low & ~15 and not low & 1:
                try:
                    self.bar(number)
                except OSError:
                    return  # it can have no driver
            number += 2 if low & 7 == 4 else 1

    def note_bars(self, window):
        """Those of its BARs that lie in the window of its bus already."""
        number = 0
        while number < (0 if self.is_bridge() else 6):
            low = self.read(_BARS + 4 * number, 4)
            found = self.bar(number) if low & ~15 and not low & 1 else None
            if found and window.start <= found[0] < window.end:
                window.note(found[0], found[1], self.where)
            number += 2 if low & 7 == 4 else 1

    def region(self, number, offset=0, length=None):
        """The window of a BAR, or of a part of it."""
        found = self.bar(number)
        if found is None or offset + (length or 0) > found[1]:
            raise OSError(19)
        return _hw.region(found[0] + offset, found[1] - offset if length is None else length)

    def ports(self, number):
        """The window of a BAR of ports, which the firmware has placed."""
        at = _BARS + 4 * number
        low = self.read(at, 4)
        if not low & 1 or not self.bus.assigned:
            raise OSError(19)
        command = self.read(_COMMAND, 2)
        self.write(_COMMAND, 2, command & ~_PORTS)
        self.write(at, 4, 0xFFFFFFFF)
        size = -(self.read(at, 4) & ~3) & 0xFFFF
        self.write(at, 4, low)
        self.write(_COMMAND, 2, command)
        return cap.narrow(_hw.ports(), low & ~3, size)

    def config(self, offset, length):
        """The window of a part of its configuration space; only where that is memory."""
        return cap.narrow(self.bus.ecam(), (self.where << 12) + offset, length)

    def enable(self, master=True):
        """Registers answer, and the device may use memory: only once a description guards it."""
        wanted = _PORTS | _MEMORY | (_MASTER if master else 0)
        self.write(_COMMAND, 2, self.read(_COMMAND, 2) | wanted)

    def line(self):
        """(Line, vector of MSI-X or None): message 0 of MSI-X if that exists, else its INTx pin;
        (None, None): it has none."""
        for kind, at in self.capabilities():
            message = _hw.message() if kind == _MSIX else None
            if message:
                line, address, data = message
                place = self.read(at + 4, 4)
                table = self.region(place & 7, place & ~7, 16)
                self.write(_COMMAND, 2, self.read(_COMMAND, 2) | _MEMORY | _NO_INTX)
                self.write(at + 2, 2, self.read(at + 2, 2) | _MSIX_ON)
                table.write32(0, address & 0xFFFFFFFF)
                table.write32(4, address >> 32)
                table.write32(8, data)
                table.write32(12, 0)
                return line, 0
        number = self._intx()
        if number is None:
            return None, None
        self.write(_COMMAND, 2, self.read(_COMMAND, 2) & ~_NO_INTX)
        return _hw.line(number), None

    def _intx(self):
        """Where its INTx pin arrives: each bridge turns the pins by the number of the slot, down to
        the lines of the host's; or where a PC's firmware says."""
        pin = self.read(_PIN, 1)
        if not 1 <= pin <= 4:
            return None
        if not any(self.bus.lines):
            number = self.read(_LINE, 1)
            return number if 1 <= number <= 15 else None
        turn, where = pin - 1, self.where
        while where >> 8:
            turn += where >> 3 & 31
            where = self.bus.bridges[where >> 8].where
        return self.bus.lines[(where >> 3) + turn & 3]
