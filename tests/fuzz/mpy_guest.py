# SPDX-License-Identifier: MIT
# Runs in the machine: imports mutated .mpy files, one after another, and says what became of each.
# The host calls main() at the end of this text. Case i is the same whatever came before it.
import gc
import io
import random
import sys

import vfs

OPCODES = (
    b"\x50\x51\x52\x53\x54\x55\x56\x57\x58\x59\x5a\x5b\x5c\x5d\x5e\x5f\x62\x63\x64\x65\x66\x67"
    b"\x68\x69\x42\x43\x44\x45\x46\x47\x48\x49\x4a\x4b\x40\x20\x21\x2a\x2b\x2c\x2d\x2e\x2f\x30\x31"
    b"\x32\x33\x34\x35\x36\x37\x22\x23\x24\x25\x26\x27\x28\x29\x10\x12\x13\x14\x15\x18\x1b\x1c\x80"
    b"\x81\xb0\xb1\xc0\xc1\xd3\xdf\xe5"
)


class File(io.IOBase):
    def __init__(self, data):
        self.data = data
        self.at = 0

    def readinto(self, buf):
        n = min(len(buf), len(self.data) - self.at)
        buf[:n] = self.data[self.at : self.at + n]
        self.at += n
        return n

    def ioctl(self, request, arg):
        return 0


class Disk:
    data = b""

    def mount(self, readonly, mkfs):
        pass

    def umount(self):
        pass

    def stat(self, path):
        if path == "/case.mpy":
            return (0x8000, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        raise OSError(2)

    def open(self, path, mode):
        return File(self.data)


def change(data):
    at = random.randrange(4, len(data))
    way = random.randrange(6)
    if way == 0:
        data[at] ^= 1 << random.randrange(8)
    elif way == 1:
        data[at] = random.randrange(256)
    elif way == 2:
        data[at] = OPCODES[random.randrange(len(OPCODES))]
    elif way == 3:
        data[at] = (data[at] + random.choice((-2, -1, 1, 2))) & 255
    elif way == 4:
        other = random.randrange(4, len(data))
        data[at], data[other] = data[other], data[at]
    else:
        n = random.randrange(1, 5)
        other = random.randrange(4, max(5, len(data) - n))
        piece = data[other : other + n]
        for i in range(len(piece)):
            if at + i < len(data):
                data[at + i] = piece[i]


def mutated(corpus, seed, number):
    random.seed(seed * 1000003 + number)
    data = bytearray(corpus[random.randrange(len(corpus))])
    for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
        change(data)
    return bytes(data)


def case(data):
    disk.data = data
    try:
        __import__("case")
        return "ran"
    except ValueError as error:
        text = str(error)
        if text.startswith(("bad .mpy", "incompatible", "native")):
            return "refused"
        return "raised"
    except BaseException:
        return "raised"


def clean():
    sys.modules.clear()
    sys.modules.update(modules)
    sys.path[:] = path


disk = Disk()
vfs.mount(disk, "/case")
sys.path.insert(0, "/case")
path = list(sys.path)
modules = dict(sys.modules)
said = print


def main(corpus, seed, first, count):
    for number in range(first, first + count):
        said("\n@@", number)
        try:
            verdict = case(mutated(corpus, seed, number))
            clean()
            if number % 16 == 0:
                gc.collect()
        except KeyboardInterrupt:
            verdict = "interrupted"
        said("\n@@", number, verdict)
