# SPDX-License-Identifier: MIT
"""Makes a finding small: leaves out lines as long as the same is found."""

import ast
from collections.abc import Callable
from pathlib import Path

import machine


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _without(pieces: list[str], shows: Callable[[list[str]], bool]) -> list[str]:
    """Leaves out runs of pieces, from half of all down to single ones."""
    size = max(1, len(pieces) // 2)
    while True:
        at = 0
        while at < len(pieces):
            fewer = pieces[:at] + pieces[at + size :]
            if shows(fewer):
                pieces = fewer
            else:
                at += size
        if size == 1:
            return pieces
        size = max(1, size // 2)


def minimise(image: Path, program: str, say: Callable[[str], None]) -> str:
    first = machine.check(image, program.encode())
    if first is None:
        return program
    wanted = first.signature()
    needs_syntax = _parses(program)

    def shows(lines: list[str]) -> bool:
        text = "".join(lines)
        if needs_syntax and not _parses(text):
            return False
        found = machine.check(image, text.encode())
        return found is not None and found.signature() == wanted

    lines = program.splitlines(keepends=True)
    while True:
        fewer = _without(lines, shows)
        say(f"{len(lines)} lines, {len(fewer)} are enough")
        if len(fewer) == len(lines):
            return "".join(lines)
        lines = fewer
