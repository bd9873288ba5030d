# SPDX-License-Identifier: MIT
"""Counts, constants, imports, text, numbers: programs that made upstream's py/ use memory wrongly.

Also C loops that Ctrl-C did not end.

Each class is one sentence and a program; what its lines end with, a result or a kind of exception,
is named there. A small board may always answer MemoryError.
"""

import time

import pytest
from programs import MACHINES

ALL_MACHINES = [*MACHINES, ("xtensa", "lx60-small", None)]

HELPERS = """
def t(expected, f, *args):
    try:
        got = f(*args)
    except MemoryError:
        return
    except Exception as e:
        got = type(e)
    assert got == expected or (type(expected) is tuple and got in expected), (expected, got)
def each(functions, *args):
    for f in functions:
        try:
            f(*args)
        except Exception:
            pass
"""

CLASSES: dict[str, tuple[str, str]] = {
    "call_counts": (
        "A call has more arguments than a byte counts.",
        """
def f(*a, **k): return len(a) + len(k)
def call(n, source):
    try:
        got = eval(source)
    except RuntimeError:
        assert n > 255
    else:
        assert n < 256 and got == n
for n in (255, 256, 257, 512):
    call(n, 'f(' + '0,' * n + ')')
    call(n, 'f(' + ','.join(['k%d=0' % i for i in range(n)]) + ')')
    t((n, RuntimeError), eval, 'f(*[], ' + '0,' * n + ')')
t(1000, lambda: f(*range(1000)))
class A:
    def f(self, *a): return len(a)
t(3000, lambda: A().f(*range(3000)))
""",
    ),
    "cell_counts": (
        "A function has more locals, cells or closed-over names than a byte counts.",
        """
def names(n, between=','): return between.join(['v%d' % i for i in range(n)])
def make(n, closed):
    source = 'def f(a):\\n' + ''.join([' v%d=%d\\n' % (i, i) for i in range(n)])
    return source + ' def g(*a): return (' + names(closed) + ',)\\n return g\\n'
for n in (31, 32, 33, 255, 256, 257, 300):
    for closed in (1, n):
        try:
            exec(make(n, closed))
        except RuntimeError:
            assert n > 254 # a parameter, then the others
        else:
            assert f(0)(1, 2, 3) == tuple(range(closed))
""",
    ),
    "unpack_counts": (
        "A starred unpacking has more targets than a byte counts.",
        """
for n in (255, 256, 257):
    v = ','.join(['a%d' % i for i in range(n)])
    exec(v + ' = range(%d)' % n)
    assert eval('a%d' % (n - 1)) == n - 1
    for s in (v + ',*b = range(%d)', '*b,' + v + ' = range(%d)'):
        try:
            exec(s % (n + 5))
        except RuntimeError:
            assert n > 255
        else:
            assert len(b) == 5
""",
    ),
    "literal_counts": (
        "A literal has more elements than the frame's size has bits for.",
        """
x = 1
for s in ('a=(%s)', 'a=[%s]', 'a={%s}'):
    t((RuntimeError, None), exec, s % ('x,' * 70000))
""",
    ),
    "label_counts": (
        "A function has more labels or children than its numbers have bits for.",
        """
end = ' x=0\\n while x<3:\\n  x+=1\\n  if x==2: break\\n return x\\n'
for n in (100, 5000, 33000):
    try:
        exec('def f():\\n' + ' if 0: pass\\n' * n + end)
        assert f() == 2
    except MemoryError:
        pass
    except RuntimeError:
        assert n > 10000
""",
    ),
    "unwind_counts": (
        "A jump leaves more blocks than its count has bits for.",
        """
def nest(n, kind):
    s = 'def f():\\n for i in range(3):\\n'
    for i in range(n): s += ' ' * (i + 2) + 'try:\\n'
    s += ' ' * (n + 2) + kind + '\\n'
    for i in reversed(range(n)): s += ' ' * (i + 2) + 'finally: pass\\n'
    return s + ' return 7\\n'
for n in (5, 100, 127, 128, 129, 200):
    for kind in ('break', 'continue', 'return 7'):
        try:
            exec(nest(n, kind))
            assert f() == 7
        except (RuntimeError, MemoryError):
            assert n > 5
""",
    ),
    "class_cell": (
        "A class body assigns the name that its methods find their class by.",
        """
class A:
    __class__ = 5
    x = __class__
    for i in range(2):
        for j in range(3):
            __class__ = j
t(5, lambda: A.x)
""",
    ),
    "ordered_literal": (
        "OrderedDict({...}) is compiled to a call of whatever has that name.",
        """
for other in (5, [1, 2, 3], b'123', (1, 2)):
    OrderedDict = lambda: other
    t(TypeError, eval, 'OrderedDict({1: 2})')
try:
    from collections import OrderedDict
except ImportError:
    raise SystemExit # a small board
def f():
    for i in range(500):
        try: OrderedDict({1, 2})
        except TypeError: pass
        OrderedDict({x: 1 for x in 'ab'})
    return 7
t(7, f)
""",
    ),
    "constant_nesting": (
        "Constants are nested so deep that comparing them leaves the C stack.",
        """
s = '(' * 5000 + '1' + ',)' * 5000
t((RuntimeError, None), exec, 'a=' + s + '\\nb=' + s)
""",
    ),
    "nested_fstring": (
        "An f-string within an f-string has arguments whose text has been given up.",
        """
for i in range(0, 40, 3):
    for j in range(12):
        source = 'f"{f\\'' + '{a=' + '\\\\0' * (j % 3) + ']' * (j // 3) + 'b' * i + '}}"'
        each([eval], source)
""",
    ),
    "import_package": (
        "A package in sys.modules is no module, or has an odd name.",
        """
import sys
class X: pass
x = X()
X.__path__ = 'a'
def imp(): from m import y
def imp2(): import m.y.z
sys.modules['m'] = x
t(ImportError, imp)
for name in ('x' * 20000, 5, None, ''):
    X.__name__ = name
    t((ImportError, RuntimeError, TypeError), imp)
sys.modules['m'] = 5
t(ImportError, imp)
t((ImportError, AttributeError), imp2)
del sys.modules['m']
t((RuntimeError, ImportError), exec, 'from . import b', {'__name__': 'a.' * 20000})
t(TypeError, exec, 'from . import b', {'__name__': 5})
t(KeyError, exec, 'from . import b', {})
t((ImportError, ValueError), __import__, 'a', None, None, None, 10**15)
t((ImportError, RuntimeError), exec, 'import ' + '.'.join(['a' * 200] * 40))
kept = sys.path
for bad in (5, [5], ['x' * 509], ['x' * 510], ['x' * 511], ['x' * 512], 'abc', (), [()], {}):
    sys.path = bad
    t((ImportError, TypeError, RuntimeError, OSError), __import__, 'abc')
sys.path = kept
for name in ('path', 'ps1', 'ps2'):
    t(AttributeError, delattr, sys, name)
""",
    ),
    "import_callback": (
        "A file system in Python replaces the module whose file is being opened.",
        """
import io, sys
try:
    import vfs
except ImportError:
    raise SystemExit # a small board
class F(io.IOBase):
    def __init__(self, d): self.d = d
    def readinto(self, b):
        n = min(len(b), len(self.d)); b[:n] = self.d[:n]; self.d = self.d[n:]
        return n
    def ioctl(self, a, b): return 0
class V:
    def mount(self, *a): pass
    def umount(self): pass
    def stat(self, path):
        mode = 0
        if path.endswith('pk'): mode = 0x4000
        if path.endswith('sub.py'): mode = 0x8000; sys.modules['pk.sub'] = what
        if not mode: raise OSError(2)
        return (mode, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    def open(self, path, mode): return F(b'x = 1\\n')
vfs.mount(V(), '/v'); sys.path.append('/v')
for what in ((1, 2, 3, 4, 5, 6, 7), 5, bytearray(100), sys, None, 'x' * 100):
    import pk.sub
    assert pk.sub.x == 1
    del sys.modules['pk.sub']
sys.path.remove('/v'); vfs.umount('/v')
""",
    ),
    "fromhex": (
        "A class method of a native type makes an instance of a class of another layout.",
        """
if not hasattr(bytes, 'fromhex'):
    raise SystemExit # a small board
class B(bytes): pass
class C:
    f = bytes.__dict__['fromhex'] if hasattr(bytes, '__dict__') else B.fromhex
c = C.f('00' * 40)
t(bytes, type, c)
t(AttributeError, lambda: c.foo)
t(bytes, lambda: type(B.fromhex('0011')))
t(bytearray, lambda: type(bytearray.fromhex('0011')))
""",
    ),
    "text_end": (
        "Text ends within a character, a format or a line end.",
        """
s = 'abcdefghijklmn%c' % 255
each((repr, list, lambda s: s[14:], lambda s: s.find(s[14]), lambda s: ord(s[14])), s)
for text in (b'{:', b'{', b'{!', b'{0', b'}', b'{:{'):
    if hasattr(bytearray, 'format'): t(ValueError, bytearray(text).format, 1)
if hasattr(bytearray, 'splitlines'): t([bytearray(b'a')], bytearray(b'a\\r').splitlines)
t((ValueError, IndexError, OverflowError), '{99999999999999999999}'.format, 1)
t((OverflowError, ValueError), lambda: '{:99999999999999999999}'.format(1))
t((OverflowError, ValueError), lambda: '%99999999999999999999d' % 1)
""",
    ),
    "precision": (
        "A number is written with as many digits as an int counts.",
        """
for f in 'eEfFgG':
    for p in (0, 1, 15, 17, 30, 32, 100, 1000000000, 1073741823, 2147483640, 2147483647):
        for v in (0.0, -0.0, 9.9999999, 1e30, 1e-30, 123456789.123, -1e22, 0.1):
            t(str, lambda: type(('%%+.%d%s' % (p, f)) % v))
            t(str, lambda: type(('{:.%d%s}' % (p, f)).format(v)))
""",
    ),
    "repeat": (
        "Nothing is repeated more often than memory counts, or something just too often.",
        """
for nothing in ('', b'', [], ()):
    t(nothing, lambda: nothing * 10**9)
    t((nothing, OverflowError), lambda: nothing * 10**18)
for n in range(40):
    assert len(('x' * n + 'y') * n) == (n + 1) * n
for something in ('abcdefgh', b'abcdefgh', [1, 2], (1, 2)):
    for k in (1 << 28, 1 << 29, 1 << 30, 1 << 60, 1 << 61, (1 << 61) + 1):
        t(OverflowError, lambda: len(something * k))
t(OverflowError, lambda: len((b'x' * 10000).join([b'x'] * 500000)))
t(OverflowError, lambda: len(('x' * 10000).replace('x', 'y' * 500000)))
""",
    ),
    "numbers": (
        "Shifts, powers and digits of numbers with many words.",
        """
for a in (2, 2**200):
    t((ValueError, NotImplementedError), pow, a, 3**50, 0)
for a in (0, 1, -1, 2**31, -2**31, 2**62, -2**63, 2**64, -2**100, 3**300):
    for b in (0, 1, 31, 32, 33, 63, 64, 95, 96, 1000):
        x = a << b
        assert x >> b == a and a >> b == a // (1 << b)
    for b in (1, -1, 7, 2**31, -2**40, 2**62, 2**64, -2**100, 3**300):
        q, r = divmod(a, b)
        assert q * b + r == a
    each((str, hex, bin, oct, float, hash, '{:,}'.format, '{:#x}'.format), a)
one = 1
t(OverflowError, lambda: one << 2**62)
t((0, OverflowError), lambda: one >> 2**62)
t((5, 0, 10, OverflowError), round, 5, 2**62)
for base in (37, 1, -5, 2**70):
    t((ValueError, OverflowError), int, '9', base)
for s in ('', '0x', '-', '_', '1__0', '0' * 500, '1e+', '1e99999999999', '.', '--1', '1+2', b'1'):
    each((int, float, lambda x: int(x, 0), lambda x: int(x, 36)), s)
""",
    ),
    "shown_deleted": (
        "help() shows a class whose attributes are deleted meanwhile.",
        """
class K:
    def __str__(self):
        for i in range(30):
            if hasattr(A, 'a%d' % i): delattr(A, 'a%d' % i)
        return 'k'
class A: pass
for i in range(30): setattr(A, 'a%d' % i, K())
if 'help' in dir(__import__('builtins')): help(A); help(A)
""",
    ),
    "constant_exception": (
        "The exception that closes generators is a constant.",
        """
kept = []
def g():
    try:
        yield
    except GeneratorExit as e:
        kept.append(e)
        raise e
x = g(); next(x); x.close()
def throw(e): raise e
for i in range(3):
    t(GeneratorExit, throw, kept[0]) if issubclass(GeneratorExit, Exception) else None
    try: throw(kept[0])
    except GeneratorExit as e: assert e is kept[0]
each((lambda e: setattr(e, 'foo', 1), lambda e: setattr(e, 'args', 1)), kept[0])
""",
    ),
    "full_heap": (
        "A call with many arguments finds no heap, and must not take the C stack for it.",
        """
class A:
    def f(self, *a): return len(a)
m = A().f
keep = []
x = tuple(range(3000))
for size in (1 << 22, 1 << 16, 1 << 10):
    try:
        while 1: keep.append(bytearray(size))
    except MemoryError: pass
t((3000, RuntimeError), lambda: m(*x))
keep = None
""",
    ),
    "stack_end": (
        "The C stack is almost used up when a file system, an import or a number needs it.",
        """
import gc, sys
try:
    import vfs
except ImportError:
    vfs = sys
class Disk:
    def __init__(self): self.d = {}
    def readblocks(self, n, buf, off=0):
        buf[:] = self.d.get(n, bytes(512))[off:off + len(buf)]
    def writeblocks(self, n, buf, off=0):
        d = bytearray(self.d.get(n, bytes(512)))
        d[off:off + len(buf)] = buf
        self.d[n] = bytes(d)
        if self.d[n] == bytes(512): del self.d[n]
    def ioctl(self, op, arg): return 64 if op == 4 else 512 if op == 5 else 0
def deep(f, *args):
    global levels
    try:
        deep(f, *args)
    except RuntimeError:
        levels += 1
        if levels < 30:
            try: f()
            except (RuntimeError, OSError, MemoryError, ImportError): pass
        raise
def remake(): V.mkfs(Disk())
def rename(): v.open('a', 'w').close(); v.rename('a', 'a long name'); v.remove('a long name')
def enter(): v.mkdir('d'); v.chdir('d'); v.getcwd(); v.chdir('..'); v.rmdir('d')
def load(): import nothing
def run(*uses):
    global levels
    for f in uses:
        for args in ((), (1,), (1, 2, 3), range(9)):
            levels = 0
            try: deep(f, *args)
            except RuntimeError: pass
run(load, lambda: exec('x = 10 ** 1000'), lambda: str(1 << 5000),
    lambda: '{:>{}}'.format(1 << 500, 600), lambda: sorted([3, 2, 1]))
for name in ('VfsFat', 'VfsLfs1', 'VfsLfs2'):
    if hasattr(vfs, name):
        v = disk = None
        gc.collect()
        disk = Disk()
        V = getattr(vfs, name)
        try: V.mkfs(disk); v = V(disk)
        except (MemoryError, OSError): continue # a small board
        run(remake, rename, enter)
        vfs.mount(v, '/v'); sys.path.append('/v')
        run(load, lambda: open('/v/x'))
        sys.path.remove('/v'); vfs.umount('/v')
""",
    ),
    "delegation": (
        "Attributes, properties and calls delegate to themselves.",
        """
class A:
    def __getattr__(self, n): return getattr(self, n + 'x') if len(n) < 200 else self.foo
class B:
    def __getattr__(self, n): return self.foo
class C:
    @property
    def p(self): return self.p
class E:
    def __call__(self): return self()
t(RuntimeError, lambda: A().foo)
t(RuntimeError, lambda: B().bar)
t(RuntimeError, lambda: C().p)
t(RuntimeError, E())
n = [1]
for i in range(1000): n = map(lambda x: x, n)
t((RuntimeError, [1]), list, n)
class L:
    def __getitem__(self, i):
        if i > 5: raise IndexError
        return i
for length in ('abc', -1, 2**62, -2**62, 2**100, None, 1.5):
    L.__len__ = lambda s: length
    each((len, bool, list, tuple, bytes, bytearray, reversed, [].extend, set, dict, sum,
          lambda x: list(reversed(x)), lambda x: (lambda *a: 0)(*x)), L())
""",
    ),
    "generators": (
        "Generators are entered while they run, and thrown what is no exception.",
        """
def selfie():
    for f in (lambda: next(it), lambda: it.send(1), lambda: it.close(), lambda: list(it)):
        t(ValueError, f)
    t(ValueError, it.throw, ValueError)
    yield 5
it = selfie()
t(5, next, it)
def g():
    while 1:
        try: yield 1
        except ValueError: pass
for bad in (5, None, int, 'x', (1, 2), KeyError('x'), StopIteration(3), GeneratorExit):
    for started in (0, 1):
        i = g()
        if started: next(i)
        try: i.throw(bad)
        except BaseException: pass
def rec(): yield from i
i = rec()
t((ValueError, RuntimeError), next, i)
""",
    ),
    "types": (
        "Classes have odd bases and odd special attributes.",
        """
attributes = ({}, {'__new__': lambda *a: a}, {'__init__': 5}, {'__call__': 5}, {5: 6},
              {'__getattr__': 5}, {'__class__': 1}, {'__eq__': None}, {'__hash__': lambda s: 'x'})
uses = (repr, len, hash, iter, list, int, float, bytes, memoryview, dir, type, next, open, exec,
        lambda o: o(), lambda o: o[0], lambda o: o.foo, lambda o: o + o, lambda o: o < o,
        lambda o: o.__dict__, lambda o: setattr(o, 'x', 1), lambda o: {o: 1}, lambda o: [0, 1][o],
        lambda o: '%s %r' % (o, o), lambda o: sum([o], o), lambda o: print(o, file=o),
        lambda o: [].extend(o), lambda o: getattr(o, o), lambda o: o.append(1),
        lambda o: (lambda *a, **k: 0)(*o, **o), lambda o: super(type(o), o).__init__())
bases = ((), (int,), (int, str), (type,), (list, object), (5,), ('a',), (type(None),), (property,),
         (super,), (type(uses[-1]),), (bool,), (slice,), (Exception, int), (Exception, ValueError))
for b in bases:
    for d in attributes:
        try: T = type('T', b, d)
        except Exception: continue
        for args in ((), (1,), ('ab',), (1, 2), ('a', (), {}), ([1, 2],)):
            try: o = T(*args)
            except Exception: continue
            each(uses, o)
""",
    ),
    "class_body": (
        "An exception in a class body leaves the class's names in the place of the module's.",
        """
try:
    class C:
        inside = 1
        1 // 0
except ZeroDivisionError:
    outside = 2
assert 'inside' not in globals() and (lambda: outside)() == 2
""",
    ),
    "power_of_nothing": (
        "pow() has a modulus of 0, or below it.",
        """
for n in (0, 3, -3, 1 << 70):
    t((ValueError, NotImplementedError), pow, n, 3, 0)
    try:
        assert pow(n, 0, -7) == -6 and pow(n, 0, 1) == 0
    except NotImplementedError:
        pass
""",
    ),
    "hex_of_nothing": (
        "hex() has nothing to show.",
        "assert type(b''.hex()) is str and type(bytearray().hex()) is str",
    ),
    "rsplit_most": (
        "rsplit() may make as many parts as a number can say.",
        "import sys\nassert 'a,b'.rsplit(',', sys.maxsize) == ['a', 'b']",
    ),
    "within_a_buffer": (
        "What is copied from a buffer goes to another place in it.",
        """
import micropython, struct
data = bytearray(range(64))
ring = micropython.RingIO(data)
for n in (9, 40, 30):
    ring.write(memoryview(data)[5:5 + n])
    ring.readinto(memoryview(data)[2:2 + n])
data = bytearray(range(64))
struct.pack_into('40s', data, 1, memoryview(data)[3:])
assert data[1:41] == bytes(range(3, 43))
""",
    ),
}

