# SPDX-License-Identifier: MIT
"""PCI: what is on the bus, windows of registers, interrupts (PCI Local Bus 3.0, PCIe 4.0).

    for function in pci.Bus().functions():
        print(function)

Trusted: only for who may import _hw. A driver never sees the configuration space.
"""

import _hw
import cap

_ADDRESS, _DATA = 0, 4  # of ports cf8 and cfc
_COMMAND, _STATUS, _BARS, _CAPABILITIES, _PIN = 0x04, 0x06, 0x10, 0x34, 0x3D
_MEMORY, _MASTER, _NO_INTX, _LIST = 2, 4, 0x400, 0x10
_MSIX, VENDOR_SPECIFIC = 0x11, 0x09
_MSIX_ON = 0x8000


class Bus:
    """The PCI host bridge; OSError(ENODEV) where there is none."""

    def __init__(self):
        found = _hw.pci()
        if found is None:
            raise OSError(19)
        base, length, self._next, left, self.lines, self.assigned = found
        self._end = self._next + left
        self._ecam = _hw.region(base, length) if length else None
        self._ports = None if length else cap.narrow(_hw.ports(), 0xCF8, 8)
        self.buses = length >> 20 if length else 256

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

    def place(self, size):
        """Addresses for a BAR that the firmware left without."""
        start = (self._next + size - 1) & -size
        if start + size > self._end:
            raise OSError(12)
        self._next = start + size
        return start

    def functions(self, bus=0):
        """Every function of this bus and of those behind its bridges."""
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
                if header & 0x7F == 1:
                    behind = self.read(where, 0x19, 1)
                    if bus < behind < self.buses:
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
        if size and not self.bus.assigned:
            address = self.bus.place(size)
        self.write(at, 4, address & 0xFFFFFFFF)
        if wide:
            self.write(at + 4, 4, address >> 32)
        self.write(_COMMAND, 2, command)
        self._bars[number] = (address, size) if size else None
        return self._bars[number]

    def region(self, number, offset=0, length=None):
        """The window of a BAR, or of a part of it."""
        found = self.bar(number)
        if found is None or offset + (length or 0) > found[1]:
            raise OSError(19)
        return _hw.region(found[0] + offset, found[1] - offset if length is None else length)

    def enable(self):
        """Registers answer, and the device may use memory: only once a description guards it."""
        self.write(_COMMAND, 2, self.read(_COMMAND, 2) | _MEMORY | _MASTER)

    def line(self):
        """(Line, vector of MSI-X or None): message 0 of MSI-X if that exists, else its INTx pin."""
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
        pin = self.read(_PIN, 1)
        slot = self.where >> 3 & 31
        if not 1 <= pin <= 4 or not any(self.bus.lines) or self.where >> 8:
            return None, None
        self.write(_COMMAND, 2, self.read(_COMMAND, 2) & ~_NO_INTX)
        return _hw.line(self.bus.lines[(slot + pin - 1) & 3]), None
