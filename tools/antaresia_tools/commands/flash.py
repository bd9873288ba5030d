# SPDX-License-Identifier: MIT
"""tools/flash: puts Antaresia on a real board.

$ tools/flash --board esp8266
Flashing esp8266 at /dev/ttyUSB0: 302416 bytes written to ESP8266EX ...
"""

from pathlib import Path

import click

from antaresia_tools.errors import USAGE, ToolError
from antaresia_tools.flashing import disk_boards, disks, esp, pc, rpi

BOARDS = ("esp8266", "rpi3", "rpi4", "pc")
_DISKS = ("rpi3", "rpi4", "pc")
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
    "firmware": ("rpi3", "rpi4"),
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
@click.option(
    "--firmware",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The Raspberry Pi's GPU firmware; default: what is on the card already.",
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
    firmware: Path | None,
    yes_really: bool,
    dry_run: bool,
) -> None:
    """Put Antaresia on a board, which is then at its prompt.

    What is missing is built first. An interrupted run can simply be repeated. docs/boards.md says
    for each board how to connect it, what works and what to do when it does not start.
    """
    _check(board, click.get_current_context())
    if board not in _DISKS:
        options = esp.Options(port, baud or esp.BAUD, erase, verify, not no_stub, app)
        esp.flash(options, dry_run)
        return
    disk = disk_boards.find(device, image)
    if disk and not dry_run:
        disk.refuse_unless(yes_really)  # before anything is built
    content = _pi(board, device, image, firmware) if board in rpi.MODELS else _pc()
    disk_boards.flash(content, device, image, yes_really, dry_run)


def _check(board: str, context: click.Context) -> None:
    if board not in BOARDS:
        raise ToolError(f"no board '{board}' to flash", f"there are: {', '.join(BOARDS)}", USAGE)
    for name, wanted in _ONLY_FOR.items():
        if context.params[name] and board not in wanted:
            option = "--" + name.replace("_", "-")
            raise ToolError(
                f"{option} is not for board {board}", f"it is for: {', '.join(wanted)}", USAGE
            )


def _pc() -> disk_boards.Content:
    built = pc.prepare()

    def pieces(size_bytes: int) -> list[disks.Piece]:
        return pc.pieces(built, size_bytes)

    return disk_boards.Content(pc.describe(built), pc.IMAGE_BYTES, pieces)


def _pi(
    board: str, device: Path | None, image: Path | None, firmware: Path | None
) -> disk_boards.Content:
    model = rpi.MODELS[board]
    built = rpi.prepare(model)
    found: dict[str, bytes] = {}
    if firmware:
        found = rpi.firmware_in_folder(model, firmware)
    elif device or (image and image.exists()):
        card = device or image
        assert card
        found = rpi.firmware_on_card(model, card)

    def pieces(size_bytes: int) -> list[disks.Piece]:
        return rpi.pieces(built, found, size_bytes)

    return disk_boards.Content(rpi.describe(built, found), rpi.IMAGE_BYTES, pieces)
