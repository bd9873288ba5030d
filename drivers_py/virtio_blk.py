# SPDX-License-Identifier: MIT
"""A disk: virtio-blk (Virtio 1.1, 5.2). Many requests in flight.

    await disk.read(sector, n)           a Buffer of n bytes that devices may use
    await disk.read(sector, buffer)      that Buffer, filled
    await disk.write(sector, data)       data: bytes, or a Buffer, which comes back
    await disk.flush()                   what was written before is on the disk
    await disk.discard(sector, sectors)
    await disk.info()                    {"sectors": .., "read_only": .., "queue": ..}

An error of the device is OSError(EIO). If the driver ends, nothing is known of a write that was not
answered.
"""

import struct

import actor
import dma
import driver

SECTOR = 512
_SLOTS = 64  # requests in flight; each has 32 bytes of `_heads`: 16 of header, one of status
_IN, _OUT, _FLUSH, _DISCARD = 0, 1, 4, 11
_F_RO, _F_FLUSH, _F_DISCARD = 1 << 5, 1 << 9, 1 << 13
_EIO, _EROFS, _EINVAL, _EOPNOTSUPP = 5, 30, 22, 95


class Request(driver.Pending):
    """One under way: `answer` is its result, `at` the place of its header."""

    def __init__(self, kind, sector, data, length, answer):
        self.kind, self.sector, self.data, self.length = kind, sector, data, length
        self.answer = answer


class VirtioBlk(driver.Driver):
    interface = 1
    matches = (("virtio", 2),)
    retries = ("read", "flush", "info")

    async def start(self, device):
        queues, config = device.queues, device.config
        self._memory, self._queues = device.memory, queues
        self._needs_ack = device.vector is None
        features = queues.negotiate(_F_RO | _F_FLUSH | _F_DISCARD)
        self._read_only = bool(features & _F_RO)
        self._can_flush = bool(features & _F_FLUSH)
        self._can_discard = bool(features & _F_DISCARD)
        self._sectors = config.read32(0) | config.read32(4) << 32
        self._queue = queues.queue(0, 256, device.vector)
        self._heads = dma.Buffer(self._memory, _SLOTS * 32)
        self._free = [slot * 32 for slot in range(min(_SLOTS, self._queue.size // 3))]
        self._waiting = []
        queues.ready()

    async def stop(self):
        self._queues.reset()

    def interrupt(self):
        if self._needs_ack:
            self._queues.ack()
        take, heads, free = self._queue.take, self._heads, self._free
        request = take()
        while request is not None:
            at = request.at
            free.append(at)
            if request.answer is None and request.data is not None:
                request.data.close()  # a copy of ours
            if heads[at + 16] == 0:
                request.done(request.answer)
            else:
                request.fail(OSError(_EIO))
            request = take()
        if self._waiting:
            while self._waiting and free:
                self._post_later(self._waiting.pop(0))
            self._queue.kick()

    # --- for callers

    def read(self, sector, what):
        data = dma.Buffer(self._memory, what) if isinstance(what, int) else what
        self._check(sector, len(data))
        return self._begin(Request(_IN, sector, data, len(data), data))

    def write(self, sector, data):
        length = len(data)
        self._check(sector, length)
        if self._read_only:
            raise OSError(_EROFS)
        if isinstance(data, actor.Buffer):
            return self._begin(Request(_OUT, sector, data, length, data))
        copy = dma.Buffer(self._memory, length)
        copy[:] = data
        return self._begin(Request(_OUT, sector, copy, length, None))

    def flush(self):
        if not self._can_flush:
            return driver.now()
        return self._begin(Request(_FLUSH, 0, None, 0, None))

    def discard(self, sector, sectors):
        self._check(sector, sectors * SECTOR)
        if not self._can_discard:
            raise OSError(_EOPNOTSUPP)
        data = dma.Buffer(self._memory, 16)
        struct.pack_into("<QII", data, 0, sector, sectors, 0)
        return self._begin(Request(_DISCARD, 0, data, 16, None))

    def info(self):
        size = self._queue.size
        return driver.now({"sectors": self._sectors, "read_only": self._read_only, "queue": size})

    # --- requests

    def _check(self, sector, length):
        end = sector + length // SECTOR
        if length <= 0 or length % SECTOR or sector < 0 or end > self._sectors:
            raise OSError(_EINVAL)

    def _begin(self, request):
        if self._free:
            self._post(request)
            self._queue.kick()
        else:
            self._waiting.append(request)
        return request

    def _post_later(self, request):
        try:
            self._post(request)
        except Exception as error:
            request.fail(error)

    def _post(self, request):
        """Gives a request to the device. There must be a free slot."""
        at = self._free.pop()
        request.at = at
        heads, data, length = self._heads, request.data, request.length
        struct.pack_into("<IIQB", heads, at, request.kind, 0, request.sector, 255)
        post = self._queue.post
        try:
            if request.kind == _IN:
                post(request, 1, heads, at, 16, data, 0, length, heads, at + 16, 1)
            elif data is None:
                post(request, 1, heads, at, 16, heads, at + 16, 1)
            else:
                post(request, 2, heads, at, 16, data, 0, length, heads, at + 16, 1)
        except Exception:
            self._free.append(at)
            raise
