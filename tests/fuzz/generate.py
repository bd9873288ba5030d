# SPDX-License-Identifier: MIT
"""Makes Python programs that try to break the VM: `program(rng, surface)` is one program's text.

A program has variables v0.. of known kinds; classes whose special methods call A(), which changes
the variables behind the back of the C code that called; functions of several statements, each of
which may raise; and one loop that calls them. Expressions are made by kind, with a wrong kind now
and then. Nothing here is random but through rng: a seed names a program.
"""

import random
import re
from collections.abc import Callable, Sequence

from surface import Surface


def items(text: str) -> list[str]:
    """Splits at the blanks that no bracket and no quote encloses."""
    found, depth, quote, word, before = [], 0, "", "", ""
    for c in text + " ":
        if quote:
            quote = "" if c == quote and before != "\\" else quote
        elif c in "'\"":
            quote = c
        else:
            depth += (c in "([{") - (c in ")]}")
        if c == " " and not quote and depth == 0:
            found.append(word)
            word = ""
        else:
            word += c
        before = c
    return [word for word in found if word]


INTS = (
    "0 0 1 1 2 3 4 5 7 8 9 15 16 17 31 32 33 63 64 65 100 127 128 255 256 257 1000 4095 4096 65535 65536 "
    "-1 -1 -2 -3 -5 -8 -100 -256 -257 2**28 2**30-1 2**30 -2**30 2**31-1 2**31 -2**31 2**32-1 2**32 2**61 "
    "2**62-1 2**62 -2**62 2**63-1 2**63 -2**63 2**64-1 2**64 -2**64 2**70 10**30 -10**30 2**200 "
    "sys.maxsize -sys.maxsize-1 True False"
).split()
SMALL = "0 0 1 1 1 2 2 3 3 4 5 6 7 8 9 10 12 16 20 32 40 64 -1 -1 -2 -3".split()
FLOATS = items(
    "0.0 -0.0 1.0 0.5 -1.5 1e10 1e100 -1e308 1e-320 1e22 123456789.125 float('inf') -float('inf') "
    "float('nan') 2.0**31 2.0**63 -2.0**63 1e18"
)
STRINGS = items(
    "'' 'a' 'abc' 'a,b,,c' ' x y ' 'é' 'ü∞𝄞' '\\0' 'a\\0b' '{}' '{0}{1}' '{:>10}' '{!r:^30}' '%s' '%d%%' '%(a)s' "
    "'%-20.3f' 'A'*100 'ab'*300 '0x1f' '1e5' 'nan' '-12' '(a|b)*c' '[^a-z]+' '\\n' 'a\\nb\\n' '/x' 'f.txt' 'utf-8' "
    "'{:{}}' '{0[0]}' '{a.b}' '%*d' '%.*f' '%c' '{:,}' '{:1000}' '{:.400f}' '{:.99999999999}' '%99999999999d' "
    "'b' 'H' 'i' 'Q' 'd' 'f' '<IHB' '>qd' '3s' '9p' '100x' '2147483648b' '99999999999s' '@' 'deflate' "
    "'[1,2,[3]]' '{\"a\":[1,{\"b\":null}]}' '['*50 'rb' 'wb' 'w+' 'a'"
)
BYTES = items(
    "b'' b'a' b'abc' b'\\0\\xff' bytes(3) bytes(32) bytes(100) b'ab'*200 bytes(range(256)) b'a,b,c' "
    "b'[1,2]' b'x\\x9c\\x03\\x00\\x00\\x00\\x00\\x01' b'\\x03\\x00' b'\\x4b\\x04\\x00'"
)
BUFFERS = items(
    "bytearray() bytearray(1) bytearray(8) bytearray(b'abcdef') bytearray(100) bytearray(512) bytearray(1000) "
    "memoryview(bytearray(20)) memoryview(b'abcdef') memoryview(bytearray(64))[5:50] array.array('B',b'abc') "
    "array.array('i',[1,2,3]) array.array('Q',range(9)) array.array('d',[1.5]*5) array.array('b') "
    "memoryview(array.array('H',range(30))) memoryview(array.array('I',range(9)))[2:5] "
    "memoryview(array.array('d',[.5]*9))[1:8:1]"
)
LISTS = items(
    "[] [1] [1,2,3] [3,1,2]*7 [[]] [None]*5 list(range(40)) [(1,2),(3,4)] ['a','b'] [b'a'] [1.5,2] [[1],[2]] "
    "[0]*300 [{}]*3 [(i,) for i in range(20)] [str(i) for i in range(9)] ['a',1] [('a',1),('b',2)]"
)
TUPLES = items(
    "() (1,) (1,2) (1,2,3) (1,(2,(3,))) tuple(range(30)) ('a','b') (None,)*9 ((),) (1.5,'x',b'y')"
)
DICTS = items(
    "{} {1:2} {'a':1,'b':2} dict.fromkeys(range(30)) {(1,):[]} {None:{}} {1:1,'1':2,1.5:3} "
    "collections.OrderedDict([(1,2),('a',3)]) {i:str(i)for(i)in(range(9))} globals() locals()"
)
SETS = items("set() {1} {1,2,3} set(range(40)) frozenset((1,2)) {'a',(1,)} frozenset() {1.5,None}")
SLICES = items(
    "slice(None) slice(1) slice(-1,None,-1) slice(0,100,7) slice(2**62) slice(None,None,-2**62)"
)
CALLS = items(
    "len str repr int list tuple dict set iter next bytes bytearray hash print id type object bool float A "
    "(lambda*a:A()) (lambda*a,**k:a) (lambda x:x) (lambda x:-x) (lambda:A) sum sorted G [].append v0.append "
    "v0.pop v0.clear v1.clear v2.update gc.collect max min callable dir iter super abs divmod "
    "(lambda*a:v0.clear()) (lambda*a:[A()for(i)in(range(3))]) (lambda*a:1/0) ''.join b''.join"
)
NATIVE_BASES = items(
    "list tuple dict set frozenset str bytes bytearray int float Exception ValueError OSError StopIteration "
    "KeyError type property object range memoryview io.BytesIO io.StringIO io.IOBase array.array "
    "collections.deque collections.OrderedDict staticmethod classmethod slice zip map filter enumerate "
    "super complex deflate.DeflateIO framebuf.FrameBuffer micropython.RingIO GeneratorExit UnicodeError "
    "collections.namedtuple('N','a,b') SystemExit vfs.VfsFat vfs.VfsLfs2 random re.compile bool"
)
NATIVES = items(
    "io.BytesIO() io.BytesIO(b'abcdefgh') io.StringIO('abc\\ndef\\n') io.BytesIO(bytes(300)) collections.deque((),5) "
    "collections.deque([1,2,3],4,1) collections.deque(range(9),9) re.compile('a+(b)*') re.compile('(.)(.)(x)?') "
    "re.match('(a)(b)?','ab') hashlib.sha256() hashlib.sha256(b'a') collections.namedtuple('N','a,b')(1,2) "
    "collections.namedtuple('N',['a','b']) framebuf.FrameBuffer(bytearray(64),16,16,framebuf.MONO_VLSB) "
    "framebuf.FrameBuffer(bytearray(512),16,16,framebuf.RGB565) framebuf.FrameBuffer(bytearray(64),8,8,framebuf.GS8) "
    "framebuf.FrameBuffer(bytearray(99),10,10,framebuf.GS2_HMSB) framebuf.FrameBuffer(bytearray(99),9,9,framebuf.MONO_HLSB) "
    "deflate.DeflateIO(io.BytesIO(b'\\x03\\x00'),deflate.RAW) deflate.DeflateIO(io.BytesIO(),deflate.ZLIB,9) "
    "deflate.DeflateIO(io.BytesIO(bytes(99)),deflate.AUTO) select.poll() micropython.RingIO(16) "
    "micropython.RingIO(bytearray(9)) sys.stdout sys object() property(lambda s:A()) classmethod(A) staticmethod(A) "
    "ValueError(1) OSError(2) StopIteration(3) KeyError() MemoryError() Exception([]) UnicodeError('x') SystemExit "
    "vfs.VfsLfs2 vfs.VfsFat S() S() B() B() F() random machine.RTC() array.array json struct struct.pack "
    "type int list range(0) range(2**61) complex(1,2) 1j Ellipsis NotImplemented None None"
)

