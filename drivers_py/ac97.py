# SPDX-License-Identifier: MIT
"""Sound: AC'97 playback. Samples are pairs of signed 16-bit numbers, left and right.

    await sound.write(samples)       bytes, or a dma.Buffer, which comes back when it was played
    await sound.rate(48000)          samples in a second: what the card makes of it
    await sound.volume(50)           0 to 100
    await sound.info()               {"rate": .., "volume": .., "waiting": .., "played": ..}

write() may be called again before it is answered: what is written is played without a gap.
"""

import actor
import dma
import driver

_PART_BYTES = 0xFFFC * 2  # of an entry, at most
_EINVAL = 22


class Piece(driver.Pending):
    """Samples under way: `left` entries of them are still to be played."""

    def __init__(self, buffer, answer):
        self.buffer, self.answer = buffer, answer
        self.at, self.left = 0, 0


class Ac97(driver.Driver):
    interface = 1
    matches = (("pci", 0x8086, 0x2415),)

    async def start(self, device):
        self._registers = registers = device.registers
        self._memory = device.memory
        registers.reset()
        self._ring = registers.ring("play")
        registers.RESET(0)
        if registers.EXTENDED.VRA:
            registers.EXTENDED_ON.VRA = 1
        registers.PCM(LEFT=8, RIGHT=8, MUTE=0)
        self._volume = 100
        registers.MASTER(LEFT=0, RIGHT=0, MUTE=0)
        self._status, self._running = registers.PO_SR, False
        self._waiting, self._played, self._free = [], 0, self._ring.size

    async def stop(self):
        self._registers.reset()

    def interrupt(self):
        self._status(self._status() & 0x1C)  # what is told is cleared
        take = self._ring.take
        piece = take()
        while piece is not None:
            self._free += 1
            piece.left -= 1
            if piece.left == 0 and piece.at == len(piece.buffer):
                self._played += len(piece.buffer)
                piece.done(piece.answer)
            piece = take()
        self._fill()

    def _fill(self):
        """Gives the card what waits, as far as there is room."""
        posted = False
        while self._waiting and self._free:
            piece = self._waiting[0]
            length = min(len(piece.buffer) - piece.at, _PART_BYTES)
            self._ring.post(piece, piece.buffer, piece.at, length, IOC=1)
            self._free -= 1
            piece.left += 1
            piece.at += length
            posted = True
            if piece.at == len(piece.buffer):
                self._waiting.pop(0)
        if posted:
            self._ring.kick()
            if not self._running:  # once: what is written then goes on by itself
                self._running = True
                self._registers.PO_CR(RPBM=1, LVBIE=1, IOCE=1)

    # --- for callers

    def write(self, samples):
        if len(samples) == 0 or len(samples) % 4:
            raise OSError(_EINVAL)
        buffer = answer = samples
        if not isinstance(samples, actor.Buffer) or not dma.usable(samples):
            buffer, answer = dma.Buffer(self._memory, len(samples)), None
            buffer[:] = samples
        piece = Piece(buffer, answer)
        self._waiting.append(piece)
        self._fill()
        return piece

    def rate(self, hertz):
        if not 8000 <= hertz <= 48000:
            raise OSError(_EINVAL)
        self._registers.RATE(hertz)
        return driver.now(self._registers.RATE())

    def volume(self, percent):
        if not 0 <= percent <= 100:
            raise OSError(_EINVAL)
        self._volume = percent
        step = (100 - percent) * 31 // 100
        self._registers.MASTER(LEFT=step, RIGHT=step, MUTE=percent == 0)
        return driver.now()

    def info(self):
        found = {"rate": self._registers.RATE(), "volume": self._volume, "played": self._played}
        found["waiting"] = sum(len(piece.buffer) - piece.at for piece in self._waiting)
        return driver.now(found)
