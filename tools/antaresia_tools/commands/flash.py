# SPDX-License-Identifier: MIT
"""tools/flash: puts Antaresia on a real board.

$ tools/flash --board esp8266
Flashing esp8266 at /dev/ttyUSB0: 302416 bytes written to ESP8266EX ...
"""

from pathlib import Path

import click

from antaresia_tools.errors import USAGE, ToolError
from antaresia_tools.flashing import disk_boards, disks, esp, pc

BOARDS = ("esp8266", "pc")
_DISKS = ("pc",)
# Which options belong to which boards; the rest is for all.
_ONLY_FOR = {
    "port": ("esp8266",),
    "baud": ("esp8266",),
    "erase": ("esp8266",),
    "verify": ("esp8266",),
    "no_stub": ("esp8266",),
    "app": ("esp8266",),
    "device": _DISKS,
    "image": _DISKS,
    "yes_really": _DISKS,
}


@click.command()
@click.option("--board", required=True, metavar="BOARD", help=f"One of: {', '.join(BOARDS)}.")
@click.option("--port", metavar="PORT", help="Serial port; default: the only USB one.")
@click.option("--baud", type=click.IntRange(9600, 4000000), help=f"Speed; default: {esp.BAUD}.")
@click.option("--erase", is_flag=True, help="Erase the whole flash first, files too.")
@click.option("--verify", is_flag=True, help="Read everything back and compare.")
@click.option("--no-stub", is_flag=True, help="Use the chip's ROM alone; slower.")
@click.option(
    "--app", type=click.Path(path_type=Path), metavar="DIR", help="Files for the board, as its /."
)
@click.option(
    "--device", type=click.Path(path_type=Path), metavar="/dev/sdX", help="The disk to overwrite."
)
@click.option(
    "--image", type=click.Path(path_type=Path), metavar="FILE", help="A file instead of a disk."
)
@click.option("--yes-really", is_flag=True, help="Also a disk that is mounted or built in.")
@click.option("--dry-run", is_flag=True, help="Print every step, do none.")
def command(
    board: str,
    port: str | None,
    baud: int | None,
    erase: bool,
    verify: bool,
    no_stub: bool,
    app: Path | None,
    device: Path | None,
    image: Path | None,
    yes_really: bool,
    dry_run: bool,
) -> None:
    """Put Antaresia on a board, which is then at its prompt.

    What is missing is built first. An interrupted run can simply be repeated. docs/boards.md says
    for each board how to connect it, what works and what to do when it does not start.
    """
    _check(board, click.get_current_context())
    if board in _DISKS:
        if not dry_run:
            disk = disk_boards.find(device, image)
            if disk:
                disk.refuse_unless(yes_really)
        content = _content(board)
        disk_boards.flash(content, device, image, yes_really, dry_run)
        return
    options = esp.Options(port, baud or esp.BAUD, erase, verify, not no_stub, app)
    esp.flash(options, dry_run)


def _check(board: str, context: click.Context) -> None:
    if board not in BOARDS:
        raise ToolError(f"no board '{board}' to flash", f"there are: {', '.join(BOARDS)}", USAGE)
    for name, wanted in _ONLY_FOR.items():
        if context.params[name] and board not in wanted:
            option = "--" + name.replace("_", "-")
            raise ToolError(
                f"{option} is not for board {board}", f"it is for: {', '.join(wanted)}", USAGE
            )


def _content(board: str) -> disk_boards.Content:
    built = pc.prepare()

    def pieces(size_bytes: int) -> list[disks.Piece]:
        return pc.pieces(built, size_bytes)

    return disk_boards.Content(pc.describe(built), pc.IMAGE_BYTES, pieces)
