# SPDX-License-Identifier: MIT
"""A disk: virtio-blk (Virtio 1.1, 5.2). Many requests in flight.

As an actor it answers, in the order in which the device is done,

    disk.ask(("read", sector, bytes))       -> a Buffer that devices may use
    disk.ask(("read", sector, buffer))      -> that Buffer, filled
    disk.ask(("write", sector, data))       -> data may be bytes, or a Buffer, which comes back
    disk.ask(("flush",))                    -> None: what was written before is on the disk
    disk.ask(("discard", sector, sectors))  -> None
    disk.ask(("info",))                     -> {"sectors": .., "read_only": .., "queue": ..}

An error of the device is OSError(EIO). If the driver dies, nothing is known of a write that was not
answered.
"""

import actor
import dma

SECTOR = 512
_SLOTS = 64  # requests in flight; each has 32 bytes of `_heads`: 16 of header, one of status
_IN, _OUT, _FLUSH, _DISCARD = 0, 1, 4, 11
_F_RO, _F_FLUSH, _F_DISCARD = 1 << 5, 1 << 9, 1 << 13
_EIO, _EROFS, _EINVAL, _EOPNOTSUPP = 5, 30, 22, 95


class Request:
    """One under way: what to do when it is done."""

    def __init__(self, slot, call, answer):
        self.slot, self.call, self.answer = slot, call, answer


class VirtioBlk:
    """The device; start() before anything else. `device` is all that it has."""

    def __init__(self, parts):
        self.device, self.config, self.line, self.vector, self.memory = parts

    def start(self):
        features = self.device.negotiate(_F_RO | _F_FLUSH | _F_DISCARD)
        self.read_only = bool(features & _F_RO)
        self.can_flush = bool(features & _F_FLUSH)
        self.can_discard = bool(features & _F_DISCARD)
        self.sectors = self.config.read32(0) | self.config.read32(4) << 32
        self.queue = self.device.queue(0, 256, self.vector)
        self._heads = dma.Buffer(self.memory, _SLOTS * 32)
        self._ranges = dma.Buffer(self.memory, _SLOTS * 16) if self.can_discard else None
        self._free = list(range(_SLOTS))
        self._waiting = []
        self.device.ready()

    def stop(self):
        self.device.reset()

    # --- requests

    def submit(self, kind, sector, data, length, request):
        """Gives a request to the device; kick() tells it. There must be a free slot."""
        slot = request.slot
        at = slot * 32
        heads = self._heads
        heads[at] = kind
        for i in range(8):
            heads[at + 8 + i] = sector >> 8 * i & 255
        heads[at + 16] = 255
        post = self.queue.post
        if kind == _IN:
            post(request, 1, heads, at, 16, data, 0, length, heads, at + 16, 1)
        elif data is None:
            post(request, 1, heads, at, 16, heads, at + 16, 1)
        else:
            start = slot * 16 if kind == _DISCARD else 0
            post(request, 2, heads, at, 16, data, start, length, heads, at + 16, 1)

    def completed(self):
        """A request that is done, or None; and whether all went well."""
        request = self.queue.take()
        if request is None:
            return None, False
        self._free.append(request.slot)
        return request, self._heads[request.slot * 32 + 16] == 0

    def check(self, sector, length):
        if length <= 0 or length % SECTOR or sector < 0 or sector + length // SECTOR > self.sectors:
            raise OSError(_EINVAL)

    # --- calls

    def _begin(self, call):
        """Starts what is asked for; False if it was answered at once."""
        what = call.msg
        kind = what[0]
        if kind == "read":
            data = what[2]
            if isinstance(data, int):
                data = dma.Buffer(self.memory, data)
            self.check(what[1], len(data))
            request = Request(self._free.pop(), call, data)
            self._submit(_IN, what[1], data, len(data), request)
        elif kind == "write":
            data, answer = what[2], what[2]
            self.check(what[1], len(data))
            if self.read_only:
                raise OSError(_EROFS)
            if not isinstance(data, actor.Buffer):
                answer, data = None, dma.Buffer(self.memory, len(data))
                data[:] = what[2]
            self._submit(_OUT, what[1], data, len(data), Request(self._free.pop(), call, answer))
        elif kind == "flush":
            if not self.can_flush:
                call.reply(None)
                return False
            self._submit(_FLUSH, 0, None, 0, Request(self._free.pop(), call, None))
        elif kind == "discard":
            self._discard(what[1], what[2], call)
        elif kind == "info":
            info = {"sectors": self.sectors, "read_only": self.read_only, "queue": self.queue.size}
            call.reply(info)
            return False
        else:
            raise ValueError("read, write, flush, discard or info")
        return True

    def _submit(self, kind, sector, data, length, request):
        try:
            self.submit(kind, sector, data, length, request)
        except BaseException:
            self._free.append(request.slot)
            raise

    def _discard(self, sector, sectors, call):
        self.check(sector, sectors * SECTOR)
        if not self.can_discard:
            raise OSError(_EOPNOTSUPP)
        request = Request(self._free.pop(), call, None)
        at = request.slot * 16
        for i in range(8):
            self._ranges[at + i] = sector >> 8 * i & 255
        for i in range(4):
            self._ranges[at + 8 + i] = sectors >> 8 * i & 255
            self._ranges[at + 12 + i] = 0
        self._submit(_DISCARD, 0, self._ranges, 16, request)

    def handle(self, call):
        if not self._free:
            self._waiting.append(call)
            return
        try:
            if self._begin(call):
                self.queue.kick()
        except Exception as error:
            call.fail(error)

    def interrupt(self):
        if self.vector is None:
            self.device.ack()
        while True:
            request, good = self.completed()
            if request is None:
                break
            if good:
                request.call.reply(request.answer)
            else:
                request.call.fail(OSError(_EIO))
            if self._waiting:
                self.handle(self._waiting.pop(0))
        self.line.done()

    async def serve(self):
        line = self.line
        line.listen()
        receive = actor.receive
        while True:
            message = await receive()
            if message is line:
                self.interrupt()
            elif isinstance(message, actor.Call):
                self.handle(message)


async def main(parts):
    disk = VirtioBlk(parts)
    disk.start()
    await disk.serve()
