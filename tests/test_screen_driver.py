# SPDX-License-Identifier: MIT
"""A screen in QEMU, looked at by screenshots, and a keyboard that types on it."""

import time

import pytest
from screen import Picture
from target import Target, TargetError

from antaresia_tools import paths

CELL = (8, 10)
LETTERS = [chr(code) for code in range(32, 127)]
# The letters as the machine draws them: eight bytes each, as rows.
FONT = """
import framebuf
for code in range(32, 127):
    dots = bytearray(8)
    framebuf.FrameBuffer(dots, 8, 8, framebuf.MONO_HLSB).text(chr(code), 0, 0, 1)
    print(dots.hex())
"""
MANY = "for i in range(1500):\n    screen.write('line %d\\n' % i)\nscreen.write('last')\n"
MACHINES = {"q35": ("x86_64", "q35"), "virt": ("aarch64", "virt")}


def font_of(target: Target) -> dict[tuple[bool, ...], str]:
    rows = target.check(FONT).split()
    assert len(rows) == len(LETTERS)
    return {
        tuple(bool(byte >> (7 - x) & 1) for byte in bytes.fromhex(row) for x in range(8)): letter
        for row, letter in zip(rows, LETTERS, strict=True)
    }


def text_of(picture: Picture, font: dict[tuple[bool, ...], str]) -> list[str]:
    """The lines; the cursor is below the letters' dots."""
    assert (picture.width, picture.height) == (640, 480)
    return [
        "".join(
            font.get(picture.cell(x, y + 1, 8, 8), "?") for x in range(0, 640, CELL[0])
        ).rstrip()
        for y in range(0, 480, CELL[1])
    ]


def put(name: str, text: str) -> str:
    return f"with open({name!r}, 'w') as file:\n    file.write({text!r})\n"


@pytest.mark.parametrize("name", MACHINES)
def test_a_screen(tmp_path, name):
    arch, machine = MACHINES[name]
    extra = ("-device", "bochs-display", "-device", "virtio-keyboard-pci")
    app = (paths.ROOT / "apps" / "typewriter.py").read_text()
    with Target(arch, machine, extra=extra) as target:

        def look() -> list[str]:
            return text_of(Picture(target.guest, tmp_path / "shot"), font)

        target.boot()
        font = font_of(target)
        start = put("typewriter.py", app) + "import typewriter\nparts = typewriter.main()\n"
        target.check(start + "keyboard, screen, copier = parts\nprint(screen.info())")
        assert look() == ["Type:"] + [""] * 47
        for key in ("h", "i", "x", "backspace", "ret", "o", "k"):
            target.guest.qmp("send-key", keys=[{"type": "qcode", "data": key}])
        wanted, end = ["Type:", "hi", "ok"] + [""] * 45, time.monotonic() + 30
        while look() != wanted:
            if time.monotonic() > end:
                raise TargetError(f"the screen shows {look()}")
        target.check("screen.write('\\n' + 'x' * 85 + '\\na\\tb\\rc')")
        assert look()[3:7] == ["x" * 80, "xxxxx", "c       b", ""]
        target.check(MANY)
        assert look() == [f"line {i}" for i in range(1453, 1500)] + ["last"]
        target.check("screen.clear()\nscreen.write('!')\nscreen.draw(8, 1, 8, b'\\xff' * 128)")
        picture = Picture(target.guest, tmp_path / "shot")
        assert all(picture.cell(8, 1, 8, 8)) and not any(picture.cell(16, 0, 8, 10))
        error = "try:\n    screen.draw(%s)\nexcept OSError:\n    print('refused')\n"
        for wrong in ("633, 0, 8, bytes(16)", "0, 480, 8, bytes(16)", "-1, 0, 8, bytes(16)"):
            assert target.check(error % wrong) == "refused\n"
