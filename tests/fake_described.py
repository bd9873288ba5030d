# SPDX-License-Identifier: MIT
"""A device for drivers on CPython whose registers and rings are those of its description.

    device = Described("e1000")
    card = started("e1000", device)
    device.given["receive"].finish(b"frame", EOP=1)
    card.interrupt()

What a driver may not do raises here what it raises on a machine. `reads` and `writes` are called
for a register of that name instead of memory.
"""

from collections.abc import Callable
from typing import Any

import fake_virtio
from fake_virtio import Buffer

from antaresia_tools.commands import describe


class Register:
    def __init__(self, device: "Described", form: Any) -> None:
        self.__dict__.update(device=device, form=form, value=form.reset or 0)

    def read(self) -> int:
        mask = self.form.mask(1)
        if not mask:
            raise OSError("this register does not allow that")
        reads = self.device.reads.get(self.form.name)
        return mask & (reads() if reads else self.value)

    def write(self, value: int) -> None:
        if not self.form.mask(2) or value & ~self.form.mask(2):
            raise OSError("this register does not allow that")
        self.__dict__["value"] = value
        self.device.log.append((self.form.name, value))
        writes = self.device.writes.get(self.form.name)
        if writes:
            writes(value)

    def change(self, fields: dict[str, int]) -> None:
        value = self.form.value("fake", fields)
        mask = sum(self.form.field("fake", name).mask for name in fields)
        clear = self.form.mask(4) if self.form.fields else 0
        others = self.form.mask(2) & ~clear & ~mask
        self.write(value | (self.read() & others if self.form.mask(1) else 0))

    def __call__(self, *args: int, **fields: int) -> int | None:
        if fields:
            return self.change(fields)
        return self.write(args[0]) if args else self.read()

    def __getattr__(self, name: str) -> int:
        field = self.form.field("fake", name)
        return int((self.read() & field.mask) >> field.low)

    def __setattr__(self, name: str, value: int) -> None:
        self.change({name: value})


class Ring:
    def __init__(self, form: Any) -> None:
        self.form, self.size, self.written, self.kicks = form, form.count - 1, 0, 0
        self.posted: list[tuple[Any, Buffer, int, int, dict[str, int]]] = []
        self._done: list[tuple[Any, int, dict[str, int]]] = []

    # --- the driver's side

    def post(self, token: object, buffer: Buffer, start: int, length: int, **fields: int) -> None:
        if not isinstance(buffer, Buffer):
            raise TypeError("an entry is of a dma.Buffer")
        if not buffer.usable or start < 0 or not 0 < length <= len(buffer) - start:
            raise ValueError("an entry is (dma.Buffer of yours, start, length) within it")
        if length < self.form.needs or start % self.form.align or length % self.form.unit:
            raise ValueError("this ring does not take that start or length")
        names = {field.name for field in self.form.entry if field.access in ("rw", "wo")}
        if not names.issuperset(fields):
            raise TypeError("an entry of this ring has no such field that is yours")
        if len(self.posted) + len(self._done) >= self.size:
            raise OSError(11)
        self.posted.append((token, buffer, start, length, fields))

    def kick(self) -> None:
        self.kicks += 1

    def take(self) -> Any:
        if not self._done:
            return None
        token, self.written, fields = self._done.pop(0)
        self.__dict__.update(fields)
        return token

    # --- the device's

    def finish(self, data: bytes = b"", **fields: int) -> bytes:
        """Done with the oldest entry, after writing this; what it names."""
        token, buffer, start, length, _ = self.posted.pop(0)
        buffer[start : start + len(data)] = data
        zeros = {field.name: 0 for field in self.form.entry if field.access in ("rw", "ro")}
        self._done.append((token, len(data), {**zeros, **fields}))
        return bytes(buffer[start : start + length])


class Described(fake_virtio.Device):
    def __init__(self, name: str) -> None:
        super().__init__(())
        self.form = describe.load(name)
        self.form.check()
        self.log: list[tuple[str, int]] = []
        self.reads: dict[str, Callable[[], int]] = {}
        self.writes: dict[str, Callable[[int], None]] = {}
        self.given: dict[str, Ring] = {}
        for form in self.form.registers:
            setattr(self, form.name, Register(self, form))

    def ring(self, name: str) -> Ring:
        self.given[name] = Ring(next(form for form in self.form.rings if form.name == name))
        return self.given[name]
