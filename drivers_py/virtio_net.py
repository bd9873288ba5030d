# SPDX-License-Identifier: MIT
"""A network card: virtio-net (Virtio 1.1, 5.1). Frames are Buffers, which move and are not copied.

    await net.attach(ref)                  who gets frames: messages (buffer, start, length)
    await net.send(buffer, start, length)  a frame goes out; the Buffer is the driver's from now on
    await net.send(b"..")                  or a copy of bytes
    await net.info()                       {"mac": .., "link": .., "mtu": .., "sent": .., ..}

What sends much does it by message, which is not answered: ref.send((buffer, start, length)), with
length 0 to give a Buffer back that is no longer needed. A frame that there is no room for, in the
device or in a mailbox, is dropped and counted, as networks do.

Linked, attach() also takes a function(buffer, start, length), which is called for each frame, and
transmit(buffer, start, length) does what the message does.
"""

import actor
import dma
import driver

FRAME_MAX = 1514  # without a checksum
_HEADER = 12  # before each frame (5.1.6); all zero: nothing is offloaded
_BYTES = 2048  # of a Buffer for a frame
_POSTED, _SPARE = 64, 64  # Buffers that the device may fill; that are kept for later
_F_MTU, _F_MAC, _F_STATUS = 1 << 3, 1 << 5, 1 << 16
_COUNTS = ("received", "sent", "dropped", "refused")
_EINVAL = 22


class VirtioNet(driver.Driver):
    interface = 1
    matches = (("virtio", 1),)

    async def start(self, device):
        self.device, self.config, self.memory = device.queues, device.config, device.memory
        self.vector = device.vector
        features = self.device.negotiate(_F_MTU | _F_MAC | _F_STATUS)
        self.has_status = bool(features & _F_STATUS)
        config = self.config
        self.mac = bytes(config.read8(i) for i in range(6)) if features & _F_MAC else bytes(6)
        self.mtu = config.read16(10) if features & _F_MTU else 1500
        self.rx = self.device.queue(0, 256, self.vector)
        self.tx = self.device.queue(1, 256, self.vector)
        self.tx.interrupts(False)  # what was sent is looked for when there is something to send
        self.to = self.deliver = None
        self.received = self.sent = self.dropped = self.refused = 0
        self.header = dma.Buffer(self.memory, _HEADER)
        self.spare = [dma.Buffer(self.memory, _BYTES) for _ in range(8)]
        for _ in range(min(_POSTED, self.rx.size)):
            self._post(dma.Buffer(self.memory, _BYTES))
        self.device.ready()
        self.rx.kick()

    async def stop(self):
        self.device.reset()

    # --- receiving

    def _post(self, buffer):
        self.rx.post(buffer, 0, buffer, 0, _BYTES)

    def _replacement(self):
        """A Buffer for the one that is given away; None: there is no more memory for that."""
        self._reclaim()
        if self.spare:
            return self.spare.pop()
        try:
            return dma.Buffer(self.memory, _BYTES)
        except MemoryError:
            return None

    def interrupt(self):
        if self.vector is None:
            self.device.ack()
        rx, spare, deliver = self.rx, self.spare, self.deliver
        empty = []  # posted when all is delivered: a flood does not keep other mail waiting
        while True:
            buffer = rx.take()
            if buffer is None:
                break
            length = rx.written - _HEADER
            other = spare.pop() if spare else self._replacement()
            if deliver is None or other is None or length <= 0:
                self.dropped += 1
                if other is not None:
                    spare.append(other)
                other = buffer
            else:
                self.received += 1
                try:
                    deliver(buffer, _HEADER, length)
                except Exception:
                    self.dropped += 1
            empty.append(other)
        for buffer in empty:
            rx.post(buffer, 0, buffer, 0, _BYTES)
        if empty:
            rx.kick()

    def _mail(self, buffer, start, length):
        try:
            self.to.send((buffer, start, length))
        except actor.MailboxFull:
            self.dropped += 1
            self._keep(buffer)

    def attach(self, to):
        """Who gets frames from now on: a Ref, or None; in place also a function."""
        self.to = to
        self.deliver = self._mail if isinstance(to, actor.Ref) else to
        return driver.now()

    # --- sending

    def _keep(self, buffer):
        if len(self.spare) < _SPARE and len(buffer) == _BYTES:
            self.spare.append(buffer)

    def _reclaim(self):
        take = self.tx.take
        buffer = take()
        while buffer is not None:
            self._keep(buffer)
            buffer = take()

    def transmit(self, buffer, start, length):
        """Sends at once, or raises what is wrong with it. OSError(EAGAIN): the queue is full."""
        self._reclaim()
        if length:
            self.tx.post(buffer, 2, self.header, 0, _HEADER, buffer, start, length)
            self.tx.kick()
            self.sent += 1
        elif dma.usable(buffer):
            self._keep(buffer)
        else:
            raise ValueError("no Buffer that devices may use")

    def mail(self, message):
        try:
            buffer, start, length = message
            self.transmit(buffer, start, length)
        except Exception:
            self.refused += 1

    def send(self, data, start=0, length=None):
        length = len(data) - start if length is None else length
        if not 14 <= length <= FRAME_MAX:
            raise OSError(_EINVAL)
        if not isinstance(data, actor.Buffer):
            buffer = self._replacement()
            if buffer is None:
                raise MemoryError("all Buffers of the driver are in use")
            buffer[:length] = memoryview(data)[start : start + length]
            data, start = buffer, 0
        self.transmit(data, start, length)
        return driver.now()

    # --- state

    def info(self):
        self._reclaim()
        found = {name: getattr(self, name) for name in _COUNTS}
        found.update({"mac": self.mac, "mtu": self.mtu})
        found["link"] = not self.has_status or bool(self.config.read16(6) & 1)
        return driver.now(found)
