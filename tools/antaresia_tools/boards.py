# SPDX-License-Identifier: MIT
"""Board data: port/<arch>/boards/<board>.toml, read into frozen objects.

A board is one image; a machine is one way to run it. A machine with `process = true` is no QEMU
machine: its args are run as they are, which is how the hosted port comes up.
"""

import functools
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from antaresia_tools import paths
from antaresia_tools.errors import USAGE, ToolError

_ORDER = ["x86_64", "aarch64", "xtensa", "hosted"]


@dataclass(frozen=True)
class Machine:
    name: str
    args: tuple[str, ...]
    default: bool = False
    memory_mib: int = 128
    memory_fixed: bool = False
    cores: int = 1
    cores_max: int = 1
    panic_status: int | None = None
    process: bool = False


@dataclass(frozen=True)
class Board:
    arch: str
    name: str
    description: str
    image: str
    machines: tuple[Machine, ...]

    def build_dir(self, variant: str | None = None) -> Path:
        """Variants: the sanitizers, and what bench/ builds for itself (building.py)."""
        suffix = {None: "", "address": "-asan", "thread": "-tsan"}
        return paths.BUILD / f"{self.arch}-{self.name}{suffix.get(variant, f'-{variant}')}"

    def image_path(self, variant: str | None = None) -> Path:
        return self.build_dir(variant) / self.image


@functools.cache
def arches() -> list[str]:
    found = {path.parent.name for path in paths.ROOT.glob("port/*/boards")}
    return [a for a in _ORDER if a in found] + sorted(found - set(_ORDER))


def check_arch(arch: str) -> None:
    if arch not in arches():
        raise ToolError(f"no architecture '{arch}'", f"there are: {', '.join(arches())}", USAGE)


def _load(path: Path) -> Board:
    try:
        data: dict[str, Any] = tomllib.loads(path.read_text())
        machines = data.get("machine", [])
        return Board(
            arch=path.parents[1].name,
            name=data["name"],
            description=data["description"],
            image=data["image"],
            machines=tuple(Machine(**{**m, "args": tuple(m["args"])}) for m in machines),
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise ToolError(f"{path.relative_to(paths.ROOT)}: {error}", "correct the file") from error


@functools.cache
def boards(arch: str) -> list[Board]:
    """The boards of an architecture, the one that its defaults.mk names first."""
    check_arch(arch)
    folder = paths.ROOT / "port" / arch
    found = [_load(path) for path in sorted(folder.glob("boards/*.toml"))]
    if not found:
        raise ToolError(f"no board of {arch} is described", f"add one to port/{arch}/boards")
    defaults = folder / "defaults.mk"
    text = defaults.read_text() if defaults.exists() else ""
    named = re.search(r"^BOARD\s*\??=\s*(\S+)", text, re.MULTILINE)
    return sorted(found, key=lambda board: not (named and board.name == named[1]))


def find_board(arch: str, name: str | None = None) -> Board:
    for board in boards(arch):
        if name in (None, board.name):
            return board
    names = ", ".join(board.name for board in boards(arch))
    raise ToolError(f"no board '{name}' of {arch}", f"there are: {names}", USAGE)


def find_machine(
    arch: str, board_name: str | None = None, machine_name: str | None = None
) -> tuple[Board, Machine]:
    """The board and machine that the options mean; a machine's name alone finds its board."""
    candidates = [find_board(arch, board_name)] if board_name else boards(arch)
    pairs = [(board, machine) for board in candidates for machine in board.machines]
    for board, machine in sorted(pairs, key=lambda pair: not pair[1].default):
        if machine_name in (None, machine.name):
            return board, machine
    if machine_name is None:
        raise ToolError(f"board '{board_name}' has no machine in QEMU", "choose another", USAGE)
    names = ", ".join(machine.name for _, machine in pairs)
    raise ToolError(f"no machine '{machine_name}' of {arch}", f"there are: {names}", USAGE)


def machine_command(machine: Machine, image: Path, cores: int, memory_mib: int) -> list[str]:
    """The program that is the machine, with its placeholders filled in."""
    values = {"image": str(image), "cores": str(cores), "memory_mib": str(memory_mib)}
    return [re.sub(r"\{(\w+)\}", lambda m: values[m[1]], arg) for arg in machine.args]