DUNDERS = (
    "__eq__:s,o __ne__:s,o __lt__:s,o __gt__:s,o __le__:s,o __ge__:s,o __hash__:s __len__:s __bool__:s __iter__:s "
    "__next__:s __getitem__:s,i __setitem__:s,i,x __delitem__:s,i __contains__:s,x __call__:s,*a,**k __int__:s "
    "__float__:s __complex__:s __index__:s __repr__:s __str__:s __add__:s,o __radd__:s,o __iadd__:s,o __sub__:s,o "
    "__rsub__:s,o __mul__:s,o __rmul__:s,o __imul__:s,o __mod__:s,o __rmod__:s,o __pow__:s,o __lshift__:s,o "
    "__rshift__:s,o __and__:s,o __or__:s,o __xor__:s,o __floordiv__:s,o __truediv__:s,o __matmul__:s,o __neg__:s "
    "__pos__:s __invert__:s __abs__:s __enter__:s __exit__:s,*a __getattr__:s,n __setattr__:s,n,x __delattr__:s,n "
    "__del__:s __get__:s,o,t __set__:s,o,x __delete__:s,o __set_name__:s,o,n __new__:c,*a,**k __init__:s,*a,**k "
    "__iand__:s,o __isub__:s,o __ior__:s,o __dir__:s __format__:s,f __reversed__:s __bytes__:s __sizeof__:s "
    "__await__:s __aenter__:s __anext__:s __aiter__:s readinto:s,b write:s,b ioctl:s,r,a read:s,*a readline:s,*a "
    "readblocks:s,n,b,*a writeblocks:s,n,b,*a open:s,*a stat:s,*a mount:s,*a umount:s ilistdir:s,*a close:s "
    "append:s,x keys:s items:s send:s,x throw:s,*a"
).split()
CALLBACKS = "__eq__ __eq__ __hash__ __hash__ __lt__ __lt__ __iter__ __next__ __len__ __int__ __getitem__".split()
BINARY = "+ - * / // % ** << >> & | ^ @ == != < > <= >= in is and or".split() + ["not in"]
KINDS = "int small float str bytes buf list tuple dict set slice iter call native any".split()

# What some functions and methods want, by kind: anything else is called with what comes.
HINTS = {
    "sorted": "list|call", "map": "call|iter|iter", "filter": "call|iter", "zip": "iter|iter", "sum": "iter",
    "min": "iter", "max": "iter", "reversed": "list", "enumerate": "iter|small", "range": "int|int|int",
    "divmod": "int|int", "pow": "int|int|int", "round": "float|small", "isinstance": "any|type",
    "issubclass": "type|type", "getattr": "any|name|any", "setattr": "any|name|any", "hasattr": "any|name",
    "delattr": "any|name", "type": "str|tuple|dict", "bytes": "any|str", "bytearray": "any|str", "str": "any|str",
    "int": "any|small", "memoryview": "buf", "slice": "int|int|int", "open": "str|str", "compile": "source|str|mode",
    "exec": "source|dict|dict", "eval": "source|dict|dict", "property": "call|call", "dict": "iter", "set": "iter",
    "super": "type|any", "complex": "float|float",
    "array.array": "code|any", "struct.pack": "format|any|any|any", "struct.unpack": "format|buf",
    "struct.pack_into": "format|buf|small|any|any", "struct.unpack_from": "format|buf|small",
    "struct.calcsize": "format", "binascii.hexlify": "buf|str", "binascii.unhexlify": "buf",
    "binascii.a2b_base64": "buf", "binascii.b2a_base64": "buf", "binascii.crc32": "buf|int",
    "heapq.heappush": "list|any", "heapq.heappop": "list", "heapq.heapify": "list",
    "json.loads": "str", "json.load": "stream", "json.dump": "any|stream", "json.dumps": "any",
    "re.compile": "regex", "re.match": "regex|str", "re.search": "regex|str", "re.sub": "regex|any|str|small",
    "collections.deque": "iter|small|small", "collections.namedtuple": "str|any",
    "io.BytesIO": "any", "io.StringIO": "any", "io.open": "str|str",
    "deflate.DeflateIO": "stream|small|small|any", "framebuf.FrameBuffer": "buf|small|small|small|small",
    "framebuf.FrameBuffer1": "buf|small|small|small", "hashlib.sha256": "buf", "random.seed": "int",
    "random.getrandbits": "int", "random.randrange": "int|int|int", "random.randint": "int|int",
    "random.choice": "list", "random.uniform": "float|float", "micropython.RingIO": "any",
    "micropython.schedule": "call|any", "gc.threshold": "int", "vfs.mount": "any|str", "vfs.VfsFat": "bdev",
    "vfs.VfsLfs1": "bdev|small|small|small", "vfs.VfsLfs2": "bdev|small|small|small", "vfs.VfsRom": "buf",
    "vfs.VfsFat.mkfs": "bdev", "vfs.VfsLfs2.mkfs": "bdev|small|small|small", "vfs.VfsLfs1.mkfs": "bdev",
    "os.mount": "any|str", "time.localtime": "int", "time.mktime": "tuple", "time.gmtime": "int",
    "time.ticks_add": "int|int", "time.ticks_diff": "int|int", "os.urandom": "small",
    "select.poll": "", "sys.print_exception": "exc|stream", "platform.platform": "",
    # methods
    ".append": "any", ".extend": "iter", ".insert": "small|any", ".pop": "small", ".remove": "any", ".sort": "",
    ".index": "any|small|small", ".count": "any", ".update": "iter", ".join": "list", ".split": "str|small",
    ".rsplit": "str|small", ".replace": "str|str|small", ".find": "str|small|small", ".rfind": "str|small|small",
    ".format": "any|any|any", ".startswith": "str|small", ".endswith": "str", ".strip": "str", ".center": "small",
    ".partition": "str", ".encode": "str", ".decode": "str", ".to_bytes": "small|order", ".from_bytes": "buf|order",
    ".get": "any|any", ".setdefault": "any|any", ".fromkeys": "iter|any", ".read": "small", ".readinto": "buf|small",
    ".write": "buf", ".seek": "int|small", ".readline": "small", ".hex": "str", ".splitlines": "small",
    ".pixel": "int|int|int", ".fill": "int", ".fill_rect": "int|int|int|int|int", ".rect": "int|int|int|int|int|small",
    ".hline": "int|int|int|int", ".vline": "int|int|int|int", ".line": "int|int|int|int|int",
    ".ellipse": "int|int|int|int|int|small|small", ".poly": "int|int|buf|int|small", ".text": "str|int|int|int",
    ".blit": "native|int|int|int|native", ".scroll": "int|int", ".register": "stream|small", ".unregister": "stream",
    ".modify": "stream|small", ".ipoll": "small|small", ".group": "small", ".groups": "", ".start": "small",
    ".match": "str", ".search": "str", ".sub": "any|str|small", ".send": "any", ".throw": "exc", ".close": "",
    ".popleft": "", ".appendleft": "any", ".mkdir": "str", ".open": "str|str", ".ilistdir": "str", ".stat": "str",
    ".rename": "str|str", ".mount": "small|small", ".ioctl": "small|small", ".setter": "call", ".getter": "call",
    ".difference": "set", ".union": "set", ".intersection": "set", ".issubset": "set", ".add": "any",
    ".datetime": "tuple", ".discard": "any", ".difference_update": "set", ".symmetric_difference_update": "set",
}  # fmt: skip

WORD = re.compile(r"[a-z]+")
ALWAYS = {"gc", "io", "sys"}
PRELUDE = """
K=[0]
def A(*a):
    K[0]+=1
    if K[0]<{limit}:
        ACT[K[0]%len(ACT)]()
def G(n):
    for i in range(n):
        try:
            A()
            x=yield i
        except ValueError:
            A()
"""

