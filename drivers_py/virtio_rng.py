# SPDX-License-Identifier: MIT
"""Random bytes: virtio-rng (Virtio 1.1, 5.4).

await rng.read(n)       n bytes of the host's randomness, at most 4096
"""

import dma
import driver

BYTES_MAX = 4096
_QUEUE = 16
_EIO = 5


class Request(driver.Pending):
    def __init__(self, wanted, buffer):
        self.wanted, self.buffer, self.data = wanted, buffer, b""


class VirtioRng(driver.Driver):
    interface = 1
    matches = (("virtio", 4),)
    retries = ("read",)

    async def start(self, device):
        self._queues, self._memory = device.queues, device.memory
        self._needs_ack = device.vector is None
        self._queues.negotiate(0)
        self._queue = self._queues.queue(0, _QUEUE, device.vector)
        self._free = self._queue.size
        self._waiting = []
        self._queues.ready()

    async def stop(self):
        self._queues.reset()

    def _post(self, request):
        buffer = request.buffer
        self._queue.post(request, 0, buffer, 0, request.wanted - len(request.data))
        self._queue.kick()

    def interrupt(self):
        if self._needs_ack:
            self._queues.ack()
        queue = self._queue
        request = queue.take()
        while request is not None:
            # The device says how much it wrote, and is not believed.
            count = min(queue.written, request.wanted - len(request.data))
            request.data += bytes(request.buffer[:count])
            if count and len(request.data) < request.wanted:
                self._post(request)
            else:
                if count:
                    request.done(request.data)
                else:
                    request.fail(OSError(_EIO))
                if self._waiting:
                    self._post(self._waiting.pop(0))
                else:
                    self._free += 1
            request = queue.take()

    def read(self, n):
        if not 1 <= n <= BYTES_MAX:
            raise ValueError("1 to 4096 bytes at a time")
        request = Request(n, dma.Buffer(self._memory, n))
        if self._free:
            self._free -= 1
            self._post(request)
        else:
            self._waiting.append(request)
        return request
