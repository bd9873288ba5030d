# SPDX-License-Identifier: MIT
"""tools/disasm: the machine code of one function.

$ tools/disasm gc_alloc
"""

import difflib
import subprocess
import sys

import click

from antaresia_tools import boards, cli, debian, images, paths
from antaresia_tools.errors import FAILED, MISSING, USAGE, ToolError

_OBJDUMP = {
    "aarch64": "aarch64-linux-gnu-objdump",
    "xtensa": "xtensa-lx106-elf-objdump",
}


@click.command()
@cli.arch_option()
@cli.board_option
@cli.sanitize_option
@click.option("--no-source", is_flag=True, help="Instructions only.")
@click.argument("symbol")
def command(
    arch: str, board: str | None, sanitize: str | None, no_source: bool, symbol: str
) -> None:
    """Disassemble the function SYMBOL, with its source lines between the instructions."""
    path = images.elf_path(boards.find_board(arch, board), sanitize)
    image = images.Image(path)
    names = [s.name for s in image.symbols if s.kind == "func"]
    if symbol not in names:
        near = ", ".join(difflib.get_close_matches(symbol, names)) or "see tools/symbols"
        raise ToolError(f"no function '{symbol}' in {path.parent.name}", f"near: {near}", USAGE)
    debian.ensure(debian.TO_BUILD.get(arch, []))
    words = ["--disassemble=" + symbol, "--no-show-raw-insn", "--demangle"]
    words += [] if no_source else ["--source", "--line-numbers"]
    try:
        done = subprocess.run(
            [_OBJDUMP.get(arch, "objdump"), *words, str(path)],
            cwd=paths.ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise ToolError(
            f"cannot run objdump: {error.strerror}", "it is in binutils", MISSING
        ) from error
    if done.returncode:
        raise ToolError(f"objdump: {done.stderr.strip()}", "build the image again", FAILED)
    # objdump announces every section that it looked into, also those without the function.
    _, _, body = done.stdout.partition(f"<{symbol}>:")
    sys.stdout.write(f"{symbol}:{body.split('Disassembly of section')[0].rstrip()}\n")
