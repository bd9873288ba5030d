# SPDX-License-Identifier: MIT
"""What of an esp8266's ELF file goes where in its flash.

The boot ROM loads the RAM parts from offset 0 and starts them; what runs in place lies where the
flash's window shows it. The layout's numbers are the linker script's own symbols.
"""

import contextlib
import functools
import io
from dataclasses import dataclass
from pathlib import Path

from elftools.elf.elffile import ELFFile

from antaresia_tools import images
from antaresia_tools.boards import Board
from antaresia_tools.errors import ToolError

WINDOW_START = 0x40200000
# Every ESP8266 module's flash can do this; what a module could do better is not worth a brick.
MODE, FREQUENCY, SIZE = "dio", "40m", "1MB"

# Where something may be: ESP8266 technical reference, memory map; the flash's window as the
# firmware has it mapped, its first megabyte. `loaded`: the boot ROM can put it there.
MEMORY = {
    "data RAM": (0x3FFE8000, 0x3FFFC000),
    "the boot ROM's data": (0x3FFFC000, 0x3FFFE000),
    "the stack": (0x3FFFE000, 0x40000000),
    "instruction RAM": (0x40100000, 0x40108000),
    "the flash": (0x40210000, 0x402A0000),
}
LOADED = ("data RAM", "instruction RAM", "the flash")


@dataclass(frozen=True)
class Layout:
    parts: tuple[tuple[int, bytes], ...]  # offset in the flash, bytes
    files_start: int
    files_bytes: int

    @property
    def end(self) -> int:
        return self.files_start + self.files_bytes


def outside_of_memory(elf: Path) -> list[str]:
    """Sections that lie, wholly or in part, where the chip has no memory for them."""
    bad = []
    with elf.open("rb") as file:
        for section in ELFFile(file).iter_sections():
            if not section["sh_flags"] & 2 or not section["sh_size"]:  # SHF_ALLOC
                continue
            start, end = section["sh_addr"], section["sh_addr"] + section["sh_size"]
            names = list(MEMORY) if section["sh_type"] == "SHT_NOBITS" else LOADED
            if not any(MEMORY[n][0] <= start and end <= MEMORY[n][1] for n in names):
                bad.append(f"{section.name} at {start:#x}, {end - start} bytes")
    return bad


def layout(board: Board) -> Layout:
    """The parts of the board's image, checked against the chip's memory and each other."""
    elf = images.elf_path(board)
    bad = outside_of_memory(elf)
    if bad:
        raise ToolError(f"{elf.name}: outside of the chip's memory: {bad[0]}", "correct its .ld")
    found = {symbol.name: symbol.address for symbol in images.Image(elf).symbols}
    files = found["ld_flash_files_start"], found["ld_flash_files_end"]
    in_place, header = _convert(str(elf))
    code = found["ld_irom_start"] - WINDOW_START
    if len(header) > code or code + len(in_place) > files[0]:
        raise ToolError(
            f"the image is too large: {len(header)} bytes of {code}, "
            f"{len(in_place)} of {files[0] - code}",
            "make the firmware smaller: tools/symbols --largest",
        )
    return Layout(((0, header), (code, in_place)), files[0], files[1] - files[0])


@functools.cache
def _convert(elf: str) -> tuple[bytes, bytes]:
    from esptool.cmds import elf2image

    with contextlib.redirect_stdout(io.StringIO()):
        parts = elf2image(
            elf, "esp8266", flash_freq=FREQUENCY, flash_mode=MODE, flash_size=SIZE, version="1"
        )
    assert isinstance(parts, tuple) and parts[0] is not None
    return parts[0], parts[1]
