# SPDX-License-Identifier: MIT
"""tools/symbols: names for addresses.

$ tools/symbols 0x10a3f2
0x0010a3f2  mp_execute_bytecode+0x1c2  py/vm.c:412
$ tools/symbols < panic.txt
"""

import re
import sys

import click

from antaresia_tools import boards, cli, images
from antaresia_tools.errors import USAGE, ToolError

_LARGEST = 25


@click.command()
@cli.arch_option()
@cli.board_option
@cli.sanitize_option
@click.option("--count", default=_LARGEST, show_default=True, help="How many largest symbols.")
@click.argument("addresses", nargs=-1, metavar="[ADDRESS ...]")
def command(
    arch: str, board: str | None, sanitize: str | None, count: int, addresses: tuple[str, ...]
) -> None:
    """Function and source line of each ADDRESS, or of those in a panic's text on stdin.

    Without addresses, and with nothing on stdin, the largest symbols.
    """
    image = images.Image(images.elf_path(boards.find_board(arch, board), sanitize))
    if addresses:
        for address in map(_parse, addresses):
            click.echo(_describe(image, address) or f"0x{address:08x}  not in this image's code")
    elif not sys.stdin.isatty() and (text := sys.stdin.read()):
        _annotate(image, text)
    else:
        for symbol in sorted(image.symbols, key=lambda s: -s.size)[:count]:
            click.echo(f"{symbol.size:>8}  {symbol.kind:<6}  {symbol.name}")


def _parse(text: str) -> int:
    try:
        return int(text, 16)
    except ValueError:
        raise ToolError(f"'{text}' is no address", "write it in hex: 0x10a3f2", USAGE) from None


def _describe(image: images.Image, address: int) -> str:
    symbol = image.symbol_at(address)
    if symbol is None:
        return ""
    place = f"{symbol.name}+0x{address - symbol.address:x}"
    return f"0x{address:08x}  {place}  {image.line_at(address)}".rstrip()


def _annotate(image: images.Image, text: str) -> None:
    """Prints the text, and under each line the names of the code addresses in it."""
    for line in text.replace("\r", "").splitlines():
        click.echo(line)
        for match in re.finditer(r"\b0x([0-9a-fA-F]+)", line):
            described = _describe(image, int(match[1], 16))
            if described:
                click.echo(f"    {described}")
