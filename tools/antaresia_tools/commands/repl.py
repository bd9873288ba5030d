# SPDX-License-Identifier: MIT
"""tools/repl: the prompt of a connected board.

$ tools/repl
Connected to MicroPython at /dev/ttyUSB0
Use Ctrl-] or Ctrl-x to exit this shell
>>>
"""

import os

import click

from antaresia_tools import paths
from antaresia_tools.flashing import ports


@click.command()
@click.argument("port", required=False)
def command(port: str | None) -> None:
    """Open the prompt of the board at PORT, or at the only USB serial port (Ctrl-] leaves).

    It is mpremote's: all of mpremote works with the same port, as in
    build/venv/bin/mpremote connect PORT cp main.py :
    """
    found = ports.find(port, option="tools/repl PORT")
    ports.open_port(found).close()  # to say what is wrong with it better than mpremote does
    mpremote = str(paths.VENV / "bin" / "mpremote")
    os.execv(mpremote, [mpremote, "connect", found, "repl"])
