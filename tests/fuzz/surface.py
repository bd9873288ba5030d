# SPDX-License-Identifier: MIT
"""What Python can reach in the machine, asked of the machine: new modules come in by themselves."""

import re
from pathlib import Path

import machine

GUEST = Path(__file__).parent / "surface_guest.py"
# Types without a name of their own, by an expression for an object of them.
UNNAMED = [
    "iter([])", "iter(())", "iter('')", "iter(b'')", "iter({})", "iter(set())", "iter(range(3))",
    "(i for i in ())", "{}.keys()", "{}.items()", "(lambda:0)", "[].append", "None", "Ellipsis", "enumerate(())",
    "zip()", "map(len,())", "filter(None,())", "slice(1)", "property()", "memoryview(b'')", "io.BytesIO()",
    "io.StringIO()", "re.compile('a')", "re.match('a','a')", "array.array('B')", "hashlib.sha256()",
    "collections.deque((),4)", "collections.OrderedDict()", "collections.namedtuple('N','a')(1)",
    "framebuf.FrameBuffer(bytearray(8),8,8,0)", "deflate.DeflateIO(io.BytesIO())", "select.poll()",
    "micropython.RingIO(16)", "sys.stdout", "ValueError(1)", "1j", "1.5", "True", "()", "''",
]  # fmt: skip
# What these do to the machine is no finding: they end it, wait for ever, or fault on purpose.
HARMFUL = {
    "machine.reset", "machine.soft_reset", "machine.deepsleep", "machine.lightsleep", "machine.bootloader",
    "machine.idle", "antaresia.power_off", "input", "sys.stdin", "time.sleep", "time.sleep_ms", "time.sleep_us",
    "sys.exit", "help",
}  # fmt: skip
# The last three reach every register of the machine.
SKIPPED = {
    "__main__", "_boot", "_fault", "_mpyfuzz", "_stack", "uasyncio", "ramdisk", "_hw", "hardware", "pci",
}  # fmt: skip
CLASS_ATTRIBUTES = {"__class__", "__name__", "__bases__"}


class Surface:
    def __init__(self, text: str, modules: list[str]) -> None:
        self.modules = [name for name in modules if name != "builtins"]
        self.types: list[str] = []
        self.calls: list[str] = []
        self.objects: list[tuple[str, list[str]]] = []
        names: set[str] = set()
        for line in text.splitlines():
            kind, _, rest = line.partition(" ")
            words = rest.split(" ")
            if kind == "TYPE":
                # The expression may hold spaces; the members, which do not, begin at __class__.
                at = words.index("__class__")
                expression = " ".join(words[:at])
                members = [word for word in words[at:] if word not in CLASS_ATTRIBUTES]
                if expression not in UNNAMED:
                    self.types.append(expression)
                    self.calls.append(expression)
                if members:
                    self.objects.append((expression, members))
                names.update(words[at:])
            elif kind == "CALL" and rest not in HARMFUL:
                self.calls.append(rest)
                names.add(rest.split(".")[-1])
        self.names = sorted(name for name in names if name.isidentifier())
        self.math = self._members("math.")
        self.framebuf_methods = self._methods("framebuf.FrameBuffer(")
        self.text_methods = sorted({*self._methods("str"), *self._methods("bytearray")})

    def _members(self, prefix: str) -> list[str]:
        return [name[len(prefix) :] for name in self.calls if name.startswith(prefix)]

    def _methods(self, start: str) -> list[str]:
        return [
            name
            for expression, members in self.objects
            if expression.startswith(start)
            for name in members
            if not name.startswith("_")
        ]


def ask(image: Path) -> Surface:
    listed = machine.printed(image, "help('modules')")
    words = re.sub(r"Plus any modules.*", "", listed).split()
    modules = sorted({word.split("/")[0] for word in words} - SKIPPED)
    head = f"MODULES = {modules!r}\nUNNAMED = {UNNAMED!r}\n"
    return Surface(machine.printed(image, head + GUEST.read_text()), modules)
