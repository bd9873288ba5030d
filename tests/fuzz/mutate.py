# SPDX-License-Identifier: MIT
"""Changes upstream's test programs: numbers, names, strings and lines of one or of two programs."""

import random
import re
from functools import cache

from generate import INTS, MUTATIONS, STRINGS

from antaresia_tools import deps

FOLDERS = ("basics", "extmod", "float", "micropython", "misc", "unicode", "io", "stress", "import")
TOKEN = re.compile(r"(\"[^\"\n]*\"|'[^'\n]*'|\d[\w.]*|[A-Za-z_]\w*|\s+|.)")
MAX_BYTES = 4000
KEYWORDS = set(
    "and as assert async await break class continue def del elif else except finally for from global if import in is "
    "lambda nonlocal not or pass raise return try while with yield None True False print".split()
)
# These end or stop the machine, or wait for input.
HARMFUL = re.compile(
    r"power_off|reset|_fault|input\(|stdin|sleep|machine\.|socket|idle|time_pulse|ticks_|\.poll|viper|native|asm_"
)
VALUES = (
    INTS + STRINGS[:20] + ["None", "[]", "{}", "()", "bytearray(9)", "object()", "gc", "A", "K"]
)
FRONT = "import gc,sys\nK=[]\ndef A(*a):\n    gc.collect()\n    K.append(1)\n"


def load_tests() -> list[str]:
    """The programs, small ones; what they import of upstream's unittest is not here."""
    found = []
    for folder in FOLDERS:
        for path in sorted((deps.micropython_dir() / "tests" / folder).glob("*.py")):
            text = path.read_bytes()
            if 0 < len(text) < MAX_BYTES and not HARMFUL.search(text.decode(errors="replace")):
                found.append(text.decode("utf-8", "surrogateescape"))
    return found


@cache
def _tokens(line: str) -> tuple[str, ...]:
    return tuple(TOKEN.findall(line))


def _names(lines: list[str]) -> list[str]:
    found = {t for line in lines for t in _tokens(line) if t.isidentifier() and t not in KEYWORDS}
    return sorted(found) or ["x"]


def _change_token(rng: random.Random, line: str, names: list[str]) -> str:
    tokens = list(_tokens(line))
    places = [i for i, token in enumerate(tokens) if token[0] not in " \n#:"]
    if not places:
        return line
    at = rng.choice(places)
    token = tokens[at]
    if token[0].isdigit() or token[0] in "\"'":
        tokens[at] = rng.choice(VALUES)
    elif token.isidentifier() and token not in KEYWORDS:
        tokens[at] = rng.choice(names) if rng.random() < 0.7 else rng.choice(VALUES)
    elif token in "+-*/%&|^<>":
        tokens[at] = rng.choice("+-*/%&|^<>")
    else:
        other = rng.choice(places)
        tokens[at], tokens[other] = tokens[other], tokens[at]
    return "".join(tokens)


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _mutation(rng: random.Random, names: list[str]) -> str:
    line = rng.choice(MUTATIONS)
    for mark in ("$V", "$W", "$X"):
        line = line.replace(mark, rng.choice(names))
    return line.replace("$I", rng.choice(INTS))


def program(rng: random.Random, tests: list[str]) -> str:
    lines = rng.choice(tests).split("\n")
    if rng.random() < 0.25:
        lines += rng.choice(tests).split("\n")
    names = _names(lines)
    for _ in range(rng.choice((1, 1, 2, 3, 4, 6, 10))):
        at = rng.randrange(len(lines))
        way = rng.random()
        if way < 0.6:
            lines[at] = _change_token(rng, lines[at], names)
        elif way < 0.7:
            del lines[at]
            lines = lines or [""]
        elif way < 0.8:
            lines.insert(at, _indent(lines[at]) + _mutation(rng, names))
        elif way < 0.9:
            other = rng.choice(lines).strip()
            lines.insert(at, _indent(lines[at]) + other)
        else:
            other = rng.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
    strain = ""
    chance = rng.random()
    if chance < 0.15:
        strain = (
            f"# fuzz: fail={int(2 ** rng.uniform(0, 10))} fails={rng.choice((1, 1, 3, 10**6))}\n"
        )
    elif chance < 0.22:
        strain = f"# fuzz: collect={rng.choice((1, 3, 10, 50))}\n"
    return strain + FRONT + "\n".join(lines) + "\n"
