# SPDX-License-Identifier: MIT
"""The published classes of memory errors, one sentence and one program each.

c.. are numbers of published programs, the rest are names of further families. What a program's
lines end with, a result or a kind of exception, is named there. `use` gives a module, or None where
the board has none, and then says `without NAME`; the test knows which machines may say that.
"""

import programs

HELPERS = (
    programs.HELPERS
    + """
import gc, io, sys
def use(name):
    try:
        return __import__(name)
    except ImportError:
        print('without', name)
def churn(n):
    gc.collect()
    return [bytearray(b'\\x40AAAAA\\0\\0' * 2) for i in range(n)]
def whole(made):
    gc.collect()
    for one in made:
        assert one == b'\\x40AAAAA\\0\\0' * 2
class Stream(io.IOBase):
    def __init__(self, count): self.count = count
    def readinto(self, b): return self.count
    def write(self, b): return self.count
    def ioctl(self, request, arg): return 0
class File(io.IOBase):
    def __init__(self, data): self.data, self.at = data, 0
    def readinto(self, b):
        n = min(len(b), len(self.data) - self.at)
        b[:n] = self.data[self.at:self.at + n]
        self.at += n
        return n
    def ioctl(self, request, arg): return 0
class Folder:
    def __init__(self, name, opened): self.name, self.opened = name, opened
    def mount(self, *a): pass
    def umount(self): pass
    def stat(self, path):
        if path == '/' + self.name: return (0x8000,) + (0,) * 9
        raise OSError(2)
    def open(self, path, mode): return self.opened
def import_from(name, opened):
    import vfs
    vfs.mount(Folder(name, opened), '/from')
    sys.path.append('/from')
    try:
        __import__(name[:name.index('.')])
    finally:
        sys.path.remove('/from')
        vfs.umount('/from')
"""
)

