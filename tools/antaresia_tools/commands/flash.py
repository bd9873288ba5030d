# SPDX-License-Identifier: MIT
"""tools/flash: puts Antaresia on a real board.

$ tools/flash --board esp8266
Flashing esp8266 at /dev/ttyUSB0: 302416 bytes written to ESP8266EX ...
"""

from pathlib import Path

import click

from antaresia_tools.errors import USAGE, ToolError
from antaresia_tools.flashing import esp

BOARDS = ("esp8266",)
# Which options belong to which boards; the rest is for all.
_ONLY_FOR = {
    "port": ("esp8266",),
    "baud": ("esp8266",),
    "erase": ("esp8266",),
    "verify": ("esp8266",),
    "no_stub": ("esp8266",),
    "app": ("esp8266",),
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
@click.option("--dry-run", is_flag=True, help="Print every step, do none.")
def command(
    board: str,
    port: str | None,
    baud: int | None,
    erase: bool,
    verify: bool,
    no_stub: bool,
    app: Path | None,
    dry_run: bool,
) -> None:
    """Put Antaresia on a board, which is then at its prompt.

    What is missing is built first. An interrupted run can simply be repeated. docs/boards.md says
    for each board how to connect it, what works and what to do when it does not start.
    """
    _check(board, click.get_current_context())
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
