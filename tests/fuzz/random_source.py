# SPDX-License-Identifier: MIT
"""Random Python programs that use every statement and expression MicroPython compiles.

`program(seed)` gives the same text each time. A program ends: loops are short, a function calls
only those before it, and each loop and function takes from one small store of fuel. What it
prints does not depend on addresses or on how it was loaded. A `finally` never jumps to a loop
outside of it: upstream's compiler makes frames too small for that (docs/verifier.md).
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

PRELUDE = """\
fuel = 600
class Empty(BaseException): pass
class Fault(Exception): pass
def tick():
    global fuel
    fuel -= 1
    if fuel < 0: raise Empty
def cut(x):
    if isinstance(x, int): return x if -1 << 70 < x < 1 << 70 else x % 99991
    if isinstance(x, (str, bytes)): return x[:12]
    if isinstance(x, float): return int(x * 8) if -1e9 < x < 1e9 else 7
    if x is None: return None
    return len(x) if isinstance(x, (list, tuple, dict, set)) else 3
def num(x):
    return x % 99991 if isinstance(x, int) else len(x) if isinstance(x, (str, list, tuple)) else 9
def show(*a):
    print(*[repr(x) if isinstance(x, (int, str, bytes)) else type(x).__name__ for x in a])
def attempt(name, f):
    try:
        show(name, cut(f()))
    except BaseException as e:
        print(name, 'raised', type(e).__name__)
def take(g, n=4):
    out = []
    for x in g:
        tick()
        out.append(cut(x))
        if len(out) >= n: break
    return out
def drive(c):
    n = 0
    try:
        while n < 40:
            c.send(None)
            n += 1
    except StopIteration as e:
        return e.value
    c.close()
    return n
def deco(*a, **k):
    def outer(f):
        def inner(*args, **kw): return f(*args, **kw)
        return inner
    return outer
class Manager:
    def __init__(self, quiet): self.quiet = quiet
    def __enter__(self): return 5
    def __exit__(self, kind, error, trace):
        show('exit', kind is None)
        return self.quiet
    async def __aenter__(self): return 6
    async def __aexit__(self, kind, error, trace):
        show('aexit', kind is None)
        return self.quiet
class Steps:
    def __init__(self, n): self.n = n
    def __aiter__(self): return self
    def __iter__(self): return self
    async def __anext__(self):
        tick()
        self.n -= 1
        if self.n < 0: raise StopAsyncIteration
        return self.n
    def __await__(self):
        x = yield self.n
        return self.n
