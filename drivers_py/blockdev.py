# SPDX-License-Identifier: MIT
"""A disk's driver as what vfs.mount() takes: MicroPython's block device, extended interface.

import blockdev, vfs
vfs.mount(vfs.VfsFat(blockdev.Disk(disk)), "/disk")
"""

import driver

SECTOR = 512
_SYNC, _COUNT, _SIZE = 3, 4, 5


class Disk:
    """Blocks of a disk, isolated or linked. `block` is their size, a multiple of 512."""

    def __init__(self, disk, block=SECTOR):
        self._disk, self._block = disk, block
        self._sectors = block // SECTOR
        self._count = driver.finish(disk.info())["sectors"] // self._sectors

    def readblocks(self, number, buf, offset=0):
        first, last, skip = self._range(number, len(buf), offset)
        data = driver.finish(self._disk.read(first, (last - first) * SECTOR))
        memoryview(buf)[:] = bytes(data[skip : skip + len(buf)])
        data.close()
        return 0

    def writeblocks(self, number, buf, offset=0):
        first, last, skip = self._range(number, len(buf), offset)
        length = (last - first) * SECTOR
        if length == len(buf):
            driver.finish(self._disk.write(first, bytes(buf)))
            return 0
        data = driver.finish(self._disk.read(first, length))
        data[skip : skip + len(buf)] = buf
        driver.finish(self._disk.write(first, data))
        return 0

    def ioctl(self, op, arg):
        if op == _COUNT:
            return self._count
        if op == _SIZE:
            return self._block
        if op == _SYNC:
            driver.finish(self._disk.flush())
        return 0

    def _range(self, number, length, offset):
        start = number * self._block + offset
        return start // SECTOR, (start + length + SECTOR - 1) // SECTOR, start % SECTOR