# Put in front of a program that uses them.
HELPERS = {
    "S": """
class S(io.IOBase):
    d=b'[1,{{"a":2}},"abc"]\\nabc'*3
    def readinto(s,b):
        A()
        n=min(len(b),len(s.d))
        b[:n]=s.d[:n]
        s.d=s.d[n:]
        return {readinto}
    def write(s,b):
        K.append(b)
        A()
        return {write}
    def ioctl(s,r,a):
        A()
        return {ioctl}
""",
    "B": """
class B:
    z=512
    def __init__(s,n={blocks}):
        s.m=bytearray(n*512)
    def readblocks(s,n,b,o=0):
        A()
        b[:]=s.m[n*512+o:n*512+o+len(b)]
        return {readblocks}
    def writeblocks(s,n,b,o=0):
        K.append(b)
        A()
        s.m[n*512+o:n*512+o+len(b)]=b
        return {writeblocks}
    def ioctl(s,r,a):
        A()
        if r==4:return len(s.m)//512
        if r==5:return {block_size}
        if r==6:return 0
""",
    "F": """
class F:
    def mount(s,*a):A()
    def umount(s):A()
    def open(s,p,m):
        A()
        return {opened}
    def stat(s,p):
        A()
        return {stat}
    def ilistdir(s,p):
        A()
        return {listed}
    def chdir(s,p):A()
    def getcwd(s):return {cwd}
    def remove(s,p):A()
""",
}