g0 = 3; g1 = 'abcdef'; g2 = [4, 5, 6]; g3 = {'a': 1, 'b': 2}
"""
GLOBALS = ("g0", "g1", "g2", "g3")
ERRORS = ("ValueError", "TypeError", "KeyError", "IndexError", "Fault", "(OSError, Fault)")
ERRORS_MORE = ("Exception", "NameError", "AttributeError", "LookupError", "ZeroDivisionError")
BINARY = ("+", "-", "*", "//", "%", "/", "&", "|", "^")
AUGMENTED = ("+=", "-=", "*=", "//=", "%=", "&=", "|=", "^=", ">>=")
COMPARE = ("<", "<=", ">", ">=", "==", "!=", "in", "not in")


@dataclass
class Scope:
    """What may be written here: the kind of function, its variables, how deep in loops."""

    kind: str  # module, def, gen, async, class
    names: list[str]
    parent: "Scope | None" = None
    loops: int = 0
    children: int = 0
    functions: list[tuple[str, str]] = field(default_factory=list)  # name, kind

    def callables(self) -> list[tuple[str, str]]:
        return self.functions + (self.parent.callables() if self.parent else [])


class Writer:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.indent = 0
        self.count = 0
        self.room = self.random.choice((60, 120, 250))
        self.scope = Scope("module", list(GLOBALS))

    # --- small helps

    def put(self, text: str) -> None:
        self.lines.append("    " * self.indent + text)
        self.room -= 1

    def block(self, head: str, body: Callable[[], None]) -> None:
        self.put(head)
        self.indent += 1
        body()
        self.indent -= 1

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def fresh(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def name(self) -> str:
        if self.scope.kind != "module" and self.chance(15):
            return self.random.choice(GLOBALS)
        outer = self.scope.parent
        if outer and outer.kind != "class" and outer.names and self.chance(30):
            return self.random.choice(outer.names)
        return self.random.choice(self.scope.names or list(GLOBALS))

    # --- expressions

    def expr(self, depth: int = 3) -> str:
        if depth <= 0:
            return self.atom()
        ways = [
            self.atom, self.binary, self.binary, self.compare, self.chain, self.logic, self.unary,
            self.choice, self.display, self.comprehension, self.lambda_, self.subscript,
            self.fstring, self.call, self.method, self.shift, self.walrus, self.suspend,
        ]  # fmt: skip
        self.depth = depth - 1
        return self.random.choice(ways)()

    def sub(self) -> str:
        depth = self.depth
        text = self.expr(depth)
        self.depth = depth
        return text

    depth = 0

    def atom(self) -> str:
        r = self.random
        if self.chance(55):
            return self.name()
        return r.choice(
            (
                str(r.randrange(-20, 300)),
                str(r.randrange(-(1 << 31), 1 << 31)),
                f"0x{r.getrandbits(r.choice((33, 62, 63, 64, 100, 200))):x}",
                repr("".join(r.choice("abcxyz{} é") for _ in range(r.randrange(9)))),
                repr(bytes(r.randrange(256) for _ in range(r.randrange(6)))),
                f"{r.randrange(100)}.{r.randrange(100)}",
                "None",
                "True",
                "False",
                "...",
                f"({r.randrange(9)}, 'k', (1.5, None))",
                "__name__[:0]",
                f"({r.randrange(9)}j).imag",
            )
        )

    def binary(self) -> str:
        return f"cut({self.number()} {self.random.choice(BINARY)} {self.number(' or 3')})"

    def number(self, more: str = "") -> str:
        """An expression that is seldom no number: most operators raise on anything else."""
        return self.sub() if self.chance(4) else f"(num({self.sub()}){more})"

    def shift(self) -> str:
        how = self.random.choice(("<<", ">>", "**"))
        return f"{self.number()} {how} {self.random.randrange(4)}"

    def compare(self) -> str:
        return f"({self.compared()})"

    def compared(self) -> str:
        how = self.random.choice(COMPARE)
        if how in ("in", "not in"):
            return f"{self.sub()} {how} ({self.sub()}, 1, 'k')"
        if how in ("==", "!="):
            return f"{self.sub()} {how} {self.sub()}"
        return f"{self.number()} {how} {self.number()}"

    def chain(self) -> str:
        parts = [self.number()]
        for _ in range(self.random.randrange(1, 4)):
            parts += [self.random.choice(COMPARE[:6]), self.number()]
        return f"({' '.join(parts)} in (True, {self.sub()}))"

    def logic(self) -> str:
        how = self.random.choice(("and", "or"))
        return f"({self.sub()} {how} {self.sub()} {how} {self.sub()})"

    def unary(self) -> str:
        if self.chance(30):
            return f"({self.sub()} is {self.random.choice(('', 'not '))}None)"
        return f"({self.random.choice(('-', '+', '~', 'not '))}{self.number()})"

    def choice(self) -> str:
        return f"({self.sub()} if {self.sub()} else {self.sub()})"

    def display(self) -> str:
        parts = [self.sub() for _ in range(self.random.randrange(0, 4))]
        kind = self.random.randrange(4)
        if kind == 0:
            return f"[{', '.join(parts)}]"
        if kind == 1:
            return f"({''.join(p + ', ' for p in parts)})"
        if kind == 2 and parts:
            return f"{{{', '.join(f'cut({p})' for p in parts)}}}"
        return f"{{{', '.join(f'{i}: {p}' for i, p in enumerate(parts))}}}"

    def comprehension(self) -> str:
        r, x, y = self.random, self.fresh("c"), self.fresh("c")
        outer = self.scope
        source = r.choice((f"range({r.randrange(4)})", f"take([{self.sub()}, 2, 3])", "'xyz'"))
        self.scope = Scope("comp", [x], outer, functions=[])
        value = f"cut({self.sub()})"
        tail = f"for {x} in {source}"
        if self.chance(40):
            tail += f" if {self.sub()}"
        if self.chance(25):
            tail += f" for {y} in range({r.randrange(3)})"
            value = f"(cut({x}), {y}, {value})"
        self.scope = outer
        kind = r.randrange(4)
        if kind == 0:
            return f"[{value} {tail}]"
        if kind == 1:
            return f"{{{value} {tail}}}"
        if kind == 2:
            return f"{{cut({x}): {value} {tail}}}"
        return f"take({value} {tail})"

    def lambda_(self) -> str:
        outer, x = self.scope, self.fresh("l")
        default = self.sub() if self.chance(40) else None
        self.scope = Scope("lambda", [x], outer)
        body = self.sub()
        self.scope = outer
        if default is not None:
            return f"(lambda {x}={default}: {body})()"
        if self.chance(30):
            return f"(lambda *{x}, **z: {body})({self.sub()}, q=1)"
        return f"(lambda {x}: {body})({self.sub()})"

    def subscript(self) -> str:
        if self.chance(50):
            if self.chance(10):
                return f"{self.sub()}[{self.sub()}]"
            return f"({self.sub()}, 2, 'g', {self.sub()})[num({self.sub()}) % 4]"
        parts = [self.number() if self.chance(50) else "" for _ in range(2)]
        step = self.random.choice(("", ":", ":1", ":2", ":-1"))
        text = "'abcdefg'"
        return f"{self.random.choice((text, 'g2', self.name()))}[{parts[0]}:{parts[1]}{step}]"

    def fstring(self) -> str:
        value, name = self.name(), self.name()
        conversion = self.random.choice(("", "!r", "!s", ":>5", ":<7"))
        return f'f"a{{cut({value}){conversion}}}{{{{b}}}}{{cut({name})}}"'

    def call(self) -> str:
        known = self.scope.callables()
        if not known:
            return f"len({self.sub()})"
        name, kind = self.random.choice(known)
        text = f"{name}({self.arguments()})"
        if kind == "gen":
            return f"take({text})"
        if kind == "async":
            return f"(await {text})" if self.scope.kind == "async" else f"drive({text})"
        return text

    def arguments(self) -> str:
        parts = [self.sub() for _ in range(self.random.randrange(3))]
        if self.chance(25):
            parts.append(f"*take([{self.sub()}, 1])")
        if self.chance(25):
            parts.append(f"k1={self.sub()}")
        if self.chance(20):
            parts.append(f"**{{'k2': {self.sub()}}}")
        return ", ".join(parts)

    def method(self) -> str:
        return self.random.choice(
            (
                f"str(cut({self.sub()})).upper()",
                f"'{{}}-{{!r}}'.format(cut({self.sub()}), 1)",
                f"g3.get({self.sub()}, {self.sub()})",
                f"sorted(take([2, 1]), key=lambda q: cut({self.name()}))",
                f"isinstance({self.sub()}, (int, str))",
                f"getattr({self.sub()}, 'append', None)",
                f"sum(map(int, (7, '8')), {self.number()})",
                f"list(zip((1, 2), take([{self.sub()}])))",
                f"','.join([str({self.number()}), 'z'])",
            )
        )

    def walrus(self) -> str:
        if self.scope.kind in ("def", "gen", "async") and self.own():
            return f"({self.random.choice(self.own())} := cut({self.sub()}))"
        return self.atom()

    def suspend(self) -> str:
        if self.scope.kind == "gen":
            if self.chance(30):
                return f"(yield from take([{self.sub()}, 2]))"
            return f"(yield {self.sub()})"
        if self.scope.kind == "async":
            return f"(await Steps({self.random.randrange(3)}))"
        return self.atom()

    # --- statements

    def own(self) -> list[str]:
        return [n for n in self.scope.names if n not in GLOBALS or self.scope.kind == "module"]

    def target(self) -> str:
        own = self.own()
        return self.random.choice(own) if own else self.fresh("v")

    def body(self, depth: int, most: int = 4) -> None:
        for _ in range(self.random.randrange(1, most + 1)):
            self.statement(depth)
            if self.room < 0:
                break

    def statement(self, depth: int) -> None:
        if depth <= 0 or self.room < 0:
            self.simple()
            return
        ways: list[Callable[[], object]] = [
            self.simple, self.simple, self.simple, self.simple, self.if_, self.for_,
            self.while_, self.try_, self.try_, self.with_, self.jump, self.jump, self.async_,
        ]  # fmt: skip
        if self.scope.children < 3:
            ways += [self.def_, self.def_, self.class_]
        self.block_depth = depth - 1
        self.random.choice(ways)()

    block_depth = 0

    def inner(self, most: int = 3) -> Callable[[], None]:
        depth = self.block_depth

        def write() -> None:
            self.body(depth, most)
            self.block_depth = depth

        return write

    def simple(self) -> None:
        kind, r = self.random.randrange(14), self.random
        if kind < 4:
            name = self.target()
            self.put(
                f"{name} = cut({self.expr()})" + (f"; show({name})" if self.chance(40) else "")
            )
        elif kind == 4:
            name = self.target()
            self.put(f"{name} = num({name}); {name} {r.choice(AUGMENTED)} {r.randrange(1, 9)}")
        elif kind == 5:
            self.put(f"show({self.expr()}, {self.expr(1)})")
        elif kind == 6:
            names = [self.target() for _ in range(r.randrange(2, 4))]
            values = [f"cut({self.expr(2)})" for _ in names]
            self.put(f"{', '.join(names)} = {', '.join(values)}")
        elif kind == 7:
            self.put(f"{self.target()}, *w, ({self.target()}, {self.target()}) = "
                     f"cut({self.expr(1)}), {self.expr(1)}, 8, (1, {r.randrange(9)})")  # fmt: skip
            self.put("w = cut(w)")
        elif kind == 8:
            name = self.target()
            self.put(f"w = [1, 2, {self.expr(1)}, 4]; w[{r.randrange(-5, 5)}] = {self.expr(1)}")
            self.put(f"del w[{r.choice(('0', '1:2', '-1', '::2'))}]; {name} = len(w)")
            self.put("w[0] += 1")
            self.put("w = cut(w)")
        elif kind == 9 and self.scope.kind in ("def", "gen", "async") and self.chance(50):
            name = self.target()
            self.put(f"del {name}")
            if self.chance(80):
                self.put(f"{name} = {r.randrange(99)}")
        elif kind == 10:
            self.put(f"assert {self.expr(2)} != {r.randrange(9)}, {self.expr(1)}")
        elif kind == 11 and self.chance(40):
            error = r.choice(ERRORS[:5])
            self.put(f"if {self.expr(1)} == {self.expr(1)}: raise {error}({self.expr(1)})"
                     + r.choice(("", " from None", " from ValueError(2)")))  # fmt: skip
        elif kind == 12:
            self.put(r.choice(("import sys", "from sys import version as w, path as p",
                               "import sys as w, micropython", "pass", "'text'", "w: int = 2",
                               "lambda: g0 @ g1",
                               "if __debug__: show('debug')")))  # fmt: skip
            self.put("w = 1")
        else:
            self.put(self.expr())

    def if_(self) -> None:
        self.block(f"if {self.expr(2)}:", self.inner())
        while self.chance(30):
            self.block(f"elif {self.expr(2)}:", self.inner(2))
        if self.chance(50):
            self.block("else:", self.inner(2))

    def loop(self, head: str, before: tuple[str, ...] = ("tick()",)) -> None:
        inner = self.inner()

        def write() -> None:
            for line in before:
                self.put(line)
            inner()

        self.scope.loops += 1
        self.block(head, write)
        self.scope.loops -= 1
        if self.chance(40):
            self.block("else:", self.inner(2))

    def for_(self) -> None:
        r = self.random
        source = r.choice(
            (
                f"range({r.randrange(5)})",
                f"range({r.randrange(5)}, {r.randrange(-3, 9)}, {r.choice((-2, -1, 1, 3))})",
                f"range(num({self.atom()}) % 5 if {self.expr(1)} else 2)",
                f"take([{self.expr(2)}, 2])",
                "'ab'",
                "(1, 2, 3)",
                "[4, 5, 6][:2]",
            )
        )
        if self.chance(20):
            self.loop(f"for {self.target()}, (w, *{self.target()}) in ((1, 'ab'), (2, (3,))):")
        else:
            self.loop(f"for {self.target()} in {source}:")

    def while_(self) -> None:
        name, n = self.fresh("n"), self.random.randrange(1, 5)
        self.put(f"{name} = {n}")
        if self.chance(30):
            self.loop("while True:", ("tick()", f"{name} -= 1", f"if {name} < 0: break"))
        else:
            self.loop(f"while {name} > 0 and {self.expr(1)} is not {name}:",
                      ("tick()", f"{name} -= 1"))  # fmt: skip

    def try_(self) -> None:
        has_finally = self.chance(45)
        has_except = not has_finally or self.chance(60)
        self.block("try:", self.inner())
        if has_except:
            for error in self.random.sample(ERRORS, self.random.randrange(3)):
                name = self.fresh("e")
                self.block(f"except {error}" + (f" as {name}:" if self.chance(50) else ":"),
                           self.handler())  # fmt: skip
            last = self.random.choice(ERRORS_MORE)
            self.block("except:" if self.chance(30) else f"except {last}:", self.handler())
            if self.chance(35):
                self.block("else:", self.inner(2))
        if has_finally:
            loops, self.scope.loops = self.scope.loops, 0
            self.block("finally:", self.inner(2))
            self.scope.loops = loops

    def handler(self) -> Callable[[], None]:
        inner = self.inner(2)

        def write() -> None:
            inner()
            if self.chance(15):
                self.put("raise")

        return write

    def with_(self) -> None:
        quiet = [self.random.choice(("True", "False", self.name())) for _ in range(3)]
        items = [f"Manager({q})" for q in quiet[: self.random.randrange(1, 4)]]
        if self.chance(60):
            items[0] += f" as {self.target()}"
        self.block(f"with {', '.join(items)}:", self.inner())

    def async_(self) -> None:
        if self.scope.kind != "async":
            self.try_()
        elif self.chance(50):
            self.loop(f"async for {self.target()} in Steps({self.random.randrange(4)}):")
        else:
            self.block(f"async with Manager({self.name()}) as {self.target()}:", self.inner())

    def jump(self) -> None:
        if self.scope.loops and self.chance(75):
            self.put(f"if {self.expr(1)}: {self.random.choice(('break', 'continue'))}")
        elif self.scope.loops and self.chance(40):
            self.put(self.random.choice(("break", "continue")))
        elif self.scope.kind in ("def", "gen", "async"):
            value = self.expr(2) if self.chance(85) else ""
            self.put(f"if {self.expr(1)}: return {value}".rstrip())
        else:
            self.simple()

    def def_(self, method: bool = False) -> tuple[str, str]:
        r, outer = self.random, self.scope
        outer.children += 1
        kind = "def" if method else r.choice(("def", "def", "gen", "async"))
        name = self.fresh("f")
        arguments = [self.fresh("a") for _ in range(r.randrange(0, 4))]
        n_default = r.choice((r.randrange(len(arguments) + 1), len(arguments)))
        parts = ["self"] if method else []
        for i, a in enumerate(arguments):
            needed = i < len(arguments) - n_default
            parts.append(a if needed else f"{a}={self.atom()}")
        if self.chance(75):
            parts.append("*rest")
            arguments.append("rest")
        elif self.chance(50):
            parts.append("*")
        if parts and parts[-1] in ("*", "*rest"):
            parts.append("k1" if self.chance(15) else f"k1={self.atom()}")
            arguments.append("k1")
        if self.chance(85):
            parts.append("**more")
            arguments.append("more")
        names = arguments + [f"v{i}" for i in range(r.choice((1, 3, 3, 5, 22)))]
        inner = self.inner(6)
        if self.chance(15) and not method:
            self.put("@deco(1, k=2)")
            if self.chance(30):
                self.put("@deco()")
        scope = Scope(kind, names, outer)

        def write() -> None:
            self.start_function(scope, outer)
            inner()
            if kind == "gen":
                self.put(f"yield {self.expr(1)}")
            if self.chance(80):
                self.put(f"return {self.expr(2)}")

        self.scope = scope
        self.block(f"{'async ' if kind == 'async' else ''}def {name}({', '.join(parts)}):", write)
        self.scope = outer
        if not method and outer.kind != "class":
            outer.functions.append((name, kind))
        return name, kind

    def start_function(self, scope: Scope, outer: Scope) -> None:
        """Declarations, and a value for each local that is no argument."""
        if self.chance(40):
            name = self.random.choice(GLOBALS[:2])
            self.put(f"global {name}")
            scope.names = [*scope.names, f"{name}"]
        free = [n for n in outer.names if n not in scope.names and n not in GLOBALS]
        if outer.kind in ("def", "gen", "async") and free and self.chance(60):
            name = self.random.choice(free)
            self.put(f"nonlocal {name}")
            scope.names = [*scope.names, name]
        self.put("tick()")
        for name in (n for n in scope.names if n[0] == "v" and n not in free):
            self.put(f"{name} = {self.random.randrange(50)}")
        self.put("w = 0")

    def class_(self) -> None:
        r, outer, name = self.random, self.scope, self.fresh("C")
        outer.children += 1
        base = r.choice(("object", "Manager", "Steps", "Fault", "list"))
        scope = Scope("class", [], outer, children=3)
        depth = self.block_depth
        seen: list[str] = []

        def write() -> None:
            self.put("'doc'")
            self.put(f"x = {self.atom()}")
            if self.chance(50):
                self.put(f"x = cut([x for _ in range(2)]); y = x, {self.expr(1)}")
            self.block("def __init__(self, *args):", lambda: self.put(
                r.choice(("super().__init__(*args)", f"super({name}, self).__init__(2)"
                          if outer.kind == "module" else "pass"))))  # fmt: skip
            for _ in range(r.randrange(1, 3)):
                self.block_depth = min(depth, 2)
                method, _ = self.def_(method=True)
                seen.append(method)
                if self.chance(30):
                    self.put(f"p{method} = property({method})")
            if self.chance(40):
                self.put("@staticmethod")
                self.block("def fixed(a, b=2):", lambda: self.put(f"return {self.expr(1)}"))
            if self.chance(40):
                self.put("@classmethod")
                self.block("def kind(cls, *a):", lambda: self.put("return cls.x"))

        self.scope = scope
        self.block(f"class {name}({base}):", write)
        self.scope = outer
        self.block_depth = depth
        self.put("try:")
        self.put(
            f"    o = {name}({'' if base in ('object', 'list') else '2'}); "
            f"o.z = cut({self.expr(1)}); o.z += 1"
        )
        self.put(f"    show('{name}', cut(o.{seen[0]}({self.expr(1)})), o.z, cut(o.x))")
        self.put("    del o.z")
        self.put(f"except Exception as o: show('{name}', type(o).__name__)")

    # --- the program

    def program(self) -> str:
        while self.room > 0:
            first = len(self.lines)
            self.block_depth = 4
            self.random.choice((self.def_, self.def_, self.class_, lambda: self.statement(3)))()
            self.scope.children = 0
            # An exception ends one statement of the module, not the program.
            written = self.lines[first:]
            if not written[0].startswith(("def ", "async def ", "@")):
                self.lines[first:] = [
                    "try:",
                    *("    " + line for line in written),
                    "except BaseException as e: print('raised', type(e).__name__)",
                ]
        for name, kind in self.scope.functions:
            for given in ("", "1, 'two'", "3, [4], 5, k1=6"):
                call = f"{name}({given})"
                call = {"gen": f"take({call})", "async": f"drive({call})"}.get(kind, call)
                self.lines.append(f"fuel = 300; attempt('{name}', lambda: {call})")
        return PRELUDE + "\n".join(self.lines) + "\n"


def program(seed: int) -> str:
    return Writer(seed).program()