ENDLESS = {
    "in": "1 in type('Items', (), {'__getitem__': lambda s, i: 2})()",
    "power": "7 ** (10 ** 8)",
    "modular power": "pow(3, 1 << 200000, (1 << 200000) + 1)",
    "digits": "str(1 << 3000000)",
    "number of digits": "int('9' * 1000000)",
    "rounding": "round(5, -2**31)",
    "product": "print(len(bin((1 << 8000000) // 3 * ((1 << 8000000) // 7))))",
    "find": "('a' * 2000000).find('a' * 1000000 + 'b')",
    "count": "('a' * 2000000).count('a' * 1000000 + 'b')",
    "text in text": "('a' * 1000000 + 'b') in ('a' * 2000000)",
    "extend": "[].extend(filter([].count, range(1 << 50)))",
    "sum": "sum(range(1 << 50))",
    "sort": "l = [i * 7919 % 2000003 for i in range(2000000)]; [l.sort() for i in range(100)]",
    "any": "any(map([].count, range(1 << 50)))",
}


@pytest.mark.parametrize("arch,name,sanitize", ALL_MACHINES)
def test_class_ends_with_exception_or_result(machine, arch, name, sanitize):
    target = machine(arch, name, sanitize=sanitize).boot()
    target.check(HELPERS)
    failed = {}
    for subject, (_, program) in CLASSES.items():
        output = target.run(program, f"{subject}.py")
        small = arch == "xtensa" and "MemoryError" in output.stderr
        if (output.status, output.stderr) != (0, "") and not small:
            failed[subject] = output.stderr
    assert not failed


