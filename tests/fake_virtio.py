# SPDX-License-Identifier: MIT
"""A virtio device for drivers on CPython: what a driver is given, and the device's side of it.

    device = Device(queues=2)
    net = started("virtio_net", device)
    device.queues[0].fill(b"frame")     # the device writes, and is done with a request
    net.interrupt()

The modules of the machine that drivers import are stood in for; driver.py is the real one.
"""

import importlib
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from antaresia_tools import paths

FOLDERS = ("drivers_py", "vm_ext/modactor/py")
MEMORY_BYTES = 1 << 20


class Buffer(bytearray):
    """actor.Buffer."""

    usable = False


class Memory:
    """dma.Memory: `left` bytes may be taken."""

    def __init__(self) -> None:
        self.left = MEMORY_BYTES

    def buffer(self, size: int) -> Buffer:
        if size > self.left:
            raise MemoryError
        self.left -= size
        made = Buffer(size)
        made.usable = True
        return made


class Queue:
    def __init__(self, size: int) -> None:
        self.size, self.written, self.kicks, self.told = size, 0, 0, True
        self.posted: list[tuple[Any, int, list[tuple[Buffer, int, int]]]] = []
        self._done: list[tuple[Any, int]] = []
        self._used = 0

    # --- the driver's side

    def post(self, token: object, n_readable: int, *args: Any) -> None:
        parts = [args[i : i + 3] for i in range(0, len(args), 3)]
        for buffer, start, length in parts:
            if not isinstance(buffer, Buffer):
                raise TypeError("a part is of a dma.Buffer")
            if not buffer.usable or not 0 < length <= len(buffer) - start or start < 0:
                raise ValueError("a part is (dma.Buffer of yours, start, length) within it")
        if self._used + len(parts) > self.size:
            raise OSError(11)
        self._used += len(parts)
        self.posted.append((token, n_readable, parts))  # type: ignore[arg-type]

    def kick(self) -> None:
        self.kicks += 1

    def interrupts(self, on: bool) -> None:
        self.told = on

    def take(self) -> Any:
        if not self._done:
            return None
        token, self.written = self._done.pop(0)
        return token

    # --- the device's

    def finish(self, written: int) -> bytes:
        """Done with the oldest request, saying so much was written; what there was to read."""
        token, n_readable, parts = self.posted.pop(0)
        self._used -= len(parts)
        self._done.append((token, written))
        return b"".join(bytes(b[start : start + length]) for b, start, length in parts[:n_readable])

    def fill(self, data: bytes, claims: int | None = None) -> None:
        """Writes to the oldest request."""
        token, n_readable, parts = self.posted[0]
        left = data
        for buffer, start, length in parts[n_readable:]:
            count = min(length, len(left))
            buffer[start : start + count] = left[:count]
            left = left[count:]
        assert not left
        self.finish(len(data) if claims is None else claims)


class Config:
    """mmio.Region of bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = bytearray(data)

    def __len__(self) -> int:
        return len(self.data)

    def read8(self, at: int) -> int:
        return self.data[at]

    def read16(self, at: int) -> int:
        return int.from_bytes(self.data[at : at + 2], "little")

    def write8(self, at: int, value: int) -> None:
        self.data[at] = value

    def writefrom(self, at: int, data: bytes, width: int = 4) -> None:
        assert at % width == 0 and len(data) % width == 0 and at + len(data) <= len(self.data)
        self.data[at : at + len(data)] = data


class Device:
    """driver.Device, and its C object: `queues` of a driver is this."""

    def __init__(self, sizes: tuple[int, ...], config: bytes = b"", offered: int = 0) -> None:
        self.config, self.offered, self.memory = Config(config), offered, Memory()
        self.vector = self.line = None
        self.lines = ()
        self.name = "fake"
        self.rings = [Queue(size) for size in sizes]
        self.is_ready, self.resets, self.acks = False, 0, 0
        self.queues = self.registers = self

    def negotiate(self, features: int) -> int:
        return features & self.offered

    def queue(self, index: int, size: int = 256, vector: int | None = None) -> Queue:
        self.rings[index].size = min(size, self.rings[index].size)
        return self.rings[index]

    def ready(self) -> None:
        self.is_ready = True

    def reset(self) -> None:
        self.resets += 1

    def ack(self) -> int:
        self.acks += 1
        return 1


class MailboxFull(Exception):
    pass


class Ref:
    """actor.Ref: `mail` is what was sent, `room` how much fits."""

    def __init__(self, room: int = 1000) -> None:
        self.mail: list[Any] = []
        self.room = room

    def send(self, message: object) -> None:
        if len(self.mail) >= self.room:
            raise MailboxFull
        self.mail.append(message)


class FrameBuffer:
    """framebuf.FrameBuffer: text instead of dots, a letter for each cell of 8."""

    def __init__(self, data: bytearray, width: int, *_: int) -> None:
        self.data = data

    def fill(self, _: int) -> None:
        self.data[:] = bytes(len(self.data))

    def text(self, text: str, *_: int) -> None:
        self.data[: len(text)] = text.encode()

    def hline(self, *_: int) -> None:
        pass


def _modules() -> dict[str, types.ModuleType]:
    contents: dict[str, dict[str, object]] = {
        "actor": {"Buffer": Buffer, "Ref": Ref, "MailboxFull": MailboxFull},
        "dma": {
            "Buffer": lambda memory, size: memory.buffer(size),
            "usable": lambda one: isinstance(one, Buffer) and one.usable,
        },
        "framebuf": {"FrameBuffer": FrameBuffer, "RGB565": 1},
    }
    made = {}
    for name, values in contents.items():
        made[name] = types.ModuleType(name)
        vars(made[name]).update(values)
    return made


@contextmanager
def machine() -> Iterator[Callable[[str], Any]]:
    """Within it a driver's module can be imported by its name, anew."""
    before, path = dict(sys.modules), list(sys.path)
    sys.path[:0] = [str(paths.ROOT / folder) for folder in FOLDERS]
    sys.modules.update(_modules())
    try:
        yield importlib.import_module
    finally:
        sys.path[:] = path
        for name in set(sys.modules) - set(before):
            del sys.modules[name]
        sys.modules.update(before)


def started(name: str, device: Device) -> Any:
    """The driver of this module, started. Its module is its attribute `module`."""
    with machine() as load:
        module = load(name)
        cls = load("driver").load(name)
    one = cls()
    one.module = module
    try:
        one.start(device).send(None)
    except StopIteration:
        return one
    raise AssertionError("start() waits")
