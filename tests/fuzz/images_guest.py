# SPDX-License-Identifier: MIT
# Runs in the machine: mounts mutated images of file systems, and reads mutated streams, one after
# another, and says what became of each. The host calls main() at the end of this text. Case i is
# the same whatever came before it.
import binascii
import gc
import io
import random
import struct

import deflate
import vfs

rnd = random.randrange
said = print


# --- disks: blocks that were never written are zeros


class Disk:
    def __init__(self, size, count, blocks=None):
        self.size = size
        self.count = count
        self.blocks = blocks or {}
        self.odd = None

    def readblocks(self, number, buf, offset=0):
        if self.odd:
            return self.odd(self, 0, number, buf, offset)
        return self.read(number, buf, offset)

    def writeblocks(self, number, buf, offset=0):
        if self.odd:
            return self.odd(self, 1, number, buf, offset)
        return self.write(number, buf, offset)

    def ioctl(self, request, arg):
        if self.odd and not rnd(20):
            return ODD_RESULTS[rnd(len(ODD_RESULTS))]
        if request == 4:
            return self.count
        if request == 5:
            return self.size
        if request == 6:
            self.blocks[arg] = b"\xff" * self.size
        return 0

    def read(self, number, buf, offset):
        at = 0
        while at < len(buf):
            if number >= self.count:
                return -5
            block = self.blocks.get(number)
            n = min(self.size - offset, len(buf) - at)
            buf[at : at + n] = block[offset : offset + n] if block else bytes(n)
            at += n
            number += 1
            offset = 0
        return 0

    def write(self, number, buf, offset):
        at = 0
        while at < len(buf):
            if number >= self.count:
                return -5
            n = min(self.size - offset, len(buf) - at)
            block = bytearray(self.blocks.get(number, bytes(self.size)))
            block[offset : offset + n] = buf[at : at + n]
            if any(block):
                self.blocks[number] = bytes(block)
            elif number in self.blocks:
                del self.blocks[number]
            at += n
            number += 1
            offset = 0
        return 0


# What a device may answer; None stands for an exception.
ODD_RESULTS = (0, None, True, False, -1, -5, 1, 7, 512, 4096, 65536, -(1 << 70), 1 << 70, "x", 1.5)


def odd_device(fs_box):
    """A device that answers oddly, changes what it reads, and enters its file system again."""

    def odd(disk, writing, number, buf, offset):
        way = rnd(60)
        if way == 0:
            result = ODD_RESULTS[rnd(len(ODD_RESULTS))]
            if result is None:
                raise (OSError(rnd(200)), OSError(), ValueError(), IndexError("x" * 9))[rnd(4)]
            return result
        if way == 1 and not writing:
            disk.read(number, buf, offset)
            for _ in range(rnd(8)):
                buf[rnd(len(buf))] = rnd(256)
            return 0
        if way == 2:
            buf += b"x" * rnd(5000)
            return 0
        if way == 3:
            buf[:] = b""
            return 0
        if way in (4, 5) and fs_box:
            operate(*fs_box)
        if way == 6:
            gc.collect()
        return disk.write(number, buf, offset) if writing else disk.read(number, buf, offset)

    return odd


# --- images to begin with


def fill(fs):
    fs.mkdir("d")
    fs.mkdir("d/e")
    fs.mkdir("a longer name of a folder")
    for i, name in enumerate(("a", "d/b", "d/e/c", "README.TXT", "a longer name of a file.text")):
        with fs.open(name, "wb") as f:
            f.write(bytes(range(256)) * (i * 5))
    for i in range(12):
        fs.open("d/" + str(i), "w").close()
    fs.remove("d/3")
    with fs.open("a", "ab") as f:
        f.write("more" * 300)
    if hasattr(fs, "umount"):
        fs.umount()


def make(kind, size, count):
    disk = Disk(size, count)
    kind.mkfs(disk)
    fill(kind(disk))
    return disk


def varuint(n):
    out = [n & 127]
    n >>= 7
    while n:
        out.insert(0, 128 | n & 127)
        n >>= 7
    return bytes(out)


