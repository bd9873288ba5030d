# SPDX-License-Identifier: MIT
"""Types, sizes, recursion, streams, devices: programs that made stock MicroPython forge pointers.

Each class is one sentence and a program; what its lines end with, a result or a kind of exception,
is named there. Many programs share a boot.
"""

import pytest
from programs import HELPERS, MACHINES

CLASSES: dict[str, tuple[str, str]] = {
    "super": (
        "super() trusts the self of the method that it is called in.",
        """
class L(list):
    def forged(self): return super().copy()
    def rebound(self, x):
        self = x
        return super().copy()
t(TypeError, L.forged, (0, 0, bytearray(8)))
t(TypeError, L([1]).rebound, 1234567)
t([1], L([1]).forged)
t(TypeError, lambda: super((list, int), L()).copy)
""",
    ),
    "unbound": (
        "A native method that is looked up on a class takes any object as self.",
        """
class L(list): pass
class B: pass
t(TypeError, L.append, 5, 1)
t(TypeError, list.__dict__['append'], (1, 2), 1)
t(TypeError, type('C', (), list.__dict__).append, 5, 1)
l = L()
L.append(l, 7)
t(7, l.pop)
""",
    ),
    "half_built": (
        "An instance is used whose native constructor has not run.",
        """
class E(Exception): pass
class F(Exception):
    def __init__(self): raise self
class L(list): pass
def throw(e): raise e
t(E, throw, object.__new__(E))
t(F, F)
t(AttributeError, [].extend, object.__new__(L))
import io
class I(io.BytesIO): pass
t(AttributeError, iter, object.__new__(I))
""",
    ),
    "protocol": (
        "A stream or file system in C is handed an object of another layout.",
        """
import io, sys, vfs
class R(io.BytesIO): pass
r = R()
print('x', file=r)
t(b'x\\n', r.getvalue)
t(OSError, lambda: print('x', file=object.__new__(R)))
class V(io.IOBase):
    def mount(self, *args): pass
    def umount(self): pass
    def stat(self, path): raise OSError(2)
vfs.mount(V(), '/v'); sys.path.append('/v')
t(ImportError, __import__, 'nothing')
sys.path.remove('/v'); vfs.umount('/v')
""",
    ),
    "typecodes": (
        "struct and array turn numbers into pointers.",
        """
import struct, array
for code in 'OPS':
    t(ValueError, struct.unpack, code, bytes(8))
    t(ValueError, array.array, code)
""",
    ),
    "sizes": (
        "A size or a position is computed from a number without looking for overflow.",
        """
import struct, sys, framebuf, micropython
from collections import deque
t(MemoryError, lambda: [1, 2] * (sys.maxsize // 2 + 2))
t(MemoryError, lambda: (1, 2) * sys.maxsize)
t(['a', 'c'], 'abc'.rsplit, 'b', sys.maxsize // 2)
t([bytearray()], bytearray().rsplit, b'abcd', 3)
t(MemoryError, deque, (), sys.maxsize // 4)
t(MemoryError, deque, (), sys.maxsize)
t(ValueError, micropython.RingIO, sys.maxsize)
t(ValueError, struct.calcsize, '9' * 20 + 'I')
t(ValueError, struct.pack_into, 'b', bytearray(3), 1 << 30, 1)
t(ValueError, framebuf.FrameBuffer, bytearray(99), 65535, 65535, framebuf.RGB565)
t(ValueError, framebuf.FrameBuffer, bytearray(70000), 8, 2, framebuf.GS4_HMSB, 65535)
f = framebuf.FrameBuffer(bytearray(64), 8, 8, framebuf.GS8)
t(None, f.ellipse, 4, 4, 1 << 29, 1 << 29, 1, True)
t(None, f.fill_rect, 1 << 30, 1, 1 << 30, 1, 1)
f.fill(99)
t(ValueError, f.blit, f, 0, 0, -1, framebuf.FrameBuffer(bytearray(4), 2, 1, framebuf.RGB565))
t(ValueError, micropython.RingIO, bytearray(0))
if sys.maxsize > 1 << 32: t([0], lambda: list(range(0, 4, 1 << 28)[::1 << 60]))
if hasattr(str, 'center'): # not on small boards
    t('x', 'x'.center, -1)
    t('x', 'x'.center, -sys.maxsize)
    t(MemoryError, 'x'.center, sys.maxsize // 4)
""",
    ),
    "recursion": (
        "C calls itself through objects or nested source without looking at its stack.",
        """
import re
n = ()
for i in range(30000): n = (n,)
t(RuntimeError, hash, n)
t(RuntimeError, repr, n)
m = ()
for i in range(30000): m = (m,)
t(RuntimeError, lambda: n == m)
f = lambda: 0
for i in range(20000): f = type('C', (), {'__call__': f})()
t(ValueError, re.compile, '(' * 200)
t(RuntimeError, re.compile, '(' * 60000)
t(RuntimeError, re.match, '()*', 'a')
n = m = None
""",
    ),
    "callbacks": (
        "C goes on with what Python, called in between, has changed.",
        """
import io, heapq, select, deflate, re
class E:
    def __lt__(self, other): h.clear(); return True
h = [E() for i in range(20)]
t(RuntimeError, heapq.heapify, h)
p = select.poll()
t(OSError, p.register, 5.0)
t([], p.poll, 0)
seen = []
re.sub('a(b)', lambda m: seen.append(m) or 'x', 'abab')
t(None, seen[0].group, 1)
class S(io.IOBase):
    def readinto(self, b): return d.readinto(b)
d = deflate.DeflateIO(S())
t(OSError, d.read, 10)
t(OSError, d.read, 10)
t(ValueError, re.compile, '[a-')
""",
    ),
    "async_else": (
        "A jump out of the else block of `async for` leaves nothing on the stack.",
        """
class It:
    def __init__(self, n): self.n = n
    def __aiter__(self): return self
    async def __anext__(self):
        if self.n == 0: raise StopAsyncIteration
        self.n -= 1
        return self.n
async def f(q):
    out = []
    for x in q:
        async for y in It(2):
            if x == 5: break
        else:
            if x % 2: continue
        out.append(x)
    return out
def run(): f(range(300)).send(None)
try: run()
except StopIteration as e: t(e.value, lambda: [x for x in range(300) if x % 2 == 0 or x == 5])
""",
    ),
    "devices": (
        "A block device in Python keeps, resizes or refuses what C hands it.",
        """
import vfs
kept = []
class Dev:
    def __init__(self): self.d = bytearray(64 * 512); self.mode = 0
    def readblocks(self, n, buf, off=0):
        kept.append(buf)
        if self.mode == 1: buf.extend(buf)
        if self.mode == 2: buf[:] = b''
        if self.mode == 3: raise OSError(5)
        if self.mode == 4: return 'x'
        buf[:] = self.d[n * 512 + off:n * 512 + off + len(buf)]
    def writeblocks(self, n, buf, off=0):
        if self.mode == 3: raise OSError(5)
        self.d[n * 512 + off:n * 512 + off + len(buf)] = buf
    def ioctl(self, op, arg): return 64 if op == 4 else 512 if op == 5 else 0
for V in (vfs.VfsFat, vfs.VfsLfs2):
    for mode in range(5):
        dev = Dev()
        V.mkfs(dev)
        fs = V(dev)
        dev.mode = mode
        try:
            fs.mkdir('/d'); fs.open('/f', 'w').close()
        except OSError:
            pass
        kept[0].extend(bytes(1000))
        dev.mode = 0
        V.mkfs(dev)
        V(dev).mkdir('/d')
t(OSError, lambda: vfs.VfsLfs2.mkfs(Dev(), readsize=0))
t(OSError, lambda: vfs.VfsLfs2.mkfs(Dev(), lookahead=7))
""",
    ),
    "absent": (
        "Modules whose purpose is raw memory, and C parts that take any object, are not there.",
        """
for name in ('uctypes', 'marshal', '_asyncio'):
    t(ImportError, __import__, name)
import machine, io
t(False, hasattr, machine, 'time_pulse_us')
t(False, hasattr, machine, 'mem8')
t(False, hasattr, io, 'BufferedWriter')
""",
    ),
}


@pytest.mark.parametrize("arch,name,sanitize", MACHINES)
def test_class_ends_with_exception_or_result(machine, arch, name, sanitize):
    target = machine(arch, name, sanitize=sanitize).boot()
    target.check(HELPERS)
    for subject, (_, program) in CLASSES.items():
        output = target.run(program, f"{subject}.py")
        assert (output.status, output.stderr) == (0, ""), subject
