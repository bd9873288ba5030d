# SPDX-License-Identifier: MIT
"""Modules in C beside the core language, and file systems: programs that made them read wild.

Each class is one sentence and a program; what its lines end with, a result or a kind of exception,
is named there. Many programs share a boot.
"""

import time

import pytest
from programs import HELPERS, MACHINES

DISK = """
class Disk:
    def __init__(self, count, size=512):
        self.data = bytearray(count * size)
        self.count, self.size, self.hook = count, size, None
    def enter(self):
        hook, self.hook = self.hook, None
        if hook: hook()
    def readblocks(self, n, buf, off=0):
        at = n * self.size + off
        buf[:] = self.data[at:at + len(buf)]
        self.enter()
    def writeblocks(self, n, buf, off=0):
        at = n * self.size + off
        self.data[at:at + len(buf)] = buf
    def ioctl(self, op, arg):
        return self.count if op == 4 else self.size if op == 5 else 0
"""

LFS_CRC = """
import binascii, struct
def crc(data, start=0xffffffff):
    return ~binascii.crc32(data, start ^ 0xffffffff) & 0xffffffff
"""

ACTOR = """
try:
    import actor
except ImportError:
    actor = None # a small board
"""

CLASSES: dict[str, tuple[str, str]] = {
    "random": (
        "A range of random numbers is 2**32 long, or its end the smallest number and its step -1.",
        """
import random
if not hasattr(random, 'randrange'):
    raise SystemExit # a small board
t(True, lambda: random.randrange(1 << 32) < 1 << 32)
t(True, lambda: 0 <= random.randint(0, (1 << 32) - 1))
class Long:
    def __len__(self): return 1 << 32
    def __getitem__(self, i): return i < 1 << 32
import sys
if sys.maxsize > 1 << 32:
    t(True, random.choice, Long())
    t(ValueError, random.randrange, 1 << 62, -(1 << 62), -1)
random.randrange(1 << 29, -(1 << 29), -1)
""",
    ),
    "time": (
        "Ticks are any object; days are counted one month at a time; a date is of month 0.",
        """
import time
for other in (1.5, None, 'x', 1 << 70):
    t(TypeError, time.ticks_diff, other, 1)
    t(TypeError, time.ticks_diff, 1, other)
    t(TypeError, time.ticks_add, other, 1)
t(OverflowError, time.mktime, (2000, 1, -(1 << 29), 0, 0, 0, 0, 0))
t(OverflowError, time.mktime, (2000, 1, 1 << 70, 0, 0, 0, 0, 0))
t(time.mktime((2000, 2, 9, 0, 0, 0, 0, 0)), time.mktime, (2000, 1, 40, 0, 0, 0, 0, 0))
for far in (1 << 30, -(1 << 30), (1 << 31) - 1, -(1 << 31)):
    try: t(8, len, time.gmtime(far))
    except OverflowError: pass
    try: time.mktime((far, far, 1, far, far, far, 0, 0))
    except OverflowError: pass
t(TypeError, time.mktime, (2000, 1))
""",
    ),
    "stream_end": (
        "An error while a compressed stream is decoded is taken for a symbol.",
        """
import deflate, io
bits = []
def put(value, n):
    for i in range(n): bits.append(value >> i & 1)
def code(symbol):
    n = (0, 1, 2, 18).index(symbol)
    bits.extend((n >> 1, n & 1))
put(1, 1); put(2, 2); put(1, 5); put(0, 5); put(14, 4)
for symbol in (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1):
    put(2 if symbol in (0, 1, 2, 18) else 0, 3)
code(18); put(127, 7); code(18); put(107, 7); code(1); code(1); code(0)
bits.extend([1] * 65)
def byte(at): return sum(bit << i for i, bit in enumerate(bits[at:at + 8]))
data = bytes(byte(at) for at in range(0, len(bits) - 7, 8))
for wbits in (0, 5, 15):
    t(OSError, deflate.DeflateIO(io.BytesIO(data), deflate.RAW, wbits).read, 20)
t(b'', deflate.DeflateIO(io.BytesIO(data), deflate.RAW).read, 0)
""",
    ),
    "mount_point": (
        "A mount point is empty, or ends before its length; getcwd() moves elsewhere.",
        DISK
        + """
import os, vfs
class V:
    def mount(self, *args): pass
    def umount(self): pass
    def chdir(self, path): pass
    def stat(self, path): return (0,) * 10
    def getcwd(self):
        os.chdir('/')
        return '/x'
    def ilistdir(self, path): return 5
t(OSError, vfs.mount, V(), '')
t(OSError, vfs.mount, V(), '/a\\0' + 'b' * 5000)
t(OSError, vfs.mount, V(), b'\\0')
t(OSError, vfs.umount, '')
vfs.mount(V(), '/v')
t(TypeError, os.listdir, '/v')
os.chdir('/v')
t(OSError, os.getcwd)
os.chdir('/v')
vfs.umount('/v')
t('/', os.getcwd)
""",
    ),
    "rom_image": (
        "An image of a ROM file system says that data is anywhere, and is freed before its files.",
        """
import gc, vfs
def number(n):
    out = [n & 127]
    n >>= 7
    while n:
        out.insert(0, 128 | n & 127)
        n >>= 7
    return bytes(out)
def record(kind, *parts):
    body = b''.join(parts)
    return number(kind) + number(len(body)) + body
def image(data): return record(0x14a6b1, record(5, b'\\x01a', data))
if hasattr(vfs, 'VfsRom'):
    for size, at in ((64, 1 << 30), (1 << 30, 0), (64, (1 << 64) - 64), (1, 1 << 40), (20, 5)):
        t(OSError, vfs.VfsRom(image(record(3, number(size), number(at)))).open, 'a', 'r')
    for length in (5, 99, 1 << 20, 1 << 31, 1 << 63, (1 << 64) - 2):
        bad = record(0x14a6b1, number(5), number(length), b'\\x01a', record(2, b'xx'))
        t(OSError, vfs.VfsRom(bad).open, 'a', 'r')
        bad = record(0x14a6b1, record(5, number(length), b'a', record(2, b'xx')))
        t(OSError, vfs.VfsRom(bad).open, 'a', 'r')
        t([], lambda: list(vfs.VfsRom(bad).ilistdir('')))
    f = vfs.VfsRom(image(record(2, b'x' * 600))).open('a', 'rb')
    text = bytearray(image(record(2, b'y' * 600)))
    g = vfs.VfsRom(text).open('a', 'rb')
    view = memoryview(g)
    text.extend(bytes(3000))
    text[:] = bytes(len(text))
    gc.collect()
    rubbish = [bytes(b'z' * 600) for i in range(60)]
    t(b'x' * 600, f.read)
    t(b'y' * 600, g.read)
    g = None
    gc.collect()
    rubbish += [bytes(b'z' * 600) for i in range(60)]
    t(b'y' * 600, bytes, view)
    f = view = rubbish = None
    gc.collect()
""",
    ),
    "fat_date": (
        "A date on a FAT disk is of a month that no table has.",
        DISK
        + """
import vfs
disk = Disk(100)
vfs.VfsFat.mkfs(disk)
vfs.VfsFat(disk).open('ABCDEF', 'w').close()
at = disk.data.find(b'ABCDEF  ')
for date in (b'\\0\\0', b'\\xff\\xff', b'\\xe0\\x01'):
    disk.data[at + 24:at + 26] = date
    t(10, lambda: len(vfs.VfsFat(disk).stat('ABCDEF')))
""",
    ),
    "fat_circle": (
        "The chains of a FAT disk are circles.",
        DISK
        + """
import vfs
disk = Disk(200)
vfs.VfsFat.mkfs(disk)
fs = vfs.VfsFat(disk)
fs.mkdir('d')
for i in range(20): fs.open('d/%d' % i, 'w').close()
with fs.open('big', 'wb') as f: f.write(bytes(3000))
fat = (disk.data[14] | disk.data[15] << 8) * 512
for i in range(1, 60):
    disk.data[fat + 3 * i:fat + 3 * i + 3] = b'\\x03\\x40\\x00' if i % 3 else b'\\x02\\x30\\x00'
fs = vfs.VfsFat(disk)
for f in (lambda: list(fs.ilistdir('d')), lambda: fs.open('big', 'rb').read(),
          lambda: fs.remove('big'), lambda: fs.statvfs('/'), lambda: fs.stat('d/x'),
          lambda: fs.open('d/0', 'wb').write(bytes(9000))):
    try: f()
    except OSError: pass
""",
    ),
    "reenter": (
        "A block device calls the file system that is waiting for it.",
        DISK
        + """
import vfs
names = ('VfsFat', 'VfsLfs1', 'VfsLfs2')
for V in [getattr(vfs, name) for name in names if hasattr(vfs, name)]:
    disk = Disk(100)
    V.mkfs(disk)
    fs = V(disk)
    with fs.open('a', 'wb') as f: f.write(bytes(9000))
    f, g = fs.open('a', 'rb'), fs.open('b', 'wb')
    listing = fs.ilistdir('/')
    tried = []
    def each():
        for step in (f.close, g.flush, g.close, f.read, lambda: g.write('x'), lambda: f.seek(1),
                     lambda: fs.mkdir('x'), lambda: fs.remove('b'), lambda: fs.rename('a', 'c'),
                     lambda: fs.stat('a'), lambda: fs.statvfs('/'), lambda: fs.open('a', 'r'),
                     lambda: list(fs.ilistdir('/')), lambda: list(listing)):
            t(OSError, step)
            tried.append(1)
    disk.hook = each
    t(9000, lambda: len(f.read()))
    t(14, len, tried)
    f.close()
    g.close()
""",
    ),
    "not_opened": (
        "A file that was never opened, for want of a name, is closed by the collector.",
        DISK
        + """
import gc, vfs
names = ('VfsFat', 'VfsLfs1', 'VfsLfs2')
for V in [getattr(vfs, name) for name in names if hasattr(vfs, name)]:
    disk = Disk(64)
    V.mkfs(disk)
    fs = V(disk)
    for name in (5, None, [], 1.5):
        t(TypeError, fs.open, name, 'r')
        t(TypeError, fs.open, 'a', name)
        t(TypeError, fs.ilistdir, name)
    gc.collect()
    gc.collect()
""",
    ),
    "lfs_entry": (
        "A folder's entry that cannot be read is made of what is on the stack.",
        DISK
        + """
import vfs
class Failing(Disk):
    fail = False
    def __init__(self, count):
        super().__init__(count)
        V.mkfs(self)
        for i in range(12): V(self).mkdir('folder %d' % i)
    def readblocks(self, *args):
        if self.fail: raise OSError(5)
        super().readblocks(*args)
names = ('VfsLfs1', 'VfsLfs2')
for V in [getattr(vfs, name) for name in names if hasattr(vfs, name)]:
    disk = Disk(64)
    V.mkfs(disk)
    fs = V(disk)
    for i in range(12): fs.mkdir('a name of a folder %d' % i)
    listing = fs.ilistdir('/')
    next(listing)
    disk.data[:] = b'\xff' * len(disk.data)
    try: t(True, all, [len(entry[0]) < 30 for entry in listing])
    except OSError: pass
    listing = V(Failing(64)).ilistdir('/')
    Failing.fail = True
    t(OSError, list, listing)
    Failing.fail = False
""",
    ),
    "fat_path": (
        "The path of a folder on a FAT disk fills its buffer, and its end comes behind that.",
        DISK
        + """
import vfs
disk = Disk(160)
vfs.VfsFat.mkfs(disk)
fs = vfs.VfsFat(disk)
def enter(length):
    fs.chdir('/')
    while length > 0:
        n = 200 if length > 202 else length - 1 if length < 202 else 150
        name = 'n' * n
        try: fs.mkdir(name)
        except OSError: pass
        fs.chdir(name)
        length -= n + 1
for length in (1, 126, 127, 128, 129, 130, 400, 511, 512, 513, 514):
    enter(length if length > 1 else 2)
    try:
        assert len(fs.getcwd()) == max(length, 2)
    except OSError:
        assert length >= 128
""",
    ),
    "lfs_inline": (
        "A file within its folder on a littlefs disk is larger than the cache it is kept in.",
        DISK
        + """
import vfs
if not hasattr(vfs, 'VfsLfs2'):
    raise SystemExit # a small board
disk = Disk(32, 4096)
vfs.VfsLfs2.mkfs(disk, readsize=256, progsize=256)
with vfs.VfsLfs2(disk, readsize=256, progsize=256).open('/f', 'w') as f: f.write('x' * 500)
fs = vfs.VfsLfs2(disk, readsize=16, progsize=16, mtime=True)
t(OSError, fs.open, '/f', 'a')
t(OSError, fs.open, '/f', 'r+')
t('x' * 500, fs.open('/f', 'r').read)
with fs.open('/f', 'w') as f: f.write('y')
t('y', fs.open('/f', 'r').read)
""",
    ),
    "lfs_splice": (
        "Numbers of files on a littlefs disk grow until they are another kind of tag.",
        DISK
        + """
import struct, vfs, binascii
if not hasattr(vfs, 'VfsLfs2') or not hasattr(binascii, 'crc32'):
    raise SystemExit # a small board
def block(kind, splices):
    before, out = 0xffffffff, struct.pack('<I', 9)
    tags = [(0x401, 0, b''), (0x0ff, 0, b'littlefs')]
    tags.append((0x201, 0, struct.pack('<6I', 0x20001, 1024, 32, 255, 0x7fffffff, 1022)))
    tags.append((kind, 0x3f0, b'data'))
    tags += [(0x47f, 1, b'')] * splices + [(0x480, 0x3fe, b'')] * splices
    for type, id, data in tags:
        tag = type << 20 | id << 10 | len(data)
        out += struct.pack('>I', tag ^ before) + data
        before = tag
    out += struct.pack('>I', (0x500 << 20 | 0x3ff << 10 | 4) ^ before)
    return out + struct.pack('<I', 0xffffffff ^ binascii.crc32(out))
for kind in (0x0fd, 0x0fe, 0x0ff):
    for splices in (0, 9, 12, 17):
        disk = Disk(32, 1024)
        image = block(kind, splices)
        disk.data[:len(image)] = image
        fs = vfs.VfsLfs2(disk)
        try:
            fs.mkdir('/d')
            fs.mkdir('/e')
        except OSError:
            pass
""",
    ),
    "lfs_rename": (
        "The slashes behind a new name on a littlefs disk count as its length, next to its kind.",
        DISK
        + """
import vfs
if not hasattr(vfs, 'VfsLfs2'):
    raise SystemExit # a small board
disk = Disk(32, 1024)
vfs.VfsLfs2.mkfs(disk)
fs = vfs.VfsLfs2(disk)
fs.mkdir('/a')
fs.mkdir('/b')
for n in (300, 1 << 10, 1 << 16):
    t(OSError, fs.rename, '/a', '/b' + '/' * n)
    t(['a', 'b'], lambda: [e[0] for e in fs.ilistdir('/')])
""",
    ),
    "lfs_tag": (
        "A tag on a littlefs disk says that C structures come with it; a name has no end.",
        DISK
        + LFS_CRC
        + """
import vfs
if not hasattr(vfs, 'VfsLfs2') or not hasattr(binascii, 'crc32'):
    raise SystemExit # a small board
def retag(block, change):
    at, start, before = 4, 0, 0xffffffff
    while at + 4 <= len(block):
        tag = struct.unpack_from('>I', block, at)[0] ^ before
        if tag >> 31: return
        tag = change(tag)
        struct.pack_into('>I', block, at, tag ^ before)
        size = 0 if tag & 0x3ff == 0x3ff else tag & 0x3ff
        if tag >> 28 & 7 == 5:
            struct.pack_into('<I', block, at + 4, crc(block[start:at + 4]))
            start, before = at + 4 + size, tag ^ (tag >> 20 & 1) << 31
        else:
            before = tag
        at += 4 + size
def spoilt(kind, new):
    def change(tag): return tag & 0xfffff | new << 20 if tag >> 20 == kind else tag
    disk = Disk(32, 1024)
    vfs.VfsLfs2.mkfs(disk)
    fs = vfs.VfsLfs2(disk)
    fs.mkdir('f' * 250 + 'older')
    for i in range(20): fs.open('file%d' % i, 'w').close()
    for number in (0, 1):
        block = disk.data[number * 1024:number * 1024 + 1024]
        retag(block, change)
        disk.data[number * 1024:number * 1024 + 1024] = block
    try:
        fs = vfs.VfsLfs2(disk)
        for i in range(60): fs.mkdir('new%d' % i)
        fs.rename('new1', 'new1again')
    except OSError:
        pass
    try:
        return max([len(entry[0]) for entry in fs.ilistdir('/')] + [0])
    except (OSError, UnicodeError): # what follows from the time of day, which is on the disk
        return 0
for kind in (0x101, 0x102, 0x1ff, 0x100):
    t(True, lambda: spoilt(0x301, kind) < 256)
    t(True, lambda: spoilt(0x201, kind) < 256)
""",
    ),
    "actor_buffer_held": (
        "A Buffer is given back by the stream that C reads into it from.",
        ACTOR
        + """
import deflate, io
def given_back(give):
    buffer, others = actor.Buffer(1000), []
    class Stored(io.IOBase): # deflate's head for 1000 bytes as they are, then 'A's
        at = 0
        def readinto(self, b):
            self.at += 1
            if self.at == 2:
                give(buffer)
                others.extend([actor.Buffer(1000) for _ in range(5)])
            b[0] = b'\\x01\\xe8\\x03\\x17\\xfc'[self.at - 1] if self.at < 6 else 0x41
            return 1
    deflate.DeflateIO(Stored(), deflate.RAW).readinto(buffer)
    return [bytes(other).count(b'A') for other in others]
def sent(buffer):
    actor.self().send(buffer)
    actor.receive().close()
if actor:
    for give in (lambda b: b.close(), lambda b: b.__del__(), sent):
        t([0] * 5, given_back, give)
""",
    ),
    "actor_answered_twice": (
        "An ask is answered by what printing the exception that it fails with calls.",
        ACTOR
        + """
def fail(call):
    class Answer(Exception):
        def __str__(self):
            call.reply(5)
            return 'x'
        __repr__ = __str__
    t(RuntimeError, call.fail, Answer())
if actor:
    with open('/asks.py', 'w') as file:
        file.write('def ask(ref): ref.send(ref.ask(1))')
    actor.spawn('asks:ask', actor.self())
    fail(actor.receive(timeout_ms=20000))
    t(5, actor.receive, None, 20000)
""",
    ),
    "actor_core_replaced": (
        "asyncio's core is no module, or goes when it is asked whether it has a task.",
        ACTOR
        + """
import sys
class Core:
    def __getattr__(self, name):
        sys.modules.pop('asyncio.core', None)
        return 5
def replaced(f, *args):
    sys.modules['asyncio.core'] = Core()
    try:
        return f(*args)
    finally:
        sys.modules.pop('asyncio.core', None)
if actor:
    import asyncio
    wait = replaced(actor.receive, lambda message: True)
    t(AttributeError, replaced, next, wait)
    wait.close()
for name in list(sys.modules):
    if name.startswith('asyncio'):
        del sys.modules[name]
""",
    ),
    "actor_read_deep": (
        "A message is read where the C stack is shorter than where it was written.",
        ACTOR
        + """
import sys
def nested():
    message = ()
    for _ in range(60 if sys.maxsize > 1 << 32 else 15): # as deep as a message may be
        message = (message, {1: [message]})[:1] + (1,)
    return message
def read_deep(n):
    try:
        read_deep(n + 1)
    except RuntimeError:
        actor.receive(timeout_ms=0)
        raise
if actor:
    for _ in range(3):
        actor.self().send(nested())
        try:
            read_deep(0)
        except (RuntimeError, OSError):
            pass
""",
    ),
    "blit_palette": (
        "A palette is the source as well, or the source changes while its pixels are looked up.",
        """
try:
    import framebuf
except ImportError:
    framebuf = None # a small board
if framebuf:
    def frame(buffer, width, kind=framebuf.RGB565):
        return framebuf.FrameBuffer(buffer, width, 1, kind)
    one = frame(bytearray(b'\\xff' * 64), 32)
    t(ValueError, one.blit, one, 0, 0, -1, one)
    palette = frame(bytearray(b'\\xff' * 8), 4)
    shared = bytearray(64)
    to, source = frame(shared, 32), frame(memoryview(shared)[2:], 31)
    t(ValueError, to.blit, to, 1, 0, -1, palette)
    t(ValueError, to.blit, source, 2, 0, -1, palette)
    t(None, to.blit, frame(bytearray(64), 32), 0, 0, -1, palette)
    t(0xffff, to.pixel, 31, 0)
    few = frame(bytearray(16), 64, framebuf.GS2_HMSB)
    t(None, few.blit, few, 1, 0, -1, palette)
""",
    ),
}