def record(kind, *parts):
    body = b"".join(parts)
    return varuint(kind) + varuint(len(body)) + body


def rom_file(name, data, kind=2):
    return record(5, varuint(len(name)), name, record(kind, data))


def rom_image():
    inner = (
        rom_file(b"c", b"text" * 50)
        + record(1, b"pad")
        + rom_file(b"p", varuint(5) + varuint(9), 3)
    )
    return record(
        0x14A6B1, rom_file(b"a", b""), record(4, b"\x01d", inner), rom_file(b"b.mpy", b"M\x06")
    )


def stream(form, wbits, text):
    out = io.BytesIO()
    with deflate.DeflateIO(out, form, wbits) as packer:
        packer.write(text)
    return out.getvalue()


# A dynamic block, from another compressor; upstream's makes only static ones.
DYNAMIC = binascii.unhexlify(
    "78dab590d10dc34008435761356cbcff0a7d90aaea7fd524ba80c1c69c9c2e75b74b8444a33679f5fb91"
    "3a5b071eb2cd792d58550bd89de13886ca7154dbbfed310474a52b722c027b76c68204e31b5b9d2a74d1"
    "60dee3ab94c0584eb6b450f881db32cc32fab905d0ca283afb7aebf709f7141651c1ae664dd086b6f4a0"
    "dfdf67f1dbf497aafe76bb2f27169ef0"
)


# --- changes


WORDS = (0, 1, 2, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFE)
TAG_TYPES = [
    int(t, 16)
    for t in [
        "001",
        "002",
        "0ff",
        "101",
        "102",
        "200",
        "201",
        "202",
        "301",
        "401",
        "4ff",
        "600",
        "601",
        "7ff",
        "7fe",
    ]
]
PATHS = ("new", "/d/n/x", "", "/", "..", "x" * 300, "a/" * 90)


def change_bytes(data, at):
    way = rnd(8)
    if way == 0:
        data[at] ^= 1 << rnd(8)
    elif way == 1:
        data[at] = rnd(256)
    elif way == 2:
        data[at] = (0, 255, 127, 128, 1)[rnd(5)]
    elif way == 3:
        data[at] = (data[at] + (-2, -1, 1, 2)[rnd(4)]) & 255
    elif way == 4:
        for i in range(at & ~3, min(len(data), (at & ~3) + 4)):
            data[i] = (0, 255)[rnd(2)] if rnd(4) else rnd(256)
    elif way == 5:
        other = rnd(len(data))
        n = min(rnd(1, 33), len(data) - at, len(data) - other)
        data[at : at + n] = data[other : other + n]
    elif way == 6:
        word = WORDS[rnd(len(WORDS))] if rnd(3) else rnd(1 << (6, 16)[rnd(2)])
        if at + 4 <= len(data):
            struct.pack_into("<I", data, at & ~3, word)
    else:
        number = (0, 1, 0xFFFF, 0xFFF8, 0x8000, 0x1FF, rnd(300))[rnd(7)]
        if at + 2 <= len(data):
            struct.pack_into("<H", data, at & ~1, number)


def spots(block):
    return [i for i in range(len(block)) if block[i] not in (0, 255)] or [0]


def crc(data, start=0xFFFFFFFF):
    return ~binascii.crc32(data, start ^ 0xFFFFFFFF) & 0xFFFFFFFF


def mend_lfs1(block):
    """A folder's block gets the checksum that fits."""
    size = struct.unpack_from("<I", block, 4)[0] & 0x7FFFFFFF
    if 20 <= size <= len(block):
        struct.pack_into("<I", block, size - 4, crc(memoryview(block)[: size - 4]))


