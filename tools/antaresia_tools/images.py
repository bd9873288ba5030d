# SPDX-License-Identifier: MIT
"""What is in an image's ELF file: sections, symbols, and which line an address belongs to."""

import bisect
import functools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from antaresia_tools import paths
from antaresia_tools.boards import Board
from antaresia_tools.errors import ToolError


@dataclass(frozen=True)
class Symbol:
    name: str
    address: int
    size: int
    kind: str  # "func" or "object"


@dataclass(frozen=True)
class Sizes:
    text: int
    data: int
    bss: int


def elf_path(board: Board, sanitize: str | None = None) -> Path:
    """The ELF file with symbols that the board's image was made of."""
    image = board.image_path(sanitize)
    for path in (image, image.parent / "antaresia.elf"):
        if path.exists() and path.read_bytes()[:4] == b"\x7fELF":
            return path
    raise ToolError(
        f"there is no ELF file in {image.parent.relative_to(paths.ROOT)}",
        f"tools/build --arch {board.arch} --board {board.name}",
    )


class Image:
    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._elf = ELFFile(path.open("rb"))
        except ELFError as error:
            raise ToolError(f"{path} is no ELF file: {error}", "build it again") from error

    def sizes(self) -> Sizes:
        """As `size` counts them: what is read only, what is initialised, what is zeroed."""
        text = data = bss = 0
        for section in self._elf.iter_sections():
            flags = section["sh_flags"]
            if not flags & 2:  # SHF_ALLOC
                continue
            if section["sh_type"] == "SHT_NOBITS":
                bss += section["sh_size"]
            elif flags & 1:  # SHF_WRITE
                data += section["sh_size"]
            else:
                text += section["sh_size"]
        return Sizes(text, data, bss)

    @functools.cached_property
    def symbols(self) -> list[Symbol]:
        """Functions and objects, by address."""
        table = self._elf.get_section_by_name(".symtab")
        if not isinstance(table, SymbolTableSection):
            raise ToolError(f"{self.path.name} has no symbols", "build it without stripping")
        kinds = {"STT_FUNC": "func", "STT_OBJECT": "object", "STT_NOTYPE": "func"}
        found = [
            Symbol(s.name, s["st_value"], s["st_size"], kinds[s["st_info"]["type"]])
            for s in table.iter_symbols()
            if s.name and s["st_info"]["type"] in kinds and s["st_shndx"] != "SHN_UNDEF"
        ]
        # Of several names for one address the one with a size is the function's own.
        return sorted(found, key=lambda s: (s.address, s.size))

    def symbol_at(self, address: int) -> Symbol | None:
        index = bisect.bisect_right([s.address for s in self._code], address) - 1
        if index < 0:
            return None
        symbol = self._code[index]
        inside = address < symbol.address + symbol.size or symbol.size == 0
        return symbol if inside else None

    @functools.cached_property
    def _code(self) -> list[Symbol]:
        ranges = [
            (section["sh_addr"], section["sh_addr"] + section["sh_size"])
            for section in self._elf.iter_sections()
            if section["sh_flags"] & 4  # SHF_EXECINSTR
        ]
        return [
            symbol
            for symbol in self.symbols
            if symbol.kind == "func" and any(a <= symbol.address < b for a, b in ranges)
        ]

    def line_at(self, address: int) -> str:
        """file:line of an address in code, or an empty string."""
        if self._units is None:
            return ""
        offset = self._units.cu_offset_at_addr(address)
        if offset is None:
            return ""
        rows = self._rows(offset)
        index = bisect.bisect_right(rows, address, key=lambda row: row[0]) - 1
        return rows[index][1] if index >= 0 else ""

    @functools.cached_property
    def _units(self) -> Any:
        """Which compilation unit an address belongs to; None without debug information."""
        return self._elf.get_dwarf_info().get_aranges() if self._elf.has_dwarf_info() else None

    @functools.cache  # noqa: B019 (an Image lives as long as its tool)
    def _rows(self, unit_offset: int) -> list[tuple[int, str]]:
        """(first address, file:line) of each row of a unit's line table; "" where a run ends."""
        dwarf = self._elf.get_dwarf_info()
        unit = dwarf.get_CU_at(unit_offset)
        program = dwarf.line_program_for_CU(unit)
        if program is None:
            return []
        names = _file_names(program, unit)
        rows = []
        for entry in program.get_entries():
            state = entry.state
            if state is not None:
                where = "" if state.end_sequence else f"{names.get(state.file, '?')}:{state.line}"
                rows.append((state.address, where))
        # At one address the last row counts; the end of a run comes before the start of the next.
        return sorted(rows, key=lambda row: (row[0], row[1] != ""))


def _file_names(program: Any, unit: Any) -> dict[int, str]:
    """The unit's files by their number in the line table, relative to the project."""
    new = program["version"] >= 5
    folders = [folder.decode(errors="replace") for folder in program["include_directory"]]
    top = unit.get_top_DIE().attributes.get("DW_AT_comp_dir")
    if not new:
        folders.insert(0, top.value.decode(errors="replace") if top else "")
    names = {}
    for number, entry in enumerate(program["file_entry"], 0 if new else 1):
        path = os.path.join(folders[0], folders[entry.dir_index], entry.name.decode())
        names[number] = path.removeprefix(f"{paths.ROOT}/")
    return names