ENDLESS: dict[str, tuple[str, str]] = {
    "pattern": (
        "A regular expression is tried in more ways than there is time for.",
        "import re\nprint('go')\nre.match('(?:^)+?b', 'a')",
    ),
    "littlefs": (
        "Each folder of a littlefs disk is followed by itself.",
        DISK
        + LFS_CRC
        + """
import vfs
disk = Disk(32)
vfs.VfsLfs1.mkfs(disk, readsize=512, progsize=512)
vfs.VfsLfs1(disk, readsize=512, progsize=512).mkdir('a')
for number in range(32):
    at = number * 512
    size = struct.unpack_from('<I', disk.data, at + 4)[0] & 0x7fffffff
    if 20 <= size <= 512:
        struct.pack_into('<II', disk.data, at + 8, number, number)
        struct.pack_into('<I', disk.data, at + size - 4, crc(disk.data[at:at + size - 4]))
fs = vfs.VfsLfs1(disk, readsize=512, progsize=512)
print('go')
fs.statvfs('/')
""",
    ),
}


@pytest.mark.parametrize("arch,name,sanitize", MACHINES)
def test_class_ends_with_exception_or_result(machine, arch, name, sanitize):
    target = machine(arch, name, sanitize=sanitize).boot()
    target.check(HELPERS)
    failed = {}
    for subject, (_, program) in CLASSES.items():
        output = target.run(program, f"{subject}.py")
        if (output.status, output.stderr) != (0, ""):
            failed[subject] = output.stderr
    assert not failed


