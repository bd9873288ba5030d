# SPDX-License-Identifier: MIT
"""A small assembler of .mpy files (version 6), for files that no compiler makes.

    mpy(fun("f", [op("LOAD_FAST_N", 2097151), op("RETURN_VALUE")], n_state=1))

Numbers are not checked: the point is to write what is wrong.
"""

from dataclasses import dataclass, field

STATIC_BASE_EXCEPTION = 33

OPCODES = {
    "LOAD_CONST_FALSE": 0x50, "LOAD_CONST_NONE": 0x51, "LOAD_CONST_TRUE": 0x52, "LOAD_NULL": 0x53,
    "LOAD_BUILD_CLASS": 0x54, "LOAD_SUBSCR": 0x55, "STORE_SUBSCR": 0x56, "DUP_TOP": 0x57,
    "DUP_TOP_TWO": 0x58, "POP_TOP": 0x59, "ROT_TWO": 0x5A, "ROT_THREE": 0x5B, "WITH_CLEANUP": 0x5C,
    "END_FINALLY": 0x5D, "GET_ITER": 0x5E, "GET_ITER_STACK": 0x5F, "STORE_MAP": 0x62,
    "RETURN_VALUE": 0x63, "RAISE_LAST": 0x64, "RAISE_OBJ": 0x65, "RAISE_FROM": 0x66,
    "YIELD_VALUE": 0x67, "YIELD_FROM": 0x68, "IMPORT_STAR": 0x69,
    "LOAD_CONST_STRING": 0x10, "LOAD_NAME": 0x11, "LOAD_GLOBAL": 0x12, "LOAD_ATTR": 0x13,
    "LOAD_METHOD": 0x14, "LOAD_SUPER_METHOD": 0x15, "STORE_NAME": 0x16, "STORE_GLOBAL": 0x17,
    "STORE_ATTR": 0x18, "DELETE_NAME": 0x19, "DELETE_GLOBAL": 0x1A, "IMPORT_NAME": 0x1B,
    "IMPORT_FROM": 0x1C, "MAKE_CLOSURE": 0x20, "MAKE_CLOSURE_DEFARGS": 0x21,
    "LOAD_CONST_SMALL_INT": 0x22, "LOAD_CONST_OBJ": 0x23, "LOAD_FAST_N": 0x24, "LOAD_DEREF": 0x25,
    "STORE_FAST_N": 0x26, "STORE_DEREF": 0x27, "DELETE_FAST": 0x28, "DELETE_DEREF": 0x29,
    "BUILD_TUPLE": 0x2A, "BUILD_LIST": 0x2B, "BUILD_MAP": 0x2C, "BUILD_SET": 0x2D,
    "BUILD_SLICE": 0x2E, "STORE_COMP": 0x2F, "UNPACK_SEQUENCE": 0x30, "UNPACK_EX": 0x31,
    "MAKE_FUNCTION": 0x32, "MAKE_FUNCTION_DEFARGS": 0x33, "CALL_FUNCTION": 0x34,
    "CALL_FUNCTION_VAR_KW": 0x35, "CALL_METHOD": 0x36, "CALL_METHOD_VAR_KW": 0x37,
    "UNWIND_JUMP": 0x40, "JUMP": 0x42, "POP_JUMP_IF_TRUE": 0x43, "POP_JUMP_IF_FALSE": 0x44,
    "JUMP_IF_TRUE_OR_POP": 0x45, "JUMP_IF_FALSE_OR_POP": 0x46, "SETUP_WITH": 0x47,
    "SETUP_EXCEPT": 0x48, "SETUP_FINALLY": 0x49, "POP_EXCEPT_JUMP": 0x4A, "FOR_ITER": 0x4B,
    "NOT": 0xD3, "ADD": 0xD7 + 24, "EXCEPTION_MATCH": 0xD7 + 8,
}  # fmt: skip
_SIGNED = range(0x40, 0x45)
_JUMPS = range(0x40, 0x4C)


def uint(value: int) -> bytes:
    out = bytes([value & 0x7F])
    while value := value >> 7:
        out = bytes([value & 0x7F | 0x80]) + out
    return out