CLASSES: dict[str, tuple[str, str]] = {
    "c01": (
        "super() reads a tuple as an instance, and its third element as the native part.",
        """
class A(list):
    def leak(self): return super().copy()
t(TypeError, A.leak, (0, 0, bytearray(8)))
t([1], A([1]).leak)
""",
    ),
    "c02": (
        "super() takes whatever a method has stored into its own self.",
        """
class A(list):
    def __init__(self):
        self = 1234567
        super().__init__()
t(TypeError, A)
""",
    ),
    "c03": (
        "list.sort() goes on in storage that its key function has made the list leave.",
        """
made = []
def key(x):
    if len(l) < 200:
        l.extend([0] * 400)
        made.extend(churn(20))
    return x
l = [i * 7 % 100 for i in range(100)]
t(ValueError, lambda: l.sort(key=key))
assert sorted(l) == list(range(100))
whole(made)
""",
    ),
    "c04": (
        "Searching a list goes on in storage that __eq__ has made the list leave.",
        """
made = []
class E:
    def __eq__(self, other):
        if len(l) < 500:
            l.extend([0] * 500)
            made.extend(churn(20))
        return False
for search in (lambda: l.count(5), lambda: 5 in l, lambda: l.index(5), lambda: l.remove(5)):
    l = [E() for i in range(50)]
    try:
        assert not search()
    except (ValueError, RuntimeError):
        pass
whole(made)
""",
    ),
    "c06": (
        "A memoryview writes into the storage that its bytearray has left by growing.",
        """
b = bytearray(400)
m = memoryview(b)
b.extend(bytes(2000))
made = churn(50)
for i in range(400): m[i] = 0x42
whole(made)
""",
    ),
    "c07": (
        "The size of a repeated sequence overflows a word.",
        """
for n in (sys.maxsize // 2 + 2, sys.maxsize // 4 + 1, sys.maxsize):
    for one in ([1, 2], (1, 2)):
        t(MemoryError, lambda: one * n)
t(MemoryError, lambda: 'abcd' * (sys.maxsize // 2 + 1))
t(MemoryError, lambda: b'abcd' * (sys.maxsize // 2 + 1))
""",
    ),
    "c08": (
        "A stream made in Python keeps the buffer that it was given, which was on the C stack.",
        """
import json
kept = []
class S(io.IOBase):
    def write(self, b):
        kept.append(b)
        return len(b)
json.dump([1], S())
print(1, 'two', file=S())
sorted(range(50))
for b in kept:
    text = bytes(b)
    b[0] = 1
    assert bytes(b)[1:] == text[1:]
assert kept
""",
    ),
    "c09": (
        "A stream made in Python resizes the buffer that it was given.",
        """
import json
class S(io.IOBase):
    def write(self, b):
        n = len(b)
        b += b
        b[:] = b'123'
        return n
t(None, lambda: json.dump([], S()))
t(None, lambda: json.dump([1, 'a'], S()))
""",
    ),
    "c10": (
        "asyncio's queue of tasks takes any object for a task.",
        """
t(ImportError, __import__, '_asyncio')
asyncio = use('asyncio')
if asyncio:
    q = asyncio.core.TaskQueue()
    def push():
        for one in (1, 2, [1, 2, 3]): q.push(one)
    t(AttributeError, push)
    async def five(): return 5
    async def main(): return await asyncio.create_task(five())
    t(5, asyncio.run, main())
""",
    ),
    "c11": (
        "A stream that could not be registered stays in the table of poll, without a stream.",
        """
select = use('select')
if select:
    p = select.poll()
    t(OSError, p.register, 5.0)
    t(OSError, p.register, None)
    t([], p.poll, 1)
""",
    ),
    "c12": (
        "object.__new__() makes an instance whose native part was never built.",
        """
class E(Exception): pass
class L(list): pass
class D(dict): pass
def throw(kind): raise object.__new__(kind)
t(E, throw, E)
t(AttributeError, lambda: object.__new__(L).append(1))
t(AttributeError, lambda: object.__new__(D).keys())
""",
    ),
    "c15": (
        "A count of pieces becomes a size.",
        """
for n in (sys.maxsize, sys.maxsize // 2, sys.maxsize // 4):
    t(['a', 'c'], 'abc'.rsplit, 'b', n)
    t(['a', 'c'], 'abc'.split, 'b', n)
t(['a', 'c'], 'abc'.rsplit, 'b', -1)
""",
    ),
    "c17": (
        "A ring of no bytes divides by zero.",
        """
import micropython
if hasattr(micropython, 'RingIO'):
    t(ValueError, micropython.RingIO, bytearray(0))
    t(0, micropython.RingIO(bytearray(1)).write, b'a')
    t(1, micropython.RingIO(bytearray(2)).write, b'a')
else:
    print('without RingIO')
""",
    ),
    "c18": (
        "Type codes of struct and array make an address of a number and an object of an address.",
        """
import array, struct
for code in 'OPS':
    t(ValueError, struct.unpack, code, bytes(8))
    t(ValueError, struct.pack, code, 1)
    t(ValueError, array.array, code, [1])
t((1,), struct.unpack, '<H', b'\\1\\0')
""",
    ),
    "c19": (
        "hash() of nested tuples calls itself without looking at the C stack.",
        """
n = ()
for i in range(DEEP): n = (n,)
t(RuntimeError, hash, n)
t(RuntimeError, repr, n)
n = None
""",
    ),
    "c21": (
        "The compiler calls itself for nested source without looking at the C stack.",
        """
for left, right in ('[]', '{}', ('x(', ')'), ('x[', ']'), ('not ', ''), ('lambda:', '')):
    for n in (30, DEEP):
        source = left * n + '1' + right * n
        try:
            exec('x = lambda *a: 0\\ndef f():\\n return ' + source)
        except (RuntimeError, MemoryError):
            assert n == DEEP
        source = None
""",
    ),
    "c23": (
        "A function of machine takes any object for a pin.",
        """
import machine
t(False, hasattr, machine, 'time_pulse_us')
t(False, hasattr, machine, 'bitstream')
if hasattr(machine, 'Signal'):
    for thing in ([], 5, None, io.BytesIO()):
        try:
            machine.Signal(thing).value()
        except (TypeError, ValueError, AttributeError):
            continue
        raise AssertionError(thing)
""",
    ),
    "c25": (
        "Emitters of machine code let source read and write any address.",
        """
for source in ('@micropython.viper\\ndef f():\\n p = ptr32(0)\\n p[0] = 1',
               '@micropython.native\\ndef f():\\n return x',
               '@micropython.asm_thumb\\ndef f():\\n nop()',
               '@micropython.asm_xtensa\\ndef f():\\n nop()'):
    t(SyntaxError, exec, 'import micropython\\n' + source)
""",
    ),
    "c26": (
        "uctypes is memory at any address.",
        """
t(ImportError, __import__, 'uctypes')
""",
    ),
    "c27": (
        "A crafted .mpy file runs as it is.",
        """
data = b'M\\x06\\x00' + BITS + b'\\x03\\x00' + b'\\x08e.py\\x00'
data += b'\\x0f' + b'\\x02x\\x00' + b'\\x40'
t(ValueError, import_from, 'evil.mpy', File(data + b'\\x00\\x02\\x01\\x24\\xff\\xff\\x7f\\x63'))
t(False, lambda: 'evil' in sys.modules)
""",
    ),
    "c30": (
        "Regular expressions are compiled by C that calls itself.",
        """
re = use('re')
if re:
    t(ValueError, re.compile, '(' * 200)
    t(RuntimeError, re.compile, '(' * DEEP)
    t(RuntimeError, re.match, '()*', 'a')
""",
    ),
    "c32": (
        "A buffered writer takes any object for a stream.",
        """
t(False, hasattr, io, 'BufferedWriter')
""",
    ),
    "c33": (
        "Code is made of bytes.",
        """
t(ImportError, __import__, 'marshal')
t(AttributeError, lambda: (lambda: 0).__code__)
t(TypeError, type(lambda: 0), b'x')
""",
    ),
    "mpy-loader": (
        "The reader of .mpy files trusts its counts, indices and ends.",
        """
head = b'M\\x06\\x00' + BITS
for data in (b'', b'M', head, head + b'\\xff' * 8, head + b'\\x01\\x00',
             head + b'\\x01\\x00\\xff\\xff\\xff\\x7f',
             head + b'\\x02\\x01\\x08e.py\\x00' + b'\\x0a' * 500,
             head + b'\\x01\\x00\\x08e.py\\x00' + b'\\x04' * 500):
    t(ValueError, import_from, 'evil.mpy', File(data))
""",
    ),
    "mpy-native": (
        "A .mpy file holds machine code and places in memory to mend for it.",
        """
for arch in range(1, 16):
    data = b'M\\x06' + bytes([arch << 2]) + BITS + b'\\x01\\x00\\x08e.py\\x00' + bytes(20)
    t(ValueError, import_from, 'evil.mpy', File(data))
""",
    ),
    "raw-memory": (
        "Modules read and write memory by its address; id() tells addresses.",
        """
import machine
for name in ('mem8', 'mem16'): t(False, hasattr, machine, name)
def store(at): machine.mem32[at] = 1
for at in (0, 4, 0x1000, id([])):
    t(ValueError, lambda: machine.mem32[at])
    t(ValueError, store, at)
""",
    ),
    "block-devices": (
        "A block device made in Python returns, raises, keeps or resizes what C does not expect.",
        """
import vfs
class Disk:
    def __init__(self): self.data, self.mode, self.kept = bytearray(64 * 512), 0, []
    def readblocks(self, n, b, off=0):
        self.kept.append(b)
        if self.mode == 1: b.extend(b)
        if self.mode == 2: b[:] = b''
        if self.mode == 3: raise OSError(5)
        if self.mode == 4: return 'x'
        if self.mode == 5: return 1 << 40
        b[:] = self.data[n * 512 + off:n * 512 + off + len(b)]
    def writeblocks(self, n, b, off=0):
        if self.mode == 3: raise OSError(5)
        self.data[n * 512 + off:n * 512 + off + len(b)] = b
    def ioctl(self, op, arg):
        if self.mode == 6: return 'x'
        if self.mode == 7: return -1
        return 64 if op == 4 else 512 if op == 5 else 0
for name in 'VfsFat', 'VfsLfs1', 'VfsLfs2':
    if not hasattr(vfs, name):
        print('without', name)
        continue
    V = getattr(vfs, name)
    for mode in range(8):
        disk = Disk()
        V.mkfs(disk)
        fs = V(disk)
        disk.mode = mode
        try:
            fs.mkdir('/d')
            fs.open('/f', 'w').close()
            V(disk)
        except (OSError, TypeError, ValueError, OverflowError):
            pass
        for b in disk.kept: b.extend(bytes(100))
        disk.kept = None
""",
    ),
    "open-result": (
        "open() of a file system made in Python returns no stream, and import reads from it.",
        """
class Half(io.IOBase): pass
for thing in (None, 5, 'text', [], object(), Half(), lambda: 0):
    for name in 'thing.py', 'thing.mpy':
        try:
            import_from(name, thing)
        except (OSError, TypeError, AttributeError, ValueError, ImportError):
            continue
        raise AssertionError(thing)
""",
    ),
    "long-count": (
        "A stream made in Python says that it has read or written more than it was asked for.",
        """
import json
for n in (1 << 30, 999, -1, 'x', 1 << 70):
    for f in (lambda: json.load(Stream(n)), lambda: json.dump([1], Stream(n)),
              lambda: print('x', file=Stream(n)), lambda: import_from('long.py', Stream(n))):
        try:
            f()
        except (OSError, TypeError, ValueError, OverflowError, SyntaxError, MemoryError):
            pass
""",
    ),
    "images": (
        "An image of a file system is damaged on purpose.",
        """
import vfs
class Disk:
    def __init__(self): self.data = bytearray(64 * 512)
    def readblocks(self, n, b, off=0):
        b[:] = self.data[n * 512 + off:n * 512 + off + len(b)]
    def writeblocks(self, n, b, off=0):
        self.data[n * 512 + off:n * 512 + off + len(b)] = b
    def ioctl(self, op, arg): return 64 if op == 4 else 512 if op == 5 else 0
seed = 1
for name in 'VfsFat', 'VfsLfs2':
    if not hasattr(vfs, name):
        print('without', name)
        continue
    V = getattr(vfs, name)
    disk = Disk()
    V.mkfs(disk)
    fs = V(disk)
    fs.mkdir('/d')
    with fs.open('/d/f', 'w') as f: f.write('x' * 999)
    fs = f = None
    good = bytes(disk.data)
    for i in range(30):
        disk = Disk()
        disk.data[:] = good
        for j in range(8):
            seed = (seed * 5741 + 2731) % 65537
            disk.data[seed * 7 % 3000] = seed & 255
        try:
            fs = V(disk)
            list(fs.ilistdir('/'))
            list(fs.ilistdir('/d'))
            fs.open('/d/f', 'r').read()
            fs.open('/g', 'w').close()
        except (OSError, UnicodeError):
            pass
        fs = None
""",
    ),
    "bindings": (
        "Bindings of btree, ssl and websocket use what was closed or freed.",
        """
for name in ('btree', 'ssl', 'tls', 'websocket', 'socket', 'bluetooth', '_webrepl'):
    t(ImportError, __import__, name)
""",
    ),
    "slices": (
        "A slice is assigned to itself, or kept when its C frame has gone.",
        """
l = list(range(10))
l[2:4] = l
assert l == [0, 1] + list(range(10)) + list(range(4, 10))
b = bytearray(range(10))
b[2:4] = b
assert len(b) == 18
class Keeps:
    def __getitem__(self, s):
        kept.append(s)
    def __setitem__(self, s, v):
        kept.append(s)
kept = []
Keeps()[1:2:3]
Keeps()[4:5] = 6
churn(20)
assert str(kept) == '[slice(1, 2, 3), slice(4, 5, None)]', kept
""",
    ),
    "upstream": (
        "What upstream mended before 1.25.0 is mended here.",
        """
from collections import deque
d = deque((), 4)
t(IndexError, lambda: d[0])
t(IndexError, lambda: d[-1])
d.append(1)
t(IndexError, lambda: d[-2])
t(OverflowError, (1 << 70).to_bytes, 2, 'little')
t(ValueError, (1).to_bytes, -1, 'little')
t(b'\\1\\0', (1).to_bytes, 2, 'little')
import vfs
t(OSError, vfs.umount, '/nothing')
class Slice:
    def __getitem__(self, s): return s
if hasattr(Slice()[1:2], 'indices'):
    t(TypeError, lambda: Slice()['a':].indices(5))
    t((0, 1, 1), Slice()[:1].indices, 5)
else:
    print('without indices')
def fill():
    l = []
    while True: l.append([0] * 5000)
t(MemoryError, fill)
""",
    ),
    "size-of-array": (
        "The sizes of an array or of a range overflow a word.",
        """
from array import array
class Liar:
    def __init__(self, n): self.n = n
    def __len__(self): return self.n
    def __iter__(self): return iter((1, 2))
for n in (sys.maxsize, sys.maxsize // 2 + 1, sys.maxsize // 4 + 1):
    for code in 'BIQ':
        t(2, lambda: len(array(code, Liar(n))))
    t(2, lambda: len(bytearray(Liar(n))))
t(MemoryError, bytearray, sys.maxsize)
for a, b in ((-sys.maxsize - 1, sys.maxsize), (0, sys.maxsize), (-sys.maxsize, sys.maxsize)):
    try:
        r = range(a, b)
        assert len(r) >= 0
        r[len(r) - 1]
    except (OverflowError, ValueError):
        pass
""",
    ),
    "heapq": (
        "A comparison changes the list that is a heap.",
        """
heapq = use('heapq')
if heapq:
    class E:
        def __lt__(self, other):
            h.clear()
            return True
    for f in (lambda: heapq.heapify(h), lambda: heapq.heappush(h, E()), lambda: heapq.heappop(h)):
        h = [E() for i in range(20)]
        t(RuntimeError, f)
""",
    ),
    "settrace": (
        "Frames on the C stack are objects.",
        """
t(False, hasattr, sys, 'settrace')
t(False, hasattr, sys, '_getframe')
""",
    ),
    "finalisers": (
        "A finaliser allocates, frees or revives in the middle of a collection.",
        """
ran = []
class D(io.IOBase):
    def __del__(self):
        ran.append([self] * 50)
        gc.collect()
for i in range(20): D()
made = churn(20)
gc.collect()
whole(made)
""",
    ),
    "newer": (
        "Weak references and template strings are later surface than this release.",
        """
t(ImportError, __import__, 'weakref')
t(SyntaxError, exec, "t'x'")
""",
    ),
    "heap-lock": (
        "The heap stays locked when a program ends with it locked.",
        """
import micropython
if hasattr(micropython, 'heap_lock'):
    def locked():
        micropython.heap_lock()
        try:
            [0] * 100
        finally:
            micropython.heap_unlock()
    t(MemoryError, locked)
    t(2, lambda: len([1] * 2))
else:
    print('without heap_lock')
""",
    ),
    "traceback": (
        "An exception that is half built is raised, and gets a traceback.",
        """
class E(Exception):
    def __init__(self): raise self
class F(Exception):
    def __init__(self): self.args
def throw(kind): raise kind
t(E, E)
t(E, throw, E)
t(AttributeError, throw, F)
t(TypeError, throw, type('G', (), {}))
gen = (x for x in (1, 2))
t(E, lambda: gen.throw(object.__new__(E)))
""",
    ),
    "endless": (
        "A loop in C runs for as long as a number says.",
        """
import struct
from collections import deque
t(ValueError, struct.calcsize, '9' * 20 + 'I')
framebuf = use('framebuf')
if framebuf:
    f = framebuf.FrameBuffer(bytearray(64), 8, 8, framebuf.GS8)
    t(None, f.ellipse, 4, 4, 1 << 29, 1 << 29, 1, True)
    t(None, f.line, -(1 << 29), 3, 1 << 29, 5, 1)
d = deque((1, 2, 3), 50)
d.extend(d)
d.extend(iter(d))
t([1, 2, 3] * 4, list, d)
class D(deque): pass
d = D((1, 2), 3)
d.extend(d)
t([2, 1, 2], list, d)
""",
    ),
    "threads": (
        "Two threads without a lock are in one container.",
        """
t(ImportError, __import__, '_thread')
""",
    ),
    "split-heap": (
        "A collection over several areas of the heap takes one for another.",
        """
made = churn(200)
for i in range(5): made.extend(churn(20))
whole(made)
""",
    ),
}