class Maker:
    """One program's maker; the classes, variables and functions made so far."""

    def __init__(self, rng: random.Random, surface: Surface) -> None:
        self.rng = rng
        self.surface = surface
        self.classes = ["S", "B"]
        self.kinds: list[str] = []
        self.rand = rng.random

    def pick(self, options: Sequence[str]) -> str:
        return options[int(self.rand() * len(options))]

    def below(self, n: int) -> int:
        return int(self.rand() * n)

    def chance(self, p: float) -> bool:
        return self.rand() < p

    # --- expressions

    def variable(self, kind: str | None = None) -> str:
        if kind is not None:
            fitting = [i for i, k in enumerate(self.kinds) if k == kind]
            if fitting:
                return f"v{fitting[self.below(len(fitting))]}"
        return f"v{self.below(len(self.kinds))}"

    def any(self, depth: int = 2) -> str:
        return self.of(self.pick(KINDS), depth)

    def of(self, kind: str, depth: int = 2) -> str:
        """An expression of a kind, or (not often) of another."""
        chance = self.rand()
        if chance < 0.06:
            kind = self.pick(KINDS)
        elif chance < 0.2 and self.classes:
            return self.instance(depth)
        elif chance < 0.5 and kind in self.kinds:
            return self.variable(kind)
        elif chance < 0.55:
            return self.variable()
        maker = MAKERS.get(kind)
        return maker(self, depth) if maker else self.any(depth - 1)

    def instance(self, depth: int) -> str:
        cls = self.pick(self.classes)
        chance = self.rand()
        if chance < 0.8:
            return f"{cls}({self.arguments(depth - 1) if self.chance(0.4) else ''})"
        if chance < 0.9:
            return f"object.__new__({cls})"
        return cls

    def arguments(self, depth: int, n: int = -1) -> str:
        if n < 0:
            n = (1, 1, 1, 2, 2, 0, 3)[self.below(7)]
        args = [self.any(depth) for _ in range(n)]
        if self.chance(0.05):
            args.append("*" + self.of("iter", depth))
        if self.chance(0.04):
            args.append("**" + self.of("dict", depth))
        if self.chance(0.02):
            args.append(f"{self.name()}={self.any(depth)}")
        return ",".join(args)

    def name(self) -> str:
        return self.pick(self.surface.names)

    def name_at(self, depth: int) -> str:
        return self.name()

    def number(self, depth: int) -> str:
        return self.pick(INTS)

    def size(self, depth: int) -> str:
        return self.pick(SMALL) if self.chance(0.88) else self.pick(INTS)

    def listed(self, depth: int) -> str:
        if depth <= 0 or self.chance(0.5):
            return self.pick(LISTS)
        if self.classes and self.chance(0.5):
            cls = self.pick(self.classes)
            return f"[{cls}() for i in range({self.pick(SMALL)})]"
        return "[" + ",".join(self.any(depth - 1) for _ in range(self.below(5))) + "]"

    def tupled(self, depth: int) -> str:
        if depth <= 0 or self.chance(0.5):
            return self.pick(TUPLES)
        return "(" + "".join(self.any(depth - 1) + "," for _ in range(self.below(4))) + ")"

    def dicted(self, depth: int) -> str:
        if depth <= 0 or self.chance(0.5):
            return self.pick(DICTS)
        pairs = (f"{self.any(depth - 1)}:{self.any(depth - 1)}" for _ in range(self.below(4)))
        return "{" + ",".join(pairs) + "}"

    def setted(self, depth: int) -> str:
        if depth <= 0 or self.chance(0.6):
            return self.pick(SETS)
        return "{" + ",".join(self.any(depth - 1) for _ in range(1 + self.below(3))) + "}"

    def sliced(self, depth: int) -> str:
        if self.chance(0.3):
            return self.pick(SLICES)
        parts = [self.size(depth) if self.chance(0.7) else "None" for _ in range(3)]
        return f"slice({','.join(parts)})"

    def iterated(self, depth: int) -> str:
        if self.chance(0.4):
            return self.pick(("list", "tuple", "dict", "set", "buf", "str", "native")) and self.of(
                self.pick(("list", "tuple", "dict", "set", "buf", "str", "native")), depth - 1
            )
        if depth > 0 and self.chance(0.3):
            return f"iter({self.of('list', depth - 1)})"
        return self.pick(ITERATORS)

    def called(self, depth: int) -> str:
        chance = self.rand()
        if chance < 0.5:
            return self.pick(CALLS)
        if chance < 0.7:
            return self.pick(self.surface.calls)
        if chance < 0.85:
            return f"{self.of('native', depth - 1)}.{self.name()}"
        return f"(lambda*a:{self.any(depth - 1)})"

    def native(self, depth: int) -> str:
        return self.pick(NATIVES)

    def typed(self, depth: int) -> str:
        chance = self.rand()
        if chance < 0.4 and self.classes:
            return self.pick(self.classes)
        if chance < 0.85:
            return self.pick(self.surface.types)
        return self.pick(NATIVE_BASES)

    def anything(self, depth: int) -> str:
        """A computed value."""
        if depth <= 0:
            return self.pick(INTS if self.chance(0.5) else LISTS)
        depth -= 1
        chance = self.rand()
        if chance < 0.25:
            return self.call(depth)
        if chance < 0.45:
            return self.method(depth)
        if chance < 0.58:
            return f"({self.any(depth)}{' ' + self.pick(BINARY) + ' '}{self.any(depth)})"
        if chance < 0.7:
            return self.subscript(depth)
        if chance < 0.76:
            return f"({self.any(depth)}).{self.name()}"
        if chance < 0.82:
            it = self.of("iter", depth)
            left, right = self.pick(("[]", "()", "{}", "[]"))
            return f"{left}{self.any(depth) if self.chance(0.3) else 'i'} for i in {it}{right}"
        if chance < 0.86:
            return f"({self.any(depth)} if {self.any(depth)} else {self.any(depth)})"
        if chance < 0.9:
            return f"type('T',({self.of('type', depth)},),{self.of('dict', depth)})"
        if chance < 0.93:
            return f"({self.pick(('-', '~', 'not ', '+'))}{self.any(depth)})"
        if chance < 0.96:
            return f"object.__new__({self.of('type', depth)})"
        return f"(*{self.of('iter', depth)},*{self.of('iter', depth)})"

    def subscript(self, depth: int) -> str:
        what = self.of(self.pick(("list", "buf", "tuple", "str", "dict", "native", "bytes")), depth)
        chance = self.rand()
        if chance < 0.4:
            return f"{what}[{self.of('small', depth)}]"
        if chance < 0.8:
            low = self.of("small", depth) if self.chance(0.7) else ""
            high = self.of("small", depth) if self.chance(0.7) else ""
            step = ":" + self.of("small", depth) if self.chance(0.25) else ""
            return f"{what}[{low}:{high}{step}]"
        return f"{what}[{self.any(depth)}]"

    def hinted(self, hint: str, depth: int) -> str:
        kinds = hint.split("|") if hint else []
        n = len(kinds)
        if n > 1 and self.chance(0.5):
            n = 1 + self.below(n)
        args = [self.of(kind, depth) for kind in kinds[:n]]
        if self.chance(0.04):
            args.append(self.any(depth))
        return ",".join(args)

    def call(self, depth: int) -> str:
        chance = self.rand()
        if chance < 0.45:
            name = self.pick(HINTED_CALLS)
            args = self.hinted(HINTS[name], depth)
            if name in ("sorted", "min", "max") and self.chance(0.6):
                args = f"{self.of('list', depth)},key={self.of('call', depth)}"
            return f"{name}({args})"
        if chance < 0.8:
            return f"{self.pick(self.surface.calls)}({self.arguments(depth)})"
        if chance < 0.95:
            return f"{self.of('type', depth)}({self.arguments(depth)})"
        return f"{self.of('call', depth)}({self.arguments(depth)})"

    def method(self, depth: int) -> str:
        chance = self.rand()
        if chance < 0.7:
            expression, members = self.surface.objects[self.below(len(self.surface.objects))]
            name = self.pick(members)
            kind = KIND_OF.get(expression)
            target = self.of(kind, depth) if kind else expression
            if kind is None and self.classes and self.chance(0.1):
                target = self.variable()
        elif chance < 0.8:  # not bound, with whatever self
            expression, members = self.surface.objects[self.below(len(self.surface.objects))]
            name = self.pick(members)
            holder = f"type({expression})" if "(" in expression else expression
            args = self.arguments(depth)
            return f"{holder}.{name}({self.any(depth)}{',' if args else ''}{args})"
        else:
            target, name = self.variable(), self.name()
        hint = HINTS.get("." + name)
        args = (
            self.hinted(hint, depth)
            if hint is not None and self.chance(0.8)
            else self.arguments(depth)
        )
        if name == "sort" and self.chance(0.7):
            args = f"key={self.of('call', depth)}"
        if target[0] in "-0123456789":
            target = f"({target})"
        return f"{target}.{name}({args})"

    def source(self, depth: int) -> str:
        """A string that is itself a program, with counts and depths that strain the compiler."""
        n = self.pick(
            (
                "1",
                "2",
                "15",
                "16",
                "17",
                "60",
                "127",
                "128",
                "255",
                "256",
                "257",
                "300",
                "1000",
                "4000",
            )
        )
        text = self.pick(SOURCES)
        return text.replace("N", n).replace("E", repr(self.any(1)) if depth > 0 else "'0'")

    # --- statements

    def mutation(self) -> str:
        """One line that changes variables; runs inside of C code that called a class's method."""
        v = self.variable(self.pick(("list", "buf", "dict", "set", "native", "iter")))
        text = self.pick(MUTATIONS)
        return (
            text.replace("$V", v)
            .replace("$W", self.variable())
            .replace("$I", self.pick(SMALL))
            .replace("$X", self.any(1) if "$X" in text else "")
        )

    def statement(self) -> list[str]:
        chance = self.rand()
        if chance < 0.3:
            return [self.method(2)]
        if chance < 0.5:
            return [self.call(2)]
        if chance < 0.58:
            return [f"{self.variable()}={self.any(3)}"]
        if chance < 0.66:
            if self.chance(0.5):
                return [f"{self.subscript_target()}={self.any(2)}"]
            return [f"{self.variable()}{self.pick(AUGMENTED)}{self.any(2)}"]
        if chance < 0.69:
            return [f"del {self.subscript_target()}"]
        if chance < 0.75:
            return [f"{self.variable()} {self.pick(BINARY)} {self.any(2)}"]
        if chance < 0.8:
            return [
                f"for i in {self.of('iter')}:",
                f"    {self.mutation()}",
                f"    {self.mutation()}",
            ]
        if chance < 0.82:
            return [f"with {self.any()} as x:", f"    {self.mutation()}", f"    {self.any(2)}"]
        if chance < 0.84:
            return [f"{self.pick(TARGETS)}={self.of('iter')}"]
        if chance < 0.86:
            return ["try:", f"    {self.any(2)}", "finally:", f"    {self.mutation()}"]
        if chance < 0.89:
            return [f"exec({self.source(1)})"]
        if chance < 0.91:
            return [f"setattr({self.any(1)},{self.name()!r},{self.any(1)})"]
        text = self.pick(SCENES)
        for mark, kind in SCENE_MARKS:
            while mark in text:
                text = text.replace(mark, self.of(kind, 1), 1)
        return text.split("\n")

    def subscript_target(self) -> str:
        v = self.variable(self.pick(("list", "buf", "dict", "native")))
        if self.chance(0.5):
            return f"{v}[{self.of('small', 1)}]"
        if self.chance(0.8):
            return f"{v}[{self.of('small', 1)}:{self.of('small', 1)}]"
        return f"{v}.{self.name()}"

    def result(self) -> str:
        chance = self.rand()
        if chance < 0.25:
            return "return s" if self.chance(0.6) else "return"
        if chance < 0.33:
            return f"raise {self.pick(('ValueError', 'KeyError(1)', 'StopIteration', 'OSError(5)', 's', '1'))}"
        return f"return {self.any(1)}"

    def a_class(self) -> str:
        name = f"C{len(self.classes)}"
        chance = self.rand()
        if chance < 0.4:
            bases = ""
        elif chance < 0.85 or not self.classes:
            bases = self.pick(NATIVE_BASES)
        elif chance < 0.95:
            bases = self.pick(self.classes)
        else:
            bases = f"{self.pick(self.classes)},{self.pick(NATIVE_BASES)}"
        lines = [f"class {name}({bases}):"]
        for _ in range(1 + self.below(6)):
            dunder, _, parameters = self.pick(DUNDERS).partition(":")
            if self.chance(0.35):
                dunder = self.pick(CALLBACKS)
                parameters = PARAMETERS[dunder]
            lines.append(f"    def {dunder}({parameters}):")
            if dunder == "__new__":
                lines += ["        s=c", "        A()", f"        return {self.pick(NEWS)}"]
                continue
            lines.append("        A()" if self.chance(0.8) else "        pass")
            if dunder == "__init__" and self.chance(0.5):
                lines.append(
                    f"        super().__init__({self.arguments(1) if self.chance(0.3) else '*a'})"
                )
                continue
            if self.chance(0.1):
                lines.append(f"        x=super().{dunder}")
                lines.append(f"        x({self.arguments(1)})")
            if self.chance(0.08):
                lines.append("        yield 1")
            lines.append(
                "        "
                + (
                    self.pick(FITTING[dunder])
                    if self.chance(0.5) and dunder in FITTING
                    else self.result()
                )
            )
        if self.chance(0.15):
            lines.append(f"    {self.name()}={self.any(1)}")
        self.classes.append(name)
        return "\n".join(lines)

    def action(self, number: int) -> str:
        lines = [f"def a{number}():"]
        if self.kinds:
            lines.append("    global " + ",".join(f"v{i}" for i in range(len(self.kinds))))
        for _ in range(1 + self.below(3)):
            lines.append("    " + self.mutation())
        return "\n".join(lines)

    def function(self, number: int) -> str:
        lines = [f"def f{number}():"]
        if self.chance(0.8):
            lines.append("    global " + ",".join(f"v{i}" for i in range(len(self.kinds))))
        for _ in range(1 + self.below(4)):
            made = self.statement()
            if self.chance(0.75):
                lines.append("    try:")
                lines += ["        " + line for line in made]
                lines.append("    except Exception as e:")
                lines.append("        x=e")
            else:
                lines += ["    " + line for line in made]
        return "\n".join(lines)

    def strain(self) -> str:
        words = []
        chance = self.rand()
        if chance < 0.15:
            first = int(2 ** (self.rand() * 10))
            words.append(f"fail={first} fails={self.pick(('1', '1', '2', '5', '1000000'))}")
        elif chance < 0.22:
            words.append(f"collect={self.pick(('1', '3', '7', '20', '50'))}")
        elif chance < 0.29:
            words.append(f"heap={self.pick(('20000', '32768', '40000', '65536'))}")
        if words and self.chance(0.1):
            words.append("compiling=1")
        return f"# fuzz: {' '.join(words)}\n" if words else ""

    def program(self) -> str:
        strain = self.strain()
        fill = {name: self.pick(options) for name, options in PRELUDE_CHOICES.items()}
        limit = self.pick(("5", "20", "40", "100"))
        kinds = ["list", "buf", "dict"] + [self.pick(KINDS[:-1]) for _ in range(1 + self.below(5))]
        self.kinds = kinds
        parts = []
        for _ in range(1 + self.below(3)):
            text = "\n".join("    " + line for line in self.a_class().split("\n"))
            parts.append(f"try:\n{text}\nexcept Exception as e:\n    {self.classes[-1]}=object")
        n_actions = 1 + self.below(4)
        parts += [self.action(i) for i in range(n_actions)]
        parts.append("ACT=[" + ",".join(f"a{i}" for i in range(n_actions)) + "]")
        parts.append("v0=[];v1=bytearray(9);v2={}")
        parts += [f"v{i}=None" for i in range(3, len(kinds))]
        for i, kind in enumerate(kinds):
            parts.append(f"try:\n    v{i}={self.of(kind)}\nexcept Exception as e:pass")
        n_functions = 3 + self.below(6)
        parts += [self.function(i) for i in range(n_functions)]
        names = ",".join(f"f{i}" for i in range(n_functions))
        parts.append(f"for f in ({names}):\n    try:\n        f()\n    except Exception as e:x=e")
        shown = ",".join(f"v{i}" for i in range(len(kinds)))
        parts.append(
            f"for v in ({shown}):\n    try:\n        print(v)\n    except Exception as e:x=e"
        )
        body = "\n".join(parts) + "\n"
        helpers = "".join(text for name, text in HELPERS.items() if name + "(" in body)
        front = (PRELUDE + helpers).format(limit=limit, **fill)
        words = set(WORD.findall(front + body))
        modules = ",".join(name for name in self.surface.modules if name in words or name in ALWAYS)
        return f"{strain}import {modules}{front}{body}"