def mend_lfs2(block, changing):
    """A metadata block, tag by tag: some are changed, and the checksums fit again."""
    at, before = 4, 0xFFFFFFFF
    start = 0
    while at + 4 <= len(block):
        stored = struct.unpack_from(">I", block, at)[0]
        tag = stored ^ before
        if tag >> 31:
            return
        if changing and not rnd(changing):
            tag = change_tag(tag)
            struct.pack_into(">I", block, at, tag ^ before)
        size = tag & 0x3FF
        size = 0 if size == 0x3FF else size
        is_crc = tag >> 28 & 7 == 5
        if is_crc:
            if at + 8 > len(block):
                return
            value = crc(memoryview(block)[start : at + 4])
            struct.pack_into("<I", block, at + 4, value)
            start = at + 4 + size
            before = tag ^ ((tag >> 20 & 1) << 31)
        else:
            if changing and size and not rnd(changing) and at + 4 + size <= len(block):
                change_bytes_in(block, at + 4, size)
            before = tag
        at += 4 + size


def change_bytes_in(block, at, size):
    part = bytearray(block[at : at + size])
    change_bytes(part, rnd(size))
    block[at : at + size] = part[:size]


def change_tag(tag):
    way = rnd(5)
    if way == 0:
        return (tag & ~0x3FF) | (0, 1, 4, 8, 0x3FE, 0x3FF, rnd(1024))[rnd(7)]
    if way == 1:
        return (tag & ~(0x3FF << 10)) | (0, 1, 2, 0x3FF, rnd(64))[rnd(5)] << 10
    if way == 2:
        return (tag & 0xFFFFF) | TAG_TYPES[rnd(len(TAG_TYPES))] << 20
    return (tag ^ 1 << rnd(31)) & 0x7FFFFFFF


def mutate(kind, disk):
    numbers = sorted(disk.blocks)
    for _ in range((1, 1, 2, 4)[rnd(4)]):
        # The first blocks hold what the rest depends on.
        number = numbers[rnd(min(4, len(numbers))) if rnd(2) else rnd(len(numbers))]
        block = bytearray(disk.blocks[number])
        places = spots(block)
        if kind == "VfsLfs2" and rnd(6):
            mend_lfs2(block, 1 + rnd(12))
        else:
            for _ in range((1, 1, 2, 8)[rnd(4)]):
                change_bytes(block, places[rnd(len(places))] if rnd(3) else rnd(len(block)))
            if kind == "VfsLfs1" and rnd(8):
                mend_lfs1(block)
        disk.blocks[number] = bytes(block[: disk.size])


# --- what is done with them


def walk(fs, path, depth, seen):
    for entry in fs.ilistdir(path):
        seen.append(path + "/" + entry[0])
        if len(seen) > 60:
            return
        try:
            fs.stat(seen[-1])
            if entry[1] == 0x4000 and depth:
                walk(fs, seen[-1], depth - 1, seen)
        except (OSError, ValueError):
            pass


def read_some(fs, path):
    with fs.open(path, "rb") as f:
        f.read(rnd(3000))
        f.seek((0, 5, 1000, 5000, 1 << 31, (1 << 32) - 1, 1 << 62, -1)[rnd(8)], rnd(3))
        f.read(700)


def write_some(fs, path, mode):
    f = fs.open(path, mode)
    f.write(bytes(rnd(2000)))
    f.seek((0, 1, 4095, 9000, -1, -(1 << 40), 1 << 33)[rnd(7)], rnd(3))
    f.write("tail")
    if rnd(3):
        f.flush()
    if rnd(3):
        f.close()
    return f


def operate(fs, keep):
    names = keep[0] or ["a"]
    path = names[rnd(len(names))] if rnd(5) else PATHS[rnd(len(PATHS))]
    way = rnd(14)
    if way < 3:
        read_some(fs, path)
    elif way < 5:
        keep.append(write_some(fs, path, ("wb", "ab", "r+b", "w+")[rnd(4)]))
    elif way == 5:
        fs.remove(path)
    elif way == 6:
        fs.rename(path, names[rnd(len(names))] if rnd(2) else "renamed")
    elif way == 7:
        fs.mkdir(path + "m")
    elif way == 8:
        fs.rmdir(path)
    elif way == 9:
        fs.statvfs("/")
    elif way == 10:
        fs.chdir(path)
        fs.getcwd()
        fs.chdir("/")
    elif way == 11:
        keep.append(fs.ilistdir(path))
    elif way == 12 and len(keep) > 1:
        thing = keep[rnd(1, len(keep))]
        if hasattr(thing, "close"):
            thing.close()
        else:
            next(iter(thing), 0)
    else:
        walk(fs, "", 2, keep[0])


