# SPDX-License-Identifier: MIT
"""The verifier of .mpy files: refuses each kind of damage, accepts what mpy-cross makes."""

import re
import subprocess

import pytest
import verify_host
from mpy_asm import Fun, load, mpy, obj, op, smallint, static, store, text
from target import Target

from antaresia_tools import deps, paths

NONE = op("LOAD_CONST_NONE")
RETURN = op("RETURN_VALUE")
END = NONE + RETURN
POP = op("POP_TOP")
GOOD = mpy(Fun(END))


def code(*parts: bytes, **options) -> bytes:
    return mpy(Fun(b"".join(parts), **options))


def child(code_: bytes, inner: Fun, **options) -> bytes:
    return mpy(Fun(code_, children=[inner], **options))


def nested_tuple(depth: int) -> bytes:
    return b"\x0a\x01" * depth + b"\x01"


def nested_functions(depth: int) -> Fun:
    fun = Fun(END)
    for _ in range(depth):
        fun = Fun(END, children=[fun])
    return fun


ITER = NONE + op("GET_ITER_STACK")
TRY_FINALLY = op("SETUP_FINALLY", 2) + NONE + op("LOAD_CONST_NONE")  # handler at the second None

# name: (file, words of the refusal)
BAD = {
    # the file
    "empty": (b"", "incompatible .mpy file"),
    "version": (mpy(Fun(END), header=b"M\x05\x00\x1e"), "incompatible .mpy file"),
    "wide small ints": (mpy(Fun(END), header=b"M\x06\x00\x7f"), "incompatible .mpy file"),
    "native": (mpy(Fun(END), header=b"M\x06\x0b\x1e"), "native code in .mpy unsupported"),
    "cut header": (GOOD[:3], "incompatible .mpy file"),
    "cut": (GOOD[:-1], "file ends early"),
    "tail": (mpy(Fun(END), tail=b"\0"), "data after the end"),
    "no strings": (mpy(Fun(END), ()), "no file name"),
    "many strings": (mpy(Fun(END), n_qstr=1 << 20), "count beyond the file"),
    "huge count": (GOOD[:4] + b"\xff\xff\xff\xff\xff\x7f" + GOOD[5:], "number too large"),
    "many constants": (mpy(Fun(END), n_obj=1 << 20), "count beyond the file"),
    "static string": (mpy(Fun(END), (text("m.py"), static(60000))), "unknown static string"),
    "static string 0": (mpy(Fun(END), (text("m.py"), static(0))), "unknown static string"),
    "long string": (mpy(Fun(END), (text("m.py"), text("x" * 300))), "name too long"),
    "string end": (mpy(Fun(END), (b"\x02xx", text("f"))), "string without end"),
    "string UTF-8": (mpy(Fun(END), (b"\x02\xff\0", text("f"))), "string not UTF-8"),
    "constant kind": (mpy(Fun(END), objs=(b"\x0b",)), "unknown constant"),
    "function table": (mpy(Fun(END), objs=(b"\x00",)), "unknown constant"),
    "int": (mpy(Fun(END), objs=(obj(7, b"12x"),)), "malformed number"),
    "float": (mpy(Fun(END), objs=(obj(8, b"1e"),)), "malformed number"),
    "complex": (mpy(Fun(END), objs=(obj(9, b"1"),)), "malformed number"),
    "str UTF-8": (mpy(Fun(END), objs=(obj(5, b"\xc3"),)), "string not UTF-8"),
    "bytes end": (mpy(Fun(END), objs=(b"\x06\x01aa",)), "string without end"),
    "long str": (mpy(Fun(END), objs=(b"\x05\xff\xff\x7f",)), "file ends early"),
    "long tuple": (mpy(Fun(END), objs=(b"\x0a\xff\xff\x7f",)), "count beyond the file"),
    "deep tuple": (mpy(Fun(END), objs=(nested_tuple(40),)), "constants nested too deep"),
    "deep functions": (mpy(nested_functions(40)), "functions nested too deep"),
    "machine code": (mpy(Fun(END, kind=1)), "machine code"),
    "many children": (mpy(Fun(END, n_children=100)), "count beyond the file"),
    "missing child": (mpy(Fun(END, n_children=1), tail=b""), "count beyond the file"),
    "function length": (mpy(b"\xff\xff\x00"), "file ends early"),
    # the prelude
    "no prelude": (mpy(b"\x00"), "prelude ends early"),
    "long signature": (mpy(b"\x81\x40" + b"\x80" * 16 + bytes(8)), "signature too long"),
    "arguments": (code(END, n_state=2, n_pos=3), "frame smaller than its arguments"),
    "star arguments": (code(END, n_state=1, flags=6), "frame smaller than its arguments"),
    "defaults": (code(END, n_def=1), "more default values than arguments"),
    "flags": (code(END, flags=16), "unknown flag"),
    "name": (code(END, name=9), "string index out of range"),
    "info": (code(END, info=b""), "prelude ends early"),
    "lines": (code(END, info=b"\x01\x80"), "prelude ends early"),
    "no code": (code(b""), "no code"),
    "cell": (code(END, cells=b"\x63"), "local out of range"),
    # instructions
    "opcode 0": (code(b"\0", END), "unknown opcode"),
    "opcode ff": (code(b"\xff", END), "unknown opcode"),
    "opcode 0x41": (code(b"\x41\x40", END), "unknown opcode"),
    "unreachable opcode": (code(END, b"\xff"), "unknown opcode"),
    "incomplete": (code(END, b"\x12"), "instruction incomplete"),
    "incomplete jump": (code(END, b"\x42"), "instruction incomplete"),
    "incomplete extra": (code(END, b"\x40\x3f"), "instruction incomplete"),
    "long number": (code(b"\x24" + b"\x81" * 6 + b"\0", END), "number too large"),
    "long small int": (code(b"\x22" + b"\x81" * 20 + b"\0", END), "number too large"),
    "local": (code(op("LOAD_FAST_N", 2097151), RETURN, n_state=1), "local out of range"),
    "local 15": (code(load(15), RETURN), "local out of range"),
    "store local": (code(NONE, store(5), END), "local out of range"),
    "string": (code(op("LOAD_NAME", 77), RETURN), "string index out of range"),
    "constant": (code(op("LOAD_CONST_OBJ", 0), RETURN), "constant index out of range"),
    "function": (code(op("MAKE_FUNCTION", 0), RETURN), "function index out of range"),
    "slice": (code(NONE * 4, op("BUILD_SLICE", 4), RETURN), "malformed slice"),
    "call": (code(NONE, op("CALL_FUNCTION", 1 << 16), RETURN), "number too large"),
    "unpack": (code(NONE, op("UNPACK_EX", 1 << 16), RETURN), "number too large"),
    "map": (code(op("BUILD_MAP", 1 << 20), RETURN), "number too large"),
    "jump out": (code(op("JUMP", 60), END), "jump out of the code"),
    "jump before": (code(op("JUMP", -3), END), "jump out of the code"),
    "jump inside": (code(op("JUMP", 1), b"\x12\x02", END), "jump into an instruction"),
    "no end": (code(NONE), "code without end"),
    "no end after jump": (code(NONE, op("POP_JUMP_IF_TRUE", -3)), "code without end"),
    # the value stack
    "return nothing": (code(RETURN), "stack underflow"),
    "pop nothing": (code(POP, END), "stack underflow"),
    "dup nothing": (code(op("DUP_TOP"), RETURN), "stack underflow"),
    "dup two of one": (code(NONE, op("DUP_TOP_TWO"), RETURN, n_state=9), "stack underflow"),
    "rot of one": (code(NONE, op("ROT_TWO"), RETURN), "stack underflow"),
    "rot of two": (code(NONE * 2, op("ROT_THREE"), RETURN), "stack underflow"),
    "add one": (code(NONE, op("ADD"), RETURN), "stack underflow"),
    "tuple of more": (code(NONE, op("BUILD_TUPLE", 2), RETURN), "stack underflow"),
    "call of more": (code(NONE, op("CALL_FUNCTION", 1), RETURN), "stack underflow"),
    "super of two": (code(NONE * 2, op("LOAD_SUPER_METHOD", 1), POP * 2, END), "stack underflow"),
    "overflow": (code(NONE * 5, RETURN), "stack overflow"),
    "overflow into locals": (code(NONE * 4, store(0), RETURN), "stack overflow"),
    "unpack overflow": (code(NONE, op("UNPACK_SEQUENCE", 5), POP * 4, RETURN), "stack overflow"),
    "iterator overflow": (code(ITER, POP * 4, END, n_state=3), "stack overflow"),
    "growing loop": (code(NONE, op("JUMP", -3)), "stack heights differ"),
    "heights": (
        code(NONE, op("DUP_TOP"), op("POP_JUMP_IF_TRUE", 1), POP, END),
        "stack heights differ",
    ),
    "null returned": (code(op("LOAD_NULL"), RETURN), "not an object"),
    "null stored": (code(op("LOAD_NULL"), store(0), END), "not an object"),
    "self used": (code(NONE, op("LOAD_METHOD", 2), RETURN), "not an object"),
    "null met": (
        code(NONE, op("POP_JUMP_IF_TRUE", 3), NONE, op("JUMP", 1), op("LOAD_NULL"), POP, END),
        "different stacks meet",
    ),
    # iterators
    "iterator as object": (code(ITER, RETURN, n_state=8), "not an object"),
    "iterator copied": (code(ITER, op("DUP_TOP"), RETURN, n_state=8), "not an object"),
    "no iterator": (code(NONE * 4, op("FOR_ITER", 0), END, n_state=8), "no iterator"),
    "few for iterator": (code(NONE, op("FOR_ITER", 0), END, n_state=8), "stack underflow"),
    # trusted kinds
    "store map": (code(NONE * 3, op("STORE_MAP"), RETURN), "not a dict"),
    "append": (code(NONE * 2, op("STORE_COMP", 4), RETURN), "not the comprehension's container"),
    "comp kind": (code(NONE * 2, op("STORE_COMP", 7), RETURN), "malformed comprehension"),
    "keyword": (code(NONE * 3, op("CALL_FUNCTION", 256), RETURN), "keyword is not a name"),
    "bitmap": (code(NONE * 3, op("CALL_FUNCTION_VAR_KW", 1), RETURN), "no bitmap of arguments"),
    "deref": (code(op("LOAD_DEREF", 0), RETURN), "local is not a cell"),
    "store to cell": (code(NONE, store(0), END, cells=b"\0"), "local is a cell"),
    "delete cell": (code(op("DELETE_FAST", 0), END, cells=b"\0"), "local is a cell"),
    "cell as object": (
        code(load(0), POP, load(0), op("NOT"), RETURN, cells=b"\0"),
        "not an object",
    ),
    "closure of None": (
        child(NONE + op("MAKE_CLOSURE", 0, 1) + RETURN, Fun(END, n_pos=1)),
        "not a cell",
    ),
    "closure of nothing": (
        child(op("MAKE_CLOSURE", 0, 0) + RETURN, Fun(END)),
        "closure without cells",
    ),
    "cells missing": (
        child(load(0) + op("MAKE_CLOSURE", 0, 1) + RETURN, Fun(END), cells=b"\0"),
        "more cells than arguments",
    ),
    "cells expected": (
        child(op("MAKE_FUNCTION", 0) + RETURN, Fun(op("LOAD_DEREF", 0) + RETURN, n_pos=1)),
        "local is not a cell",
    ),
    "defaults missing": (
        child(op("MAKE_FUNCTION", 0) + RETURN, Fun(END, n_pos=1, n_def=1)),
        "other number of default values than given",
    ),
    "defaults fewer": (
        child(
            NONE + op("BUILD_TUPLE", 1) + op("LOAD_NULL") + op("MAKE_FUNCTION_DEFARGS", 0) + RETURN,
            Fun(END, n_pos=2, n_def=2),
        ),
        "other number of default values than given",
    ),
    "defaults no tuple": (
        child(
            NONE + op("LOAD_NULL") + op("MAKE_FUNCTION_DEFARGS", 0) + RETURN,
            Fun(END, n_pos=1, n_def=1),
        ),
        "defaults are not a tuple",
    ),
    "defaults no dict": (
        child(op("LOAD_NULL") + NONE + op("MAKE_FUNCTION_DEFARGS", 0) + RETURN, Fun(END)),
        "keyword defaults are not a dict",
    ),
    "keyword defaults": (
        child(op("MAKE_FUNCTION", 0) + RETURN, Fun(END, n_kwonly=1, flags=8)),
        "no keyword defaults given",
    ),
    "module defaults": (code(END, n_pos=1, n_def=1), "other number of default values than given"),
    "two ways": (
        child(
            op("MAKE_FUNCTION", 0) + POP + load(0) + op("MAKE_CLOSURE", 0, 1) + RETURN,
            Fun(END, n_pos=1),
            cells=b"\0",
        ),
        "function made in two ways",
    ),
    "cell of a cell": (
        child(
            load(0) + op("MAKE_CLOSURE", 0, 1) + RETURN, Fun(END, n_pos=1, cells=b"\0"), cells=b"\0"
        ),
        "cell of a cell",
    ),
    "yield": (code(NONE, op("YIELD_VALUE"), RETURN), "yield outside of a generator"),
    "yield from": (code(NONE * 2, op("YIELD_FROM"), RETURN), "yield outside of a generator"),
    # exceptions
    "block not reserved": (
        code(op("SETUP_FINALLY", 1), NONE, op("END_FINALLY"), END),
        "exception stack overflow",
    ),
    "end without block": (code(NONE, op("END_FINALLY"), END), "no exception block"),
    "end before handler": (
        code(
            op("SETUP_FINALLY", 3), NONE, op("END_FINALLY"), NONE, op("END_FINALLY"), END, n_exc=1
        ),
        "end of a handler that was not entered",
    ),
    "finally value lost": (
        code(op("SETUP_FINALLY", 1), NONE, POP, smallint(1), op("END_FINALLY"), END, n_exc=1),
        "end of finally without its value",
    ),
    "finally value moved": (
        code(op("SETUP_FINALLY", 1), NONE, NONE, op("END_FINALLY"), END, n_exc=1, n_state=8),
        "end of a handler at another stack height",
    ),
    "except value lost": (
        code(
            op("SETUP_EXCEPT", 2),
            op("POP_EXCEPT_JUMP", 3),
            POP,
            NONE,
            op("END_FINALLY"),
            END,
            n_exc=1,
        ),
        "no exception to raise again",
    ),
    "pop of finally": (
        code(op("SETUP_FINALLY", 2), op("POP_EXCEPT_JUMP", 0), op("END_FINALLY"), END, n_exc=1),
        "not an except block",
    ),
    "pop below block": (
        code(
            NONE,
            op("SETUP_FINALLY", 3),
            POP,
            NONE,
            NONE,
            op("END_FINALLY"),
            RETURN,
            n_exc=1,
            n_state=8,
        ),
        "stack underflow",
    ),
    "jump over handler": (
        code(op("SETUP_FINALLY", 3), op("JUMP", 2), NONE, op("END_FINALLY"), END, n_exc=1),
        "jump across a handler's start",
    ),
    "jump out of handler": (
        code(op("SETUP_FINALLY", 1), NONE, op("JUMP", -3), n_exc=1, n_state=8),
        "jump across a handler's start",
    ),
    "handlers not nested": (
        code(
            op("SETUP_FINALLY", 3),
            op("SETUP_FINALLY", 4),
            NONE,
            op("END_FINALLY"),
            NONE,
            op("END_FINALLY"),
            END,
            n_exc=2,
            n_state=8,
        ),
        "handler behind the outer one's",
    ),
    "blocks differ": (
        code(
            NONE,
            op("POP_JUMP_IF_TRUE", 2),
            op("SETUP_FINALLY", 3),
            NONE,
            POP,
            NONE,
            op("END_FINALLY"),
            END,
            n_exc=1,
        ),
        "exception blocks differ",
    ),
    "unwind no block": (code(op("UNWIND_JUMP", 1, 1), END), "no exception block"),
    "unwind no iterator": (code(op("UNWIND_JUMP", 1, 0x80), END), "no iterator"),
    "unwind height": (
        code(
            op("SETUP_FINALLY", 4),
            NONE,
            op("UNWIND_JUMP", 2, 1),
            op("END_FINALLY"),
            END,
            n_exc=1,
            n_state=8,
        ),
        "unwinding at another stack height",
    ),
    "cleanup alone": (
        code(NONE, op("WITH_CLEANUP"), op("END_FINALLY"), END, n_state=8),
        "no exception block",
    ),
    "cleanup of finally": (
        code(
            op("SETUP_FINALLY", 1),
            NONE,
            op("WITH_CLEANUP"),
            op("END_FINALLY"),
            END,
            n_exc=1,
            n_state=8,
        ),
        "cleanup outside of a with block",
    ),
    "cleanup without end": (
        code(
            NONE, op("SETUP_WITH", 2), POP, NONE, op("WITH_CLEANUP"), POP, END, n_exc=1, n_state=9
        ),
        "cleanup without end",
    ),
    "with too small": (
        code(
            NONE,
            op("SETUP_WITH", 2),
            POP,
            NONE,
            op("WITH_CLEANUP"),
            op("END_FINALLY"),
            END,
            n_exc=1,
            n_state=4,
        ),
        "stack overflow",
    ),
    "return in broken finally": (
        code(op("SETUP_FINALLY", 1), NONE, POP, NONE, op("NOT"), NONE, RETURN, n_exc=1, n_state=8),
        "return from a broken finally",
    ),
    "finally copied": (
        code(
            op("SETUP_FINALLY", 2),
            NONE,
            RETURN,
            op("DUP_TOP"),
            POP,
            op("END_FINALLY"),
            END,
            n_exc=1,
            n_state=8,
        ),
        "not an object",
    ),
    "half of a pending jump": (
        code(op("SETUP_FINALLY", 2), NONE, RETURN, POP, END, n_exc=1, n_state=8),
        "half of a pending jump",
    ),
}

