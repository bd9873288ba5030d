# SPDX-License-Identifier: MIT
"""bench/size: bytes of text, data, bss and image, for every board of every port that is built."""

from pathlib import Path

import click
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from antaresia_bench.figures import Row, show
from antaresia_tools.boards import Board, arches, boards

KIB = 1024
AIMS = {("x86_64", "pc"): 1024 * KIB, ("xtensa", "esp8266"): 640 * KIB}
# What is left, by the symbol of the linker script that says so.
LEFT = {"heap": "ld_heap_bytes", "flash left": "ld_flash_left_bytes", "files": "ld_files_bytes"}
LEFT_AIMS = {"heap": f">= {36 * KIB}", "flash left": None, "files": None}
PARTS = ("text", "data", "bss", "image")


def _elf_path(image: Path) -> Path:
    """The image, or the ELF file beside it that it was cut from."""
    return image if image.read_bytes()[:4] == b"\x7fELF" else image.with_name("antaresia.elf")


def _sections(elf: ELFFile) -> dict[str, int]:
    """As binutils' size counts: text is what is loaded and never written, constants included."""
    sizes = dict.fromkeys(("text", "data", "bss"), 0)
    for section in elf.iter_sections():
        flags = section["sh_flags"]
        if not flags & SH_FLAGS.SHF_ALLOC:
            continue
        if section["sh_type"] == "SHT_NOBITS":
            sizes["bss"] += section["sh_size"]
        else:
            sizes["data" if flags & SH_FLAGS.SHF_WRITE else "text"] += section["sh_size"]
    return sizes


def sizes(image: Path) -> dict[str, int]:
    """Bytes of each part; the image is what is loaded or flashed, without debug information."""
    elf_path = _elf_path(image)
    with elf_path.open("rb") as file:
        elf = ELFFile(file)
        found = _sections(elf)
        loads = [each for each in elf.iter_segments() if each["p_type"] == "PT_LOAD"]
        found["image"] = sum(each["p_filesz"] for each in loads)
    if elf_path != image:
        found["image"] = image.stat().st_size
    return found


def _left(image: Path) -> list[tuple[str, int]]:
    """Of a board with fixed memory: what its linker script says is left for Python and for code."""
    with _elf_path(image).open("rb") as file:
        table = ELFFile(file).get_section_by_name(".symtab")
        assert isinstance(table, SymbolTableSection)
        values = {s.name: s["st_value"] for s in table.iter_symbols() if s.name.startswith("ld_")}
    return [(what, values[name]) for what, name in LEFT.items() if name in values]


def _rows(board: Board) -> list[Row]:
    label = f"{board.arch}-{board.name}"
    image = board.image_path()
    if not image.exists():
        hint = f"not built: tools/build --arch {board.arch} --board {board.name}"
        return [Row(f"{label}/image", "bytes", None, note=hint)]
    found = sizes(image)
    left = _left(image)
    aim = AIMS.get((board.arch, board.name))
    return [
        Row(
            f"{label}/{part}",
            "bytes",
            found[part],
            aim=f"<= {aim}" if aim and part == "image" else None,
        )
        for part in PARTS
    ] + [Row(f"{label}/{what}", "bytes", bytes_, aim=LEFT_AIMS[what]) for what, bytes_ in left]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list of rows.")
@click.option("--quick", is_flag=True, help="The same: this is quick.")
def command(as_json: bool, quick: bool) -> None:
    """Bytes of every image that is built. Nothing is built here: see tools/build --all."""
    rows = [row for arch in arches() for board in boards(arch) for row in _rows(board)]
    show(rows, as_json)