MAKERS: dict[str, Callable[[Maker, int], str]] = {
    "int": Maker.number,
    "small": Maker.size,
    "float": lambda m, d: m.pick(FLOATS),
    "str": lambda m, d: m.pick(STRINGS),
    "name": lambda m, d: repr(m.name()),
    "bytes": lambda m, d: m.pick(BYTES),
    "buf": lambda m, d: m.pick(BUFFERS) if m.chance(0.75) else m.pick(BYTES),
    "list": Maker.listed,
    "tuple": Maker.tupled,
    "dict": Maker.dicted,
    "set": Maker.setted,
    "slice": Maker.sliced,
    "iter": Maker.iterated,
    "call": Maker.called,
    "native": Maker.native,
    "type": Maker.typed,
    "any": Maker.anything,
    "source": Maker.source,
    "stream": lambda m, d: m.pick(STREAMS),
    "bdev": lambda m, d: m.pick(("B()", "B()", "B(40)", "B(2)", "B(0)", "B(100)")),
    "exc": lambda m, d: m.pick(("ValueError", "ValueError(1)", "StopIteration(2)", "GeneratorExit", "OSError(5)")),
    "mode": lambda m, d: m.pick(("'exec'", "'eval'", "'single'", "'x'")),
    "order": lambda m, d: m.pick(("'little'", "'big'", "'x'")),
    "code": lambda m, d: repr(m.pick("bBhHiIlLqQfdxOPS")),
    "format": lambda m, d: repr("".join(m.pick(FORMATS) for _ in range(1 + m.below(4)))),
    "regex": lambda m, d: repr("".join(m.pick(REGEX) for _ in range(1 + m.below(6)))),
}  # fmt: skip

