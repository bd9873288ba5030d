# SPDX-License-Identifier: MIT
"""tools/size: how big the images are.

$ tools/size
board              text    data     bss   image
x86_64 pc        512034   20480   40960  532514
"""

import click

from antaresia_tools import boards, cli, images, paths
from antaresia_tools.errors import ToolError


@click.command()
@cli.arch_option(default=None)
@cli.board_option
@cli.sanitize_option
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of a table.")
def command(arch: str | None, board: str | None, sanitize: str | None, as_json: bool) -> None:
    """Bytes of text, data, bss and image of each board that is built.

    text is what is only read, code and constants; data is initialised and writable; bss is zeroed
    at start; image is the file that is started or flashed, without symbols.
    """
    if board and not arch:
        arch = "x86_64"
    chosen = [b for a in ([arch] if arch else boards.arches()) for b in boards.boards(a)]
    if board and arch:
        chosen = [boards.find_board(arch, board)]
    rows = [_row(one, sanitize) for one in chosen if _is_built(one, sanitize)]
    if not rows:
        names = " ".join(f"{b.arch}/{b.name}" for b in chosen)
        raise ToolError(f"not built: {names}", "tools/build builds it; tools/build --all, all")
    if as_json:
        import json

        click.echo(json.dumps(rows))
        return
    click.echo(f"{'board':<20}" + "".join(f"{key:>10}" for key in ("text", "data", "bss", "image")))
    for row in rows:
        figures = "".join(f"{row[key]:>10}" for key in ("text", "data", "bss", "image"))
        click.echo(f"{row['arch']} {row['board']:<{19 - len(str(row['arch']))}}{figures}")


def _is_built(board: boards.Board, sanitize: str | None) -> bool:
    return board.image_path(sanitize).exists()


def _row(board: boards.Board, sanitize: str | None) -> dict[str, str | int]:
    image = board.image_path(sanitize)
    sizes = images.Image(images.elf_path(board, sanitize)).sizes()
    # An ELF image's own file is mostly debug information, which is never loaded.
    is_elf = image.read_bytes()[:4] == b"\x7fELF"
    return {
        "arch": board.arch,
        "board": board.name,
        "text": sizes.text,
        "data": sizes.data,
        "bss": sizes.bss,
        "image": sizes.text + sizes.data if is_elf else image.stat().st_size,
        "path": str(image.relative_to(paths.ROOT)),
    }