@pytest.mark.parametrize("arch,name,sanitize", MACHINES)
def test_ctrl_c_ends_loops_in_c(machine, arch, name, sanitize):
    target = machine(arch, name, sanitize=sanitize).boot()
    for subject, (_, program) in ENDLESS.items():
        if subject == "littlefs" and arch == "xtensa":
            continue  # has none
        target.send(b"\x05" + program.replace("\n", "\r").encode() + b"\r\x04")
        target.expect_line("go")
        time.sleep(0.5)  # let it get into the loop
        target.send(b"\x03")
        assert "KeyboardInterrupt" in target.expect_prompt(), subject


@pytest.mark.parametrize("arch,name,sanitize", MACHINES)
def test_line_editor_is_not_entered_again(machine, arch, name, sanitize):
    """What the scheduler ran while input() waited left it with a pointer to a dead frame."""
    target = machine(arch, name, sanitize=sanitize).boot()
    target.command("import micropython")
    target.send("micropython.schedule(lambda _: input('in'), 0); input('out')\r")
    target.read_until("OSError")
    target.send("done\r")
    assert "'done'" in target.expect_prompt()


@pytest.mark.parametrize("arch,name,sanitize", [m for m in MACHINES if m[0] == "hosted"])
def test_cursor_moves_far_back(machine, arch, name, sanitize):
    """A number of five digits had no room on the stack; Tab looked before the line."""
    target = machine(arch, name, sanitize=sanitize).boot()
    target.send("x = '" + 10100 * "y" + "'\x01\t\x05\r")
    target.expect_prompt()
    assert target.command("len(x)") == "10100"