EXPECTED = (OSError, ValueError, MemoryError, TypeError, OverflowError, AttributeError)


def attempt(f, *args):
    try:
        return f(*args)
    except EXPECTED:
        return None


def use(fs, keep):
    attempt(walk, fs, "", 3, keep[0])
    for _ in range(rnd(4, 24)):
        attempt(operate, fs, keep)
    if rnd(2):
        gc.collect()
    if rnd(2) and hasattr(fs, "umount"):
        attempt(fs.umount)
        attempt(operate, fs, keep)
    for thing in keep[1:]:
        if rnd(2) and hasattr(thing, "close"):
            attempt(thing.close)


def case_disk(name, base):
    kind = getattr(vfs, name)
    disk = Disk(base.size, base.count, dict(base.blocks))
    mutate(name, disk)
    box = []
    if not rnd(4):
        disk.odd = odd_device(box)
    options = {}
    if name != "VfsFat" and not rnd(4):
        options = {"readsize": 1 << rnd(4, 11), "progsize": 1 << rnd(4, 11)}
        options["lookahead"] = 8 << rnd(6)
    try:
        fs = kind(disk, **options)
    except EXPECTED:
        return "refused"
    keep = [[]]
    box[:] = fs, keep
    if not rnd(8):
        attempt(fs.mount, False, True)
    use(fs, keep)
    return "mounted"


def case_rom(image):
    image = bytearray(image)
    for _ in range(rnd(1, 5)):
        change_bytes(image, rnd(3, len(image)))
    try:
        fs = vfs.VfsRom(image if rnd(2) else bytes(image))
    except EXPECTED:
        return "refused"
    image[:] = bytes(len(image))
    use(fs, [[]])
    return "mounted"


def case_stream(base):
    data = bytearray(base)
    for _ in range((0, 1, 2, 3, 20)[rnd(5)]):
        change_bytes(data, rnd(len(data)))
    if not rnd(4):
        data = bytearray(rnd(256) for _ in range(rnd(1, 90)))
    try:
        unpacker = deflate.DeflateIO(io.BytesIO(data), rnd(4), (0, 5, 8, 9, 15)[rnd(5)])
        for _ in range(8):
            unpacker.read(rnd(1000))
        return "read"
    except (OSError, EOFError):
        return "refused"


# --- the loop


def bases():
    yield case_disk, "VfsFat", make(vfs.VfsFat, 512, 300)
    yield case_disk, "VfsLfs2", make(vfs.VfsLfs2, 512, 64)
    yield case_disk, "VfsLfs1", make(vfs.VfsLfs1, 512, 64)
    yield case_disk, "VfsFat", make(vfs.VfsFat, 512, 9000)  # FAT16
    yield case_disk, "VfsLfs2", make(vfs.VfsLfs2, 1024, 40)
    yield case_disk, "VfsLfs1", make(vfs.VfsLfs1, 256, 100)
    yield case_disk, "VfsFat", make(vfs.VfsFat, 512, 300000)  # FAT32
    yield case_disk, "VfsFat", make(vfs.VfsFat, 4096, 200)
    yield (case_rom, rom_image())
    text = b"abc" * 200 + bytes(range(256)) * 2
    yield case_stream, stream(deflate.RAW, 8, text)
    yield case_stream, stream(deflate.ZLIB, 15, text)
    yield case_stream, stream(deflate.GZIP, 9, text)
    yield case_stream, DYNAMIC


def main(seed, first, count):
    made = list(bases())
    for number in range(first, first + count):
        said("\n@@", number)
        random.seed(seed * 1000003 + number)
        base = made[number % len(made)]
        try:
            verdict = base[0](*base[1:])
            if number % 16 == 0:
                gc.collect()
            for _ in range(3):
                pass  # what is pending is raised here
        except Exception:
            verdict = "raised"  # what a block device raised is raised a little later
        except KeyboardInterrupt:
            verdict = "interrupted"
        said("\n@@", number, verdict)