def sint(value: int) -> bytes:
    return bytes([value & 0x7F])


def op(name: str, *operands: int) -> bytes:
    """One instruction. Jumps take the distance from their end (UNWIND_JUMP: and the count byte)."""
    code = OPCODES[name]
    if code in _JUMPS:
        distance = operands[0] + (0x40 if code in _SIGNED else 0)
        return bytes([code, distance, *operands[1:]])
    if code in (0x20, 0x21):
        return bytes([code]) + uint(operands[0]) + bytes([operands[1]])
    return bytes([code]) + b"".join(uint(value) for value in operands)


def smallint(value: int) -> bytes:
    return bytes([0x80 + value])


def load(local: int) -> bytes:
    return bytes([0xB0 + local])


def store(local: int) -> bytes:
    return bytes([0xC0 + local])


@dataclass
class Fun:
    code: bytes
    name: int = 1
    n_state: int = 4
    n_exc: int = 0
    flags: int = 0
    n_pos: int = 0
    n_kwonly: int = 0
    n_def: int = 0
    cells: bytes = b""
    info: bytes | None = None
    children: "list[Fun]" = field(default_factory=list)
    kind: int = 0
    n_children: int | None = None

    def prelude(self) -> bytes:
        s, e, f, a, k, d = (
            self.n_state - 1, self.n_exc, self.flags, self.n_pos, self.n_kwonly, self.n_def,
        )  # fmt: skip
        out = bytearray()
        z = (s & 15) << 3 | (e & 1) << 2 | (a & 3)
        s, e, a = s >> 4, e >> 1, a >> 2
        while s | e | f | a | k | d:
            out.append(0x80 | z)
            z = (f & 1) << 6 | (s & 3) << 4 | (k & 1) << 3 | (a & 1) << 2 | (e & 1) << 1 | d & 1
            s, e, f, a, k, d = s >> 2, e >> 1, f >> 1, a >> 1, k >> 1, d >> 1
        out.append(z)
        info = self.info
        if info is None:
            info = uint(self.name) * (1 + self.n_pos + self.n_kwonly)
        i, c = len(info), len(self.cells)
        while True:
            z = (i & 63) << 1 | (c & 1)
            i, c = i >> 6, c >> 1
            out.append(z | (0x80 if i | c else 0))
            if not i | c:
                break
        return bytes(out) + info + self.cells

    def encode(self) -> bytes:
        data = self.prelude() + self.code
        n_children = len(self.children) if self.n_children is None else self.n_children
        has = 4 if n_children else 0
        out = uint(len(data) << 3 | has | self.kind) + data
        if has:
            out += uint(n_children)
        return out + b"".join(child.encode() for child in self.children)


def text(value: str) -> bytes:
    data = value.encode()
    return uint(len(data) << 1) + data + b"\0"


def static(number: int) -> bytes:
    return uint(number << 1 | 1)


def obj(kind: int, data: bytes | None = None) -> bytes:
    """1 None, 2 False, 3 True, 4 ..., 5 str, 6 bytes, 7 int, 8 float, 9 complex, 10 tuple."""
    if data is None:
        return bytes([kind])
    return bytes([kind]) + uint(len(data)) + data + (b"\0" if kind in (5, 6) else b"")


STRINGS = (text("m.py"), text("f"), text("x"), static(STATIC_BASE_EXCEPTION))


def mpy(
    fun: Fun | bytes,
    strings: tuple[bytes, ...] = STRINGS,
    objs: tuple[bytes, ...] = (),
    *,
    header: bytes = b"M\x06\x00\x1e",
    n_qstr: int | None = None,
    n_obj: int | None = None,
    tail: bytes = b"",
) -> bytes:
    """A file: header, strings (0: file, 1: "f", 2: "x", 3: BaseException), constants, functions."""
    counts = uint(len(strings) if n_qstr is None else n_qstr)
    counts += uint(len(objs) if n_obj is None else n_obj)
    body = fun.encode() if isinstance(fun, Fun) else fun
    return header + counts + b"".join(strings) + b"".join(objs) + body + tail