# The program of a published crash: a local far outside of the frame.
CRASHER = bytes.fromhex("4d06001f030008652e7079000f0278004000020124ffff7f63")

PUT = "def put(name, data):\n    with open('/' + name + '.mpy', 'wb') as file: file.write(data)\n"
TRY = """
def attempt(name):
    import sys
    try:
        __import__(name)
        return "ran"
    except ValueError as error:
        assert name not in sys.modules
        return str(error)
    finally:
        sys.modules.pop(name, None)
"""


def outcomes(target: Target, files: dict[str, bytes]) -> dict[str, str]:
    """What importing each file gives."""
    program = f"{PUT}{TRY}files = {files!r}\nfor name in files:\n    put('case', files[name])\n"
    program += "    print(name, '|', attempt('case'))\n"
    lines = target.check(program).splitlines()
    return dict(line.split(" | ", 1) for line in lines if " | " in line)


@pytest.mark.parametrize("arch", ["hosted", "x86_64"])
def test_each_rule_refuses_with_its_words(machine, arch):
    target = machine(arch).boot()
    said = outcomes(target, {name: data for name, (data, _) in BAD.items()})
    wrong = {
        name: said.get(name)
        for name, (_, words) in BAD.items()
        if words not in (said.get(name) or "")
    }
    assert wrong == {}
    plain = re.compile(r"bad \.mpy: [\w.<>]*\+0x[0-9a-f]+: |incompatible \.mpy file|native code")
    assert [name for name, text_ in said.items() if not plain.match(text_)] == []


