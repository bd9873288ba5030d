# SPDX-License-Identifier: MIT
"""A line of bytes to the host: virtio-console (Virtio 1.1, 5.3), its first port.

    await line.read(n)      what has come, at least a byte and at most n; waits for it
    await line.write(data)  returns when the device has taken all of it

What nobody reads stays in the device, which then holds the sender off.
"""

import actor
import dma
import driver

_RECEIVE, _TRANSMIT = 0, 1  # queues of port 0
_POSTED, _BYTES = 8, 1024  # Buffers for what comes
_EINVAL = 22


class Read(driver.Pending):
    def __init__(self, n):
        self.n = n


class Write(driver.Pending):
    def __init__(self, data):
        self.data = data  # a Buffer


class VirtioConsole(driver.Driver):
    interface = 1
    matches = (("virtio", 3),)

    async def start(self, device):
        self._queues, self._memory = device.queues, device.memory
        self._needs_ack = device.vector is None
        self._queues.negotiate(0)  # one port
        self._in = self._queues.queue(_RECEIVE, 64, device.vector)
        self._out = self._queues.queue(_TRANSMIT, 64, device.vector)
        self._room = self._out.size
        self._readers, self._come, self._writers = [], [], []
        for _ in range(min(_POSTED, self._in.size)):
            self._post(dma.Buffer(self._memory, _BYTES))
        self._queues.ready()
        self._in.kick()

    async def stop(self):
        self._queues.reset()

    def _post(self, buffer):
        self._in.post(buffer, 0, buffer, 0, _BYTES)

    def interrupt(self):
        if self._needs_ack:
            self._queues.ack()
        buffer = self._in.take()
        while buffer is not None:
            self._come.append((buffer, 0, min(self._in.written, _BYTES)))
            buffer = self._in.take()
        self._serve()
        request = self._out.take()
        while request is not None:
            self._room += 1
            request.done()
            request = self._out.take()
        while self._writers and self._room:
            self._send(self._writers.pop(0))

    def _serve(self):
        """Gives what has come to who reads, in order. Its Buffer is then the device's again."""
        freed = False
        while self._come and self._readers:
            buffer, start, end = self._come.pop(0)
            request = self._readers.pop(0)
            stop = min(end, start + request.n)
            data = bytes(buffer[start:stop])
            if stop < end:
                self._come.insert(0, (buffer, stop, end))
            else:
                self._post(buffer)
                freed = True
            request.done(data)
        if freed:
            self._in.kick()

    def read(self, n):
        if n < 1:
            raise OSError(_EINVAL)
        request = Read(n)
        self._readers.append(request)
        self._serve()
        return request

    def _send(self, request):
        self._room -= 1
        self._out.post(request, 1, request.data, 0, len(request.data))
        self._out.kick()

    def write(self, data):
        if not data:
            return driver.now()
        if not (isinstance(data, actor.Buffer) and dma.usable(data)):
            buffer = dma.Buffer(self._memory, len(data))
            buffer[:] = data
            data = buffer
        request = Write(data)
        if self._room:
            self._send(request)
        else:
            self._writers.append(request)
        return request
