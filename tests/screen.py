# SPDX-License-Identifier: MIT
"""Reads text off a machine's screen: a screenshot by QMP, cut into cells, letters by their dots."""

import re
from pathlib import Path

from antaresia_tools import paths
from antaresia_tools.guest import Guest

FONT = paths.ROOT / "port/x86_64/font.c"
COLUMNS, ROWS = 5, 9  # of dots in a letter
CELL = (6, 11)  # with the space around
TEXT_MODE = (720, 400)  # VGA: 80 by 25 cells of 9 by 16


class Picture:
    """A screenshot as rows of lit or dark dots."""

    def __init__(self, guest: Guest, path: Path) -> None:
        guest.qmp("screendump", filename=str(path))
        data = path.read_bytes()
        header = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", data)
        assert header, data[:20]
        self.width, self.height = int(header[1]), int(header[2])
        pixels = data[header.end() :]
        self.lit = [
            [
                pixels[3 * (y * self.width + x)] > 0x40
                for x in range(self.width)
            ]
            for y in range(self.height)
        ]  # fmt: skip

    def cell(self, x: int, y: int, width: int, height: int, step: int = 1) -> tuple[bool, ...]:
        """The dots of a cell whose upper left corner is at x, y."""
        return tuple(
            self.lit[y + dy][x + dx]
            for dy in range(0, height, step)
            for dx in range(0, width, step)
        )


def _font() -> dict[tuple[bool, ...], str]:
    """Letters by their dots, in a whole cell, from the system's own font."""
    found: dict[tuple[bool, ...], str] = {}
    rows = re.findall(r"\{ ((?:0x[0-9a-f]{2}(?:, )?){9}) \}", FONT.read_text())
    for number, text in enumerate(rows):
        values = [int(word, 16) for word in text.split(", ")] + [0] * (CELL[1] - ROWS)
        dots = tuple(
            bool(value >> (COLUMNS - 1 - x) & 1) if x < COLUMNS else False
            for value in values
            for x in range(CELL[0])
        )
        found[dots] = chr(ord(" ") + number)
    assert len(found) == 96
    found[(True,) * CELL[0] * CELL[1]] = "_"  # the cursor
    return found


def framebuffer_text(picture: Picture) -> str:
    """What is on a framebuffer screen; a cell that is no letter is an error."""
    scale = 2 if picture.width >= 960 else 1
    font = _font()
    lines = []
    for y in range(picture.height // (CELL[1] * scale)):
        line = ""
        for x in range(picture.width // (CELL[0] * scale)):
            at = (x * CELL[0] * scale, y * CELL[1] * scale)
            line += font[picture.cell(*at, CELL[0] * scale, CELL[1] * scale, scale)]
        lines.append(line.rstrip())
    return "\n".join(lines)


def vga_memory_text(guest: Guest, path: Path) -> list[str]:
    """The 25 lines of VGA's text memory."""
    guest.qmp("pmemsave", val=0xB8000, size=80 * 25 * 2, filename=str(path))
    letters = path.read_bytes()[::2].decode("latin-1")
    return [letters[at : at + 80] for at in range(0, 80 * 25, 80)]


def shows(picture: Picture, lines: list[str]) -> bool:
    """Whether a picture of text mode, in whatever font, is one of these lines: each letter has one
    shape wherever it is, no two have the same, and only a space is dark."""
    assert (picture.width, picture.height) == TEXT_MODE
    shapes: dict[str, tuple[bool, ...]] = {}
    for y, line in enumerate(lines):
        for x, letter in enumerate(line):
            dots = picture.cell(x * 9, y * 16, 9, 16)
            if shapes.setdefault(letter, dots) != dots or any(dots) == (letter == " "):
                return False
    return len(set(shapes.values())) == len(shapes)