@pytest.mark.parametrize("arch", ["hosted", "x86_64"])
def test_published_crasher_is_refused_and_nothing_stays(machine, arch):
    target = machine(arch).boot()
    assert outcomes(target, {"c27": CRASHER}) == {
        "c27": "bad .mpy: <module>+0x0: local out of range"
    }
    assert target.command("import sys; 'case' in sys.modules") == "False"
    assert target.command("1 + 1") == "2"


def test_refused_file_interns_nothing(machine):
    target = machine("hosted").boot()
    strings = (text("m.py"), text("f"), *(text(f"never_interned_{i}") for i in range(50)))
    bad = mpy(Fun(b"\xff"), strings)
    target.check(PUT + f"put('case', {bad!r})\n")
    program = (
        f"import micropython\n{TRY}attempt('case')\nmicropython.qstr_info()\nattempt('case')\n"
    )
    said = target.check(program + "micropython.qstr_info()\n")
    counts = re.findall(r"n_qstr=(\d+)", said)
    assert len(counts) == 2 and counts[0] == counts[1]


def test_good_files_run(machine):
    target = machine("hosted").boot()
    said = outcomes(
        target,
        {"good": GOOD, "try": code(op("SETUP_FINALLY", 1), NONE, op("END_FINALLY"), END, n_exc=1)},
    )
    assert said == {"good": "ran", "try": "ran"}