HINTED_CALLS = [name for name in HINTS if name[0] != "."]
ITERATORS = [
    "iter([1,2,3])", "iter((1,2))", "iter('abc')", "iter({1:2})", "iter(range(5))", "(i for i in [1,2,3])",
    "zip((1,2),(3,4))", "map(str,[1,2])", "filter(None,[0,1])", "enumerate('ab')", "reversed([1,2])",
    "{1:2}.items()", "{1:2}.keys()", "{3:4}.values()", "range(10)", "range(5,-5,-2)", "iter({1,2})", "G(3)",
    "iter(bytearray(9))", "map(A,v0)", "zip(v0,v0)", "iter(v0)", "iter(v2)", "iter(v1)", "(A() for i in v0)",
    "iter(A,None)", "v2.items()", "v2.keys()", "enumerate(v0)", "map(lambda*a:A(),v0,v0)", "range(300)",
    "filter(lambda x:A(),v0)", "reversed(v0)", "(v0.append(1) for i in v0)",
]  # fmt: skip
STREAMS = [
    "S()", "S()", "io.BytesIO(b'[1,2,{\"a\":3}]')", "io.StringIO('[1]')", "io.BytesIO()", "sys.stdout", "v0",
    "micropython.RingIO(20)", "deflate.DeflateIO(S())", "deflate.DeflateIO(io.BytesIO(),deflate.RAW)", "C0()",
]  # fmt: skip
FORMATS = "b B h H i I l L q Q f d x s p 3s 0s 5p 10b < > @ = ! 2x 1000x 99999999999s 4294967297b O P S e n".split()
REGEX = (
    "a b . ^ $ * + ? *? +? ?? ( ) (?: | [a-z] [^a] [ ] \\d \\w \\s \\ {2} (a) (b|c) ((a)) (a*)* (.+)+ [\\d-z] é ((((( )))))"
).split()
AUGMENTED = "+= -= *= |= &= ^= //= %= <<= >>= **= @=".split()
TARGETS = (
    "x,y|x,*y|*x,y|a,b,c|x,(y,z)|[x,*y,z]|v0[0],v0[1]|v0,v1|(x,)|*v0,|v0[:],v1[0:2]|x.a,y".split(
        "|"
    )
)
KIND_OF = {
    "list": "list", "dict": "dict", "set": "set", "str": "str", "bytes": "bytes", "bytearray": "buf", "int": "int",
    "tuple": "tuple", "frozenset": "set", "iter([])": "iter", "float": "float", "memoryview": "buf",
}  # fmt: skip
PARAMETERS = {name: rest for name, _, rest in (dunder.partition(":") for dunder in DUNDERS)}
NEWS = [
    "object.__new__(c)",
    "object.__new__(c)",
    "super().__new__(c)",
    "1",
    "v0",
    "None",
    "[]",
    "c",
    "object.__new__(list)",
]
FITTING = {
    "__eq__": ["return True", "return False", "return s is o", "return NotImplemented"],
    "__lt__": ["return True", "return False", "return K[0]%2"],
    "__hash__": ["return 1", "return K[0]", "return id(s)", "return 2**63", "return -1"],
    "__len__": ["return 3", "return 0", "return -1", "return 2**62", "return K[0]", "return 1000"],
    "__iter__": ["return iter(v0)", "return s", "return G(3)", "return iter([s,s])"],
    "__next__": ["if K[0]%5==0:raise StopIteration\n        return 1", "raise StopIteration", "return s"],
    "__int__": ["return 1", "return -1", "return 2**62"],
    "__index__": ["return 1", "return -1", "return 2**62"],
    "__getitem__": ["if i>5:raise IndexError\n        return i", "return v0", "return s"],
    "__str__": ["return 'x'", "return str(v0)", "return repr(v2)"],
    "__repr__": ["return 'x'", "return str(v0)", "return repr(s)"],
    "__getattr__": ["return A", "raise AttributeError(n)", "return v0", "return lambda*a:A()"],
    "__bool__": ["return True", "return False", "return K[0]%2"],
    "readinto": ["return len(b)", "return 0", "return None", "return 5000", "return -5", "v0.append(b)\n        return 1"],
    "write": ["return len(b)", "return 0", "return None", "return 5000", "return -5", "b+=b\n        return 1"],
    "ioctl": ["return 0", "return -1", "return 2**62", "return None", "return 4096", "return 1"],
    "__contains__": ["return True", "return False"],
    "__exit__": ["return True", "return False"],
    "__enter__": ["return s"],
    "__call__": ["return s", "return 1", "return s(*a)"],
    "__get__": ["return v0", "return A", "return s"],
    "keys": ["return v0", "return iter([1,2,s])"],
}  # fmt: skip
MUTATIONS = [
    "$V.clear()", "$V.clear()", "$V.append($X)", "$V.append(1)", "$V.extend($W)", "$V.extend([0]*99)", "$V.extend($V)",
    "$V.pop()", "$V.pop($I)", "$V.insert($I,$X)", "$V[:]=[]", "$V[$I:$I]=$X", "$V[$I]=$X", "del $V[$I]", "del $V[:]",
    "del $V[1:]", "$V+=$X", "$V*=3", "$V.sort()", "$V.reverse()", "$V.update($X)", "$V.add($X)", "$V.remove($X)",
    "$V[$X]=$X", "$V.popitem()", "$V.setdefault($X,$V)", "$V=None", "$V=$X", "$V=[]", "gc.collect()", "gc.collect()",
    "x=[bytearray(b'A'*32) for i in range(50)]", "x=[[1,2,3] for i in range(100)]", "$V.close()", "$V.write(b'abc')",
    "$V.read()", "$V.seek($I)", "next($V)", "list($V)", "$V.send($X)", "repr($V)", "$V==$W", "$V.sort(key=lambda x:A())",
    "raise ValueError", "1/0", "A()", "sys.modules.clear()", "globals().clear()", "$V.__init__($X)", "$V.appendleft($X)",
    "$V.popleft()", "$V.__class__=$X", "hash($V)", "$X", "$X", "x=memoryview($V)", "x=bytearray(5000)", "$V.throw(ValueError)",
    "del C0.__eq__", "C0.__eq__=None", "C0.__lt__=lambda*a:A()", "C0.x=$X", "setattr(C0,'m%d'%K[0],A)", "gc.threshold($I)",
    "micropython.heap_lock()", "micropython.heap_unlock()", "sys.stdout.write('x')", "$V.flush()", "$V.extend($X)",
    "x=bytes($W)", "K.clear()", "ACT.clear()", "ACT.append(f0)", "f0()", "v0=v0[:]", "$V.register($W)", "$V.unregister($W)",
    "for i in range(40):$V.append(i)", "for i in range(40):$V[i]=i", "for i in list($V):$V.pop()", "gc.disable()", "gc.enable()",
    "micropython.schedule(A,1)", "vfs.umount('/m')", "os.chdir('/')", "sys.path.clear()", "sys.path.append($X)",
]  # fmt: skip
SOURCES = [
    "'('*N+')'*N", "'['*N+']'*N", "'{'*N+'}'*N", "'-'*N+'1'", "'not '*N+'1'", "'+'.join(['1']*N)", "'a='*N+'1'",
    "'def f('+','.join('a%d'%i for i in range(N))+'):return a0\\nf('+','.join(['1']*N)+')'",
    "'def f('+','.join('a%d=1'%i for i in range(N))+'):return locals()\\nf('+','.join('a%d=1'%i for i in range(N))+')'",
    "'def f(*,'+','.join('a%d=1'%i for i in range(N))+'):return a0\\nf()'",
    "'def f():\\n'+''.join(' x%d=1\\n'%i for i in range(N))+' return x0\\nf()'",
    "'def f():\\n'+''.join(' x%d=1\\n'%i for i in range(N))+' return lambda:('+''.join('x%d,'%i for i in range(N))+')\\nf()()'",
    "','.join('a%d'%i for i in range(N))+'=range(N)'", "'*a,'+','.join('a%d'%i for i in range(N))+'=range(N)'",
    "','.join('a%d'%i for i in range(N))+',*a=range(N)'", "'x=['+'1,'*N+']'", "'x={'+','.join('%d:1'%i for i in range(N))+'}'",
    "'x={'+'1,'*N+'}'", "'x=('+'1,'*N+')'", "'print('+'*[1],'*N+')'", "'print('+'**{},'*N+')'", "'A('+'1,'*N+')'",
    "''.join(' '*i+'def f%d():\\n'%i for i in range(N))+' '*N+'pass'", "''.join(' '*i+'if 1:\\n' for i in range(N))+' '*N+'pass'",
    "''.join(' '*i+'for i in [1]:\\n' for i in range(N))+' '*N+'pass'", "''.join(' '*i+'while 1:\\n' for i in range(N))+' '*N+'break'",
    "''.join(' '*i+'try:\\n' for i in range(N))+' '*N+'pass\\n'+''.join(' '*(N-1-i)+'finally:pass\\n' for i in range(N))",
    "''.join(' '*i+'with C0():\\n' for i in range(N))+' '*N+'pass'", "''.join(' '*i+'class C%d:\\n'%i for i in range(N))+' '*N+'pass'",
    "'lambda:'*N+'1'", "'f\"'+'{1}'*N+'\"'", "'1 if 1 else '*N+'1'", "'x'+'.a'*N", "'x'+'[0]'*N", "'A'+'()'*N", "'9'*N",
    "'1.'+'0'*N+'e'+'9'*9", "'\"'+'a'*N+'\"'", "'b\"'+'\\\\xff'*N+'\"'", "'a'*N+'=1'", "'#'*N", "'\\\\\\n'*N", "'@A\\n'*N+'def f():pass'",
    "'global '+','.join('a%d'%i for i in range(N))", "'1<'*N+'1'", "'1 and '*N+'1'", "'yield '*N", "'await '*N", "'x:'*N+'int'",
    "'import '+'.'.join(['a']*N)", "'from '+'.'*N+' import x'", "'from x import '+','.join('a%d'%i for i in range(N))", "'del '+'a,'*N",
    "'[i '+'for i in [1] '*N+']'", "'{**{}'+',**{}'*N+'}'", "'def f():\\n'+' yield\\n'*N+'list(f())'", "'assert '*N+'0'", "'raise '*N",
    "'def f():\\n nonlocal x'", "'class C:\\n'+''.join(' def f%d(s):return super()\\n'%i for i in range(N))", "'x=1;'*N", "'if 1:pass\\n'*N",
    "E", "E", "E", "E+'\\n'+E", "'def f(a,b=1,*c,d,**e):\\n return '+E+'\\nf(1,d=2)'", "'(x:='*N+'1'+')'*N", "'\\t'*N+'x'", "'\\0'*N",
    "'class C('+','.join(['C0']*N)+'):pass'", "'print(*'+'*'*N+'a)'", "'def f(*'+','.join('a%d'%i for i in range(N))+',**k):pass\\nf(**{str(i):i for i in range(N)})'",
]  # fmt: skip
SCENES = [
    "x=B(60)\nvfs.VfsLfs2.mkfs(x)\nv0=vfs.VfsLfs2(x)\nvfs.mount(v0,'/m')\ny=open('/m/a','w')\ny.write('abc'*$small)\n$mut\ny.close()\nprint(open('/m/a').read())\nvfs.umount('/m')",
    "x=B(100)\nvfs.VfsFat.mkfs(x)\nv0=vfs.VfsFat(x)\nvfs.mount(v0,'/m')\nos.mkdir('/m/d')\ny=open('/m/d/a','wb')\ny.write($buf)\n$mut\ny.seek($int)\ny.close()\nos.listdir('/m')\nos.rename('/m/d/a','/m/b')\nvfs.umount('/m')",
    "x=B(60)\nvfs.VfsLfs1.mkfs(x)\nvfs.mount(vfs.VfsLfs1(x),'/m')\ny=open('/m/a','w+')\ny.write($str)\ny.seek($small)\ny.read($small)\n$mut\nvfs.umount('/m')\ny.close()",
    "vfs.mount(F(),'/m')\nx=open('/m/a')\nx.read($small)\nvfs.umount('/m')", "vfs.mount(F(),'/m')\nsys.path.insert(0,'/m')\n__import__('q')",
    "vfs.mount($any,'/m')\nos.chdir('/m')\nos.listdir()\nos.stat('a')\nopen('a')", "os.chdir('/m')\nos.listdir()", "vfs.mount(F(),$str)\nlist(os.ilistdir('/'))",
    "x=io.BytesIO()\nd=deflate.DeflateIO(x,$small,$small)\nd.write(bytes($small)*50)\nd.close()\nx.seek(0)\nprint(deflate.DeflateIO(x,$small).read($small))",
    "d=deflate.DeflateIO($stream,$small,$small)\nd.read($small)\nd.readinto($buf)\nd.write($buf)\nd.close()",
    "x=select.poll()\nx.register($stream,$small)\n$mut\nprint(x.poll(0),list(x.ipoll(0)))\nx.modify($stream,1)\nx.unregister($stream)",
    "x=micropython.RingIO($any)\nx.write($buf)\nx.read($small)\nx.readinto($buf)\nx.any()", "json.dump($any,$stream)", "json.load($stream)", "print(json.dumps($any))",
    "json.loads('['*$small*200+']')", "g=G($small)\nnext(g)\ng.send($any)\ng.throw($exc)\ng.close()", "def g():\n    x=yield g2\n    yield from x\ng2=g()\nnext(g2)\ng2.send(g2)",
    "def g():\n    global v0\n    v0=[(yield i) for i in v0]\ng2=g()\nnext(g2)\ng2.send(g2)\nlist(g2)", "g=G(5)\ndef a9():list(g)\nACT.append(a9)\nlist(g)",
    "v0.sort(key=lambda x:(A(),x)[1])", "v0.sort(key=$call,reverse=$any)", "sorted(v0,key=$call)", "x=v0[:]\nx.sort()\nv0==x", "v0==$list", "v0<$list", "$any in v0", "v0.index($any)", "v0.remove($any)",
    "v2[$any]=$any\nv2[$any]", "v2.update($dict)", "v2=={**v2}", "v2|=$dict", "x={$any,$any}\nx.add($any)\nx^$set\nx|$set\nx-$set\nx&$set\nx<=$set", "for k in v2:\n    v2[$any]=k\n    $mut",
    "x=memoryview(v1)\ny=x[$small:$small]\nv1.extend($buf)\nv1+=$buf\n$mut\nx[0]=1\ny[:1]=b'a'\nprint(bytes(x),bytes(y))", "v1[$small:$small]=v1", "v1[$small:$small]=memoryview(v1)[$small:$small]",
    "x=array.array($code,$any)\nx.append($any)\nx.extend($any)\nx[$small]=$any\nx[$small:$small]=x\nprint(x,x+x,x==x,memoryview(x))", "x=memoryview(array.array($code,$list))\nx[$small]=$any\nprint(x[$small:$small],x.hex(),bytes(x))",
    "x=framebuf.FrameBuffer($buf,$small,$small,$small)\nx.$fb", "x=framebuf.FrameBuffer(bytearray(200),$small,$small,$small,$small)\nx.$fb\nx.$fb\nx.$fb\nx.blit(x,$int,$int,$int,x)",
    "x=heapq.heapify(v0)\nheapq.heappush(v0,$any)\n$mut\nheapq.heappop(v0)", "x=[$any,$any,$any]\nheapq.heapify(x)\nheapq.heappop(x)", "x=collections.deque($iter,$small,$small)\nx.append($any)\nx.extend($iter)\nx[$small]=$any\nfor i in x:\n    $mut\nprint(x[$small],x.pop(),x.popleft(),len(x))",
    "x=collections.namedtuple($str,$any)\ny=x($any,$any)\nprint(y,y[$small],y.a)\ny._asdict()", "x=collections.OrderedDict($any)\nx.popitem()\nx[$any]=1\nprint(x)", "x=re.compile($regex)\nprint(x.match($str),x.search($str),x.split($str,$small),x.sub($any,$str,$small))",
    "x=re.match($regex,$str)\nprint(x.groups(),x.group($small),x.start($small),x.end($small),x.span($small))", "re.sub($regex,lambda m:(A(),m.group(0))[1],$str)", "re.match($regex,'a'*5000)", "x=struct.pack($format,$any,$any,$any)\nprint(struct.unpack($format,x))", "struct.pack_into($format,$buf,$int,$any,$any)", "struct.unpack_from($format,$buf,$int)",
    "print('%s %r %d %5.3f %x'%($any,$any,$int,$float,$int))", "print($str%$any)", "print($str%($any,$any))", "print($str.format($any,$any,a=$any))", "print('{:$small.$small$fmt}'.format($any))", "print('%$small.$small$fmt'%$any)", "print(f'{$any!r:>{$small}}')", "print(*$iter,sep=$str,end=$str,file=$stream)",
    "print(int($str,$small),float($str))", "($int).to_bytes($small,$order)", "print(pow($int,$int,$int),divmod($int,$int))", "print($int**$small,$int<<$small,$int>>$int)", "print(round($float,$small),int($float),str($float))", "print(bytes($any))", "print(bytearray($any))", "print(str($any,$str))", "str($buf,'utf-8')", "bytes($iter)", "tuple($iter)", "list(map($call,$iter))", "list(zip($iter,$iter))", "list(filter($call,$iter))", "sum($iter,$any)", "min($iter,key=$call)", "max($any,$any,key=$call)", "$str.join($iter)", "range($int,$int,$int)[$slice]", "x=range($int,$int,$int)\nprint(len(x),x[$small],x[$small:$small:$small],x==range($int),$int in x,hash(x))", "slice($int,$int,$int).indices($int)",
    "x=type($str,($type,),$dict)\nx($any)", "x=type('T',($type,$type),{'__init__':A,'__eq__':A})\nx()\nx()==x()", "object.__new__($type)\n$mut", "x=object.__new__($type)\nprint(x)\nx.$ident($any)", "x=object.__new__($type)\nx+x\nx==x\nx[0]\nlen(x)", "x=super($type,$any)\nx.$ident($any)", "super($type,$any).__init__($any)", "x=$type.__dict__\nx[$name_str]($any,$any)", "$type.__init__($any,$any)", "$type.__new__($type,$any)", "$type.$ident($any,$any)", "getattr($any,$name_str)($any)", "isinstance($any,($type,($type,)))", "class D($type,$type):pass\nD($any)", "class D($type):\n    def __init__(s):super().__init__($any)\nD()", "class D($type):\n    def __init__(s):pass\nx=D()\nprint(x)\nx.$ident($any)\nx.$ident()", "class D(C0):\n    x=$any\n    def __getattr__(s,n):return getattr(s,n)\nD().zz",
    "class D:\n    def __getattr__(s,n):return s\n    def __call__(s,*a):return s\n    def __getitem__(s,i):return s\nD().a.b[1](2)\nprint(D())", "def r(n):return r(n+1)\nr(0)", "def r(x):return repr(x)\nv0.append(v0)\nprint(v0)", "x=[]\nfor i in range(900):x=[x]\nprint(x)\nx==x[:]", "x=()\nfor i in range(900):x=(x,)\nhash(x)\nprint(len(str(x)))", "x={}\nfor i in range(900):x={1:x}\nrepr(x)\njson.dumps(x)\nx=={1:x}", "x=iter([1])\nfor i in range(900):x=map(int,x)\nnext(x)", "x=[1]\nfor i in range(900):x=zip(x)\nnext(x)", "x=iter(())\nfor i in range(900):x=filter(None,x)\nlist(x)", "x=A\nfor i in range(900):x=(lambda f:lambda*a:f(*a))(x)\nx()", "def g(n):\n    if n:yield from g(n-1)\n    yield n\nlist(g(2000))", "x=S()\nfor i in range(500):x=deflate.DeflateIO(x)\nx.read(1)", "x=b''\nfor i in range(300):x=memoryview(x)\nx[0:1]", "class D:\n    def __eq__(s,o):return s==o\n    def __hash__(s):return hash(s)\n    def __repr__(s):return repr(s)\n    def __len__(s):return len(s)\n    def __iter__(s):return iter(s)\n    def __bool__(s):return bool(s)\n    def __add__(s,o):return s+o\n    def __lt__(s,o):return s<o\n    def __contains__(s,o):return o in s\n    def __getitem__(s,i):return s[i]\n    def __call__(s):return s()\n    def __int__(s):return int(s)\n    def __next__(s):return next(s)\nx=D()\nfor f in (hash,repr,len,iter,bool,lambda x:x+x,lambda x:x<x,lambda x:x in x,lambda x:x[0],lambda x:x(),int,next,list,lambda x:x==1,print,lambda x:{x:x},lambda x:sorted([x,x]),json.dumps,lambda x:[x].index(1),lambda x:'%s'%x,lambda x:'{}'.format(x),sum,max,bytes,str):\n    try:\n        f(x)\n    except Exception as e:y=e",
    "C0.__class__=$any", "sys.modules[$str]=$any\n__import__($str)", "sys.path[:]=[$any]\nimport zz", "exec('from json import *',$dict)", "exec('import $ident',$dict,$dict)", "eval($source,{},$dict)", "compile($source,$str,$mode)", "globals()[$any]=1", "locals().update($dict)", "def h(*a,**k):return k\nh(*$iter,**$dict)", "A(*$iter,*$iter)", "dict(**$dict)", "dict($any,a=1)", "dict.fromkeys($iter,$any)", "print(**$dict)", "(lambda a,b=1,*c,d=2,**e:(a,b,c,d,e))(*$iter,**$dict)",
    "raise $any", "raise $exc from $any", "try:\n    raise $any\nexcept $any:\n    x=1", "try:\n    raise $exc\nexcept Exception as e:\n    sys.print_exception(e,$stream)\n    e.args\n    e.value", "x=$exc\nx.__init__($any)\nx.args\nx.errno\nx.$ident=$any\nstr(x)", "with S() as x:\n    x.read()\n    x.readline()\n    x.readlines()\n    x.write($any)\n    x.seek($small)", "x=S()\nfor i in x:\n    $mut", "x=$stream\nx.read($small)\nx.readinto($any,$small)\nx.readline($small)\nx.readlines()\nx.write($buf,$small,$small)\nx.seek($int,$small)\nx.tell()\nx.flush()\nx.close()\nx.read()", "x=io.BytesIO($any)\nx.seek($int,$small)\nx.write($buf)\nx.read($int)\nprint(x.getvalue())\nx.close()\nx.getvalue()", "x=io.StringIO($any)\nx.write($str)\nx.seek($int)\nx.readline()\nx.readinto($buf)", "hashlib.sha256($any).update($any)", "x=hashlib.sha256()\nx.update($buf)\nx.digest()\nx.update($buf)\nx.digest()", "binascii.unhexlify($any)", "binascii.a2b_base64($any)", "binascii.crc32($buf,$int)", "random.seed($any)\nrandom.randrange($int,$int,$int)", "random.choice($any)", "random.getrandbits($int)", "time.localtime($int)", "time.mktime($tuple)", "time.ticks_add($int,$int)", "machine.RTC().datetime($any)", "math.$math($float,$float)", "math.$math($float)", "cmath.phase($any)", "vfs.VfsRom($buf)", "x=vfs.VfsRom(b'\\xd2\\xcd1'+bytes($buf))\nvfs.mount(x,'/r')\nos.listdir('/r')", "vfs.VfsRom(b'\\xd2\\xcd\\x31\\x07\\x02\\x05\\x01a'+bytes($buf))", "async def h():\n    await $any\nasyncio.run(h())", "async def h():\n    await asyncio.sleep_ms(0)\n    $mut\nasyncio.run(asyncio.gather(h(),h()))", "x=asyncio.create_task($any)\nx.cancel()\nasyncio.run($any)", "asyncio.core.TaskQueue().push($any)", "x=asyncio.core.Task($any,$any)\nx.coro.send(None)", "x=asyncio.StreamReader($stream)\nasyncio.run(x.read($small))",
    "micropython.schedule($call,$any)\nfor i in range(3):pass", "micropython.heap_lock()\n$mut\n$mut\nmicropython.heap_unlock()", "gc.threshold($int)\nx=[bytes(i) for i in range(200)]", "x=[None]*$int", "x=[None]*300\nx*=$small\ndel x[$small::2]", "x=bytearray($int)", "x='a'*$int", "x=b'ab'*$small\nx.$bm(x[:1],$any)", "x=$str\nx.$bm($str,$small,$small)", "x=$str\nx.$bm($str,$str)", "x=$buf\nx.$bm($buf)", "x=$bytes.decode($str,$str)", "x=(lambda:[v0 for v0 in v0])()\nprint(x)", "x={i:A() for i in v0}", "def c():\n    x=$any\n    def d():\n        nonlocal x\n        del x\n        return x\n    return d\nc()()", "def c():\n    def d():return x\n    d()\n    x=1\nc()", "x=[lambda:i for i in range(3)]\nx[0]()", "del v0\nv0=[]", "del A.__globals__", "A.__globals__.clear()", "A.__code__", "(lambda:0).__code__=A", "x=property(A,A,A)\nclass D:\n    p=x\nD().p=1\ndel D().p\nD().p", "class D:\n    p=C0()\nD().p\nD().p=1\ndel D().p\nD.p",
]  # fmt: skip
SCENE_MARKS = [
    ("$" + kind, kind)
    for kind in (
        "small int slice stream str source set float format list tuple dict type iter call bytes buf exc mode order code regex "
        "name_str any mut math fmt fb bm ident"
    ).split()
]
SCENE_MARKS.sort(key=lambda pair: -len(pair[0]))
MAKERS.update(
    {
        "mut": lambda m, d: m.mutation(),
        "ident": Maker.name_at,
        "name_str": lambda m, d: repr(m.name()),
        "fmt": lambda m, d: m.pick("sdrxXobeEfFgGcn%"),
        "math": lambda m, d: m.pick(m.surface.math),
        "fb": lambda m, d: _framebuf_call(m, d),
        "bm": lambda m, d: m.pick(m.surface.text_methods),
    }
)
PRELUDE_CHOICES = {
    "readinto": ["n", "n", "n", "n", "None", "-5", "len(b)+1", "2**62", "v0"],
    "write": ["len(b)", "len(b)", "len(b)", "None", "-5", "len(b)+1", "2**62", "v0", "0"],
    "ioctl": ["0", "0", "0", "-1", "2**62", "None", "v0", "a", "1"],
    "blocks": ["60", "60", "60", "8", "3", "200"],
    "readblocks": ["0", "None", "None", "0", "-5", "5", "True", "v0", "2**62"],
    "writeblocks": ["0", "None", "None", "0", "-5", "5", "True", "v0", "2**62"],
    "block_size": [
        "512",
        "512",
        "512",
        "512",
        "256",
        "4096",
        "1",
        "0",
        "-1",
        "2**31",
        "None",
        "v0",
    ],
    "opened": [
        "S()",
        "S()",
        "io.BytesIO(b'x=1')",
        "io.StringIO('x=1')",
        "v0",
        "None",
        "1",
        "S",
        "C0()",
    ],
    "stat": [
        "(32768,0,0,0,0,0,9,0,0,0)",
        "(16384,0)",
        "()",
        "v0",
        "None",
        "[32768]*10",
        "(2**70,)*10",
    ],
    "listed": ["[('a',32768,0,0)]", "v0", "None", "iter([1])", "G(3)", "[()]"],
    "cwd": ["'/'", "v0", "None", "''"],
}


def _framebuf_call(maker: Maker, depth: int) -> str:
    name = maker.pick(maker.surface.framebuf_methods)
    hint = HINTS.get("." + name, "int|int|int|int|int")
    return f"{name}({','.join(maker.of(kind, 0) for kind in hint.split('|'))})"


MAKERS["fb"] = _framebuf_call


def program(rng: random.Random, surface: Surface) -> str:
    return Maker(rng, surface).program()
