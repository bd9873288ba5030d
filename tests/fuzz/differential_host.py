# SPDX-License-Identifier: MIT
"""CPython's side of the differential run: reads programs, says what each prints.

A process of its own, so that nothing of a program stays in the fuzzer. What CPython names more
finely than MicroPython is named as MicroPython does: UnboundLocalError is NameError there. And
there a bool is no int.
"""

import contextlib
import io
import json
import resource
import signal
import sys
import types
import warnings
from typing import Any

KNOWN = {
    *("ArithmeticError", "AssertionError", "AttributeError", "EOFError", "Exception"),
    *("GeneratorExit", "ImportError", "IndentationError", "IndexError", "KeyError"),
    *("KeyboardInterrupt", "LookupError", "MemoryError", "NameError", "NotImplementedError"),
    *("OSError", "OverflowError", "RuntimeError", "StopIteration", "SyntaxError", "SystemExit"),
    *("StopAsyncIteration", "TypeError", "UnicodeError", "ValueError", "ZeroDivisionError"),
}
SECONDS = 5  # for one program, of processor time
MEMORY_BYTES = 1 << 31  # list(range(10**9)) is MemoryError there as here


def kind(error: BaseException) -> str:
    name = type(error).__name__
    if type(error).__module__ in ("struct", "re"):
        return "ValueError"
    if type(error).__module__ not in ("builtins", "json.decoder"):
        return name
    return next((c.__name__ for c in type(error).__mro__ if c.__name__ in KNOWN), name)


def is_instance(thing: object, kinds: Any) -> bool:
    """A bool is no int there."""
    every = kinds if isinstance(kinds, tuple) else (kinds,)
    if isinstance(thing, bool):
        return any(k in (bool, object) for k in every)
    return isinstance(thing, kinds)


class TookLong(BaseException):
    pass


def give_up(*_: object) -> None:
    raise TookLong


def run(source: str) -> str | None:
    """What it prints; None if it takes long."""
    printed = io.StringIO()
    place = {"__name__": "__main__", "kind": kind, "isinstance": is_instance}
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(source, "case", "exec"), place)
    except TookLong:
        return None
    except Exception as error:
        return printed.getvalue() + f"ended by {kind(error)}\n"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return printed.getvalue()


def main() -> None:
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGPROF, give_up)
    sys.set_int_max_str_digits(0)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    sys.modules["micropython"] = types.ModuleType("micropython")
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
