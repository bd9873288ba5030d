# SPDX-License-Identifier: MIT
"""A disk's driver as what vfs.mount() takes: MicroPython's block device, extended interface.

import blockdev, vfs
vfs.mount(vfs.VfsFat(blockdev.Disk(ref)), "/disk")
"""

SECTOR = 512
_SYNC, _COUNT, _SIZE, _ERASE = 3, 4, 5, 6


class Disk:
    """Blocks of a disk, through its driver's Ref. `block` is their size, a multiple of 512."""

    def __init__(self, ref, block=SECTOR):
        self._ref, self._block = ref, block
        self._sectors = block // SECTOR
        self._count = ref.ask(("info",))["sectors"] // self._sectors

    def readblocks(self, number, buf, offset=0):
        first, last, skip = self._range(number, len(buf), offset)
        data = self._ref.ask(("read", first, (last - first) * SECTOR))
        memoryview(buf)[:] = bytes(data[skip : skip + len(buf)])
        data.close()
        return 0

    def writeblocks(self, number, buf, offset=0):
        first, last, skip = self._range(number, len(buf), offset)
        length = (last - first) * SECTOR
        if length == len(buf):
            self._ref.ask(("write", first, bytes(buf)))
            return 0
        data = self._ref.ask(("read", first, length))
        data[skip : skip + len(buf)] = buf
        self._ref.ask(("write", first, data))
        return 0

    def ioctl(self, op, arg):
        if op == _COUNT:
            return self._count
        if op == _SIZE:
            return self._block
        if op == _SYNC:
            self._ref.ask(("flush",))
        return 0

    def _range(self, number, length, offset):
        start = number * self._block + offset
        return start // SECTOR, (start + length + SECTOR - 1) // SECTOR, start % SECTOR