def test_file_changing_between_reads_is_what_was_verified(machine):
    """A stream that gives other bytes the second time: the file is read once."""
    target = machine("hosted").boot()
    evil = code(op("LOAD_FAST_N", 2097151), RETURN, n_state=1)
    program = f"""
import io, sys, vfs
class File(io.IOBase):
    reads = 0
    def __init__(self):
        self.data = {GOOD!r} if File.reads == 0 else {evil!r}
        self.at = 0
        File.reads += 1
    def readinto(self, buf):
        n = min(len(buf), len(self.data) - self.at)
        buf[:n] = self.data[self.at:self.at + n]
        self.at += n
        return n
    def ioctl(self, request, arg): return 0
class Disk:
    def mount(self, *a): pass
    def umount(self): pass
    def stat(self, path):
        if path == '/twice.mpy': return (0x8000,) + (0,) * 9
        raise OSError(2)
    def open(self, path, mode): return File()
vfs.mount(Disk(), '/d'); sys.path.append('/d')
import twice
print(File.reads)
"""
    assert target.check(program) == "1\n"


def compile_all(tmp_path, level: int) -> list[bytes]:
    """Every test of upstream's language folders that mpy-cross can compile."""
    folder = deps.micropython_dir() / "tests"
    out = tmp_path / "x.mpy"
    files = []
    for place in (
        "basics",
        "float",
        "micropython",
        "import",
        "io",
        "extmod",
        "unicode",
        "misc",
        "stress",
    ):
        for path in sorted((folder / place).glob("*.py")):
            done = subprocess.run(
                [deps.mpy_cross(), f"-O{level}", "-o", out, path], capture_output=True
            )
            if done.returncode == 0 and out.read_bytes()[2] >> 2 == 0:
                files.append(out.read_bytes())
    return files


