# SPDX-License-Identifier: MIT
"""A network card: Intel 82540EM. The interface is that of virtio_net.

    await net.attach(ref)                   who gets the frames, as messages (buffer, start, length)
    await net.send(buffer, start, length)   a frame goes out; the Buffer is the driver's from now on
    await net.send(b"..")                   or a copy of bytes
    await net.info()                        {"mac": .., "link": .., "mtu": .., "sent": .., ..}

A frame that there is no room for, in the card or in a mailbox, is dropped and counted.
In place (hardware.link()), attach() also takes a function(buffer, start, length).
"""

import actor
import dma
import driver

FRAME_MAX = 1514  # without a checksum
_BYTES, _SPARE = 2048, 64
_COUNTS = ("received", "sent", "dropped", "refused")
_EINVAL = 22


class E1000(driver.Driver):
    interface = 1
    matches = (("pci", 0x8086, 0x100E),)

    async def start(self, device):
        self._registers = registers = device.registers
        self._memory = device.memory
        self._to = self._deliver = None
        self._counts = {name: 0 for name in _COUNTS}
        registers.reset()
        self._mac = self._read_mac()
        mac = self._mac
        registers.RAL0(mac[0] | mac[1] << 8 | mac[2] << 16 | mac[3] << 24)
        registers.RAH0(HIGH=mac[4] | mac[5] << 8, AV=1)
        self._rx, self._tx = registers.ring("receive"), registers.ring("transmit")
        self._spare = [dma.Buffer(self._memory, _BYTES) for _ in range(8)]
        for _ in range(self._rx.size):
            self._give(dma.Buffer(self._memory, _BYTES))
        registers.CTRL(SLU=1, ASDE=1)
        registers.TIPG(10 | 8 << 10 | 6 << 20)
        registers.TCTL(EN=1, PSP=1, CT=15, COLD=64)
        registers.ICR()
        registers.IMS(1 << 7 | 1 << 6 | 1 << 4 | 1 << 2)  # RXT0, RXO, RXDMT0, LSC
        registers.RCTL(EN=1, BAM=1, SECRC=1)
        self._rx.kick()

    async def stop(self):
        self._registers.reset()

    def _read_mac(self):
        """From the EEPROM, words 0 to 2."""
        mac = bytearray()
        eerd = self._registers.EERD
        for word in range(3):
            eerd(START=1, ADDR=word)
            while not eerd.DONE:
                pass
            value = eerd.DATA
            mac.append(value & 0xFF)
            mac.append(value >> 8)
        return bytes(mac)

    # --- receiving

    def _give(self, buffer):
        self._rx.post(buffer, buffer, 0, _BYTES)

    def _replacement(self):
        self._reclaim()
        if self._spare:
            return self._spare.pop()
        try:
            return dma.Buffer(self._memory, _BYTES)
        except MemoryError:
            return None

    def interrupt(self):
        self._registers.ICR()  # reading takes it back
        rx, counts, empty = self._rx, self._counts, []
        buffer = rx.take()
        while buffer is not None:
            length = rx.written
            good = self._deliver is not None and rx.EOP and not rx.errors and length >= 14
            other = self._replacement() if good else buffer
            if other is None or not good:
                counts["dropped"] += 1
                other = buffer
            else:
                counts["received"] += 1
                try:
                    self._deliver(buffer, 0, length)
                except Exception:
                    counts["dropped"] += 1
            empty.append(other)
            buffer = rx.take()
        for buffer in empty:
            self._give(buffer)
        if empty:
            rx.kick()

    def _mail(self, buffer, start, length):
        try:
            self._to.send((buffer, start, length))
        except actor.MailboxFull:
            self._counts["dropped"] += 1
            self._keep(buffer)

    def attach(self, to):
        """Who gets frames from now on: a Ref, or None; in place also a function."""
        self._to = to
        self._deliver = self._mail if isinstance(to, actor.Ref) else to
        return driver.now()

    # --- sending

    def _keep(self, buffer):
        if len(self._spare) < _SPARE and len(buffer) == _BYTES:
            self._spare.append(buffer)

    def _reclaim(self):
        take = self._tx.take
        buffer = take()
        while buffer is not None:
            self._keep(buffer)
            buffer = take()

    def transmit(self, buffer, start, length):
        """Sends at once, or raises what is wrong; OSError(EAGAIN): too many are under way."""
        self._reclaim()
        self._tx.post(buffer, buffer, start, length, EOP=1, IFCS=1)
        self._tx.kick()
        self._counts["sent"] += 1

    def mail(self, message):
        """A message that is no call: (buffer, start, length), with length 0 a Buffer comes back."""
        try:
            buffer, start, length = message
            if length:
                self.transmit(buffer, start, length)
            elif dma.usable(buffer):
                self._keep(buffer)
            else:
                raise ValueError
        except Exception:
            self._counts["refused"] += 1

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
        found = dict(self._counts)
        found.update({"mac": self._mac, "mtu": 1500, "link": bool(self._registers.STATUS.LU)})
        return driver.now(found)
