# SPDX-License-Identifier: MIT
"""A vendor's driver for the driver interface 1, of which acme_disk.mpy beside this is the compiled
form. That one is kept as it is: it shows that what was built for version 1 still runs. (Its source
is here for those who read the test; nothing compiles it.)
"""

import dma
import driver


class AcmeDisk(driver.Driver):
    interface = 1
    matches = (("virtio", 2),)
    retries = ("read",)

    async def start(self, device):
        self.device, self.queues = device, device.queues
        self.queues.negotiate(0)
        self.sectors = device.config.read32(0)
        self.queue = self.queues.queue(0, 16, device.vector)
        self.queues.ready()
        self.reads = 0
        first = await self._request(0, 0, 512)  # an interrupt while it starts
        self.magic = bytes(first[:8])

    async def stop(self):
        self.queues.reset()

    def interrupt(self):
        if self.device.vector is None:
            self.queues.ack()
        pending = self.queue.take()
        while pending is not None:
            pending.done(pending.data)
            pending = self.queue.take()

    def _request(self, kind, sector, what):
        pending = driver.Pending()
        head = dma.Buffer(self.device.memory, 32)
        head[0] = kind
        for i in range(4):
            head[8 + i] = sector >> 8 * i & 255
        pending.head = head
        if kind:
            pending.data = dma.Buffer(self.device.memory, len(what))
            pending.data[:] = what
            self.queue.post(pending, 2, head, 0, 16, pending.data, 0, len(what), head, 16, 1)
        else:
            pending.data = dma.Buffer(self.device.memory, what)
            self.queue.post(pending, 1, head, 0, 16, pending.data, 0, what, head, 16, 1)
        self.queue.kick()
        return pending

    async def read(self, sector, n):
        self.reads += 1
        return await self._request(0, sector, n)

    async def write(self, sector, data):
        await self._request(1, sector, data)

    async def flush(self):
        pass

    async def info(self):
        return {"sectors": self.sectors, "magic": self.magic, "reads": self.reads}