@pytest.fixture(scope="module")
def verify_files(tmp_path_factory):
    return verify_host.build(tmp_path_factory.mktemp("verify"))


@pytest.mark.parametrize("level", range(4))
def test_accepts_what_mpy_cross_makes(verify_files, tmp_path, level):
    files = compile_all(tmp_path, level)
    assert len(files) > 800
    names = [tmp_path / f"{i}.mpy" for i in range(len(files))]
    for name, data in zip(names, files, strict=True):
        name.write_bytes(data)
    assert verify_host.refusals(verify_files, names) == ""


@pytest.mark.parametrize("way", ["", "--changed"], ids=["generated", "changed"])
def test_files_that_no_compiler_made_do_no_harm(way):
    command = [paths.ROOT / "tests" / "fuzz" / "mpy_files", "--seed", "7", "--count", "4000"]
    done = subprocess.run(
        [*command, *filter(None, [way])],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


SHORT_FRAME = """
def f():
    for i in range(2):
        try:
            continue
        finally:
            try:
                continue
            finally:
                try:
                    continue
                finally:
                    try:
                        continue
                    finally:
                        break
    return i
"""


def test_short_frames_of_upstream_are_refused_or_mended(machine, tmp_path):
    target = machine("hosted").boot()
    assert target.check(SHORT_FRAME + "print(f())\n") == "0\n"
    source, out = tmp_path / "m.py", tmp_path / "m.mpy"
    source.write_text(SHORT_FRAME)
    subprocess.run([deps.mpy_cross(), "-o", out, source], check=True)
    said = outcomes(target, {"short": out.read_bytes()})
    assert said["short"].startswith("bad .mpy: f+0x") and said["short"].endswith("stack overflow")


def test_global_base_exception_cannot_mislead_async_with(machine):
    target = machine("hosted").boot()
    program = """
BaseException = ValueError
class Manager:
    async def __aenter__(self): pass
    async def __aexit__(self, kind, error, trace): print(kind.__name__)
async def f():
    async with Manager(): raise KeyError
try:
    f().send(None)
except KeyError:
    print("raised")
"""
    assert target.check(program) == "KeyError\nraised\n"


def test_class_body_that_returns_a_value(machine):
    target = machine("hosted").boot()
    program = "try:\n    __build_class__(lambda: 5, 'X')\nexcept TypeError as error: print(error)\n"
    assert target.check(program) == "class body returned a value\n"


def test_large_frame_without_heap_is_a_memory_error(machine):
    target = machine("hosted").boot()
    inner = Fun(END, n_state=65000)
    module = child(op("MAKE_FUNCTION", 0) + op("STORE_NAME", 1) + END, inner)
    program = f"""{PUT}
import micropython
put("large", {module!r})
import large
large.f()
micropython.heap_lock()
try:
    large.f()
except MemoryError:
    micropython.heap_unlock()
    print("refused")
"""
    assert target.check(program) == "refused\n"