@pytest.mark.parametrize("arch,name,sanitize", MACHINES[:3])
def test_ctrl_c_ends_loops_in_c(machine, arch, name, sanitize):
    target = machine(arch, name, sanitize=sanitize).boot()
    for subject, expression in ENDLESS.items():
        program = (
            f"import gc; gc.collect(); print('go')\rexec({expression!r})"  # constants are folded
        )
        target.send(b"\x05" + program.encode() + b"\r\x04")
        target.expect_line("go")
        time.sleep(0.5)  # let it get into the loop
        target.send(b"\x03")
        assert "KeyboardInterrupt" in target.expect_prompt(), subject


@pytest.mark.parametrize("arch,name,sanitize", MACHINES)
def test_huge_constants_are_left_to_who_calls(machine, arch, name, sanitize):
    """They were computed while their source was compiled: importing it was the work of hours."""
    target = machine(arch, name, sanitize=sanitize).boot()
    output = target.check(
        "def power(): return 7 ** (10 ** 8)\n"
        "def shift(): return 1 << (1 << 40)\n"
        "def product(): return (1 << 900) * (1 << 900)\n"
        "print(product() == 1 << 1800, 2 ** 1030 == 4 ** 515, 2 ** 3 ** 2, -5 ** 3, 3 * 4 << 5)\n"
        "try: shift()\nexcept (MemoryError, OverflowError): print('too large')\n"
    )
    assert output.replace("\r", "") == "True True 512 -125 384\ntoo large\n"
