# SPDX-License-Identifier: MIT
"""The serial port that a board is at: found, opened, and in words why not."""

import errno
import getpass
from collections.abc import Iterable, Sequence

import serial
from serial.tools import list_ports

from antaresia_tools.errors import MISSING, USAGE, ToolError


def connected() -> list[str]:
    """Ports with a USB adapter behind them. Those built into PCs hardly ever have a board."""
    return sorted(port.device for port in list_ports.comports() if port.vid is not None)


def find(named: str | None, candidates: Iterable[str] | None = None, option: str = "--port") -> str:
    """The port that the user named, or else the only one that there is."""
    if named:
        return named
    found: Sequence[str] = list(connected() if candidates is None else candidates)
    if not found:
        raise ToolError(
            "no board is connected: there is no USB serial port",
            f"plug it in with a cable that carries data, or name a port with {option}",
            MISSING,
        )
    if len(found) > 1:
        raise ToolError(
            f"several serial ports: {' '.join(found)}", f"name the board's with {option}", USAGE
        )
    return found[0]


def open_port(name: str, baud: int = 115200) -> serial.Serial:
    """The port, held against other programs."""
    try:
        return serial.Serial(name, baud, exclusive=True)
    except (serial.SerialException, OSError, ValueError) as error:
        raise reason(name, error) from error


def reason(name: str, error: Exception) -> ToolError:
    number = getattr(error, "errno", None)
    if number == errno.EACCES:
        return ToolError(
            f"{name}: not permitted",
            f"as root: adduser {getpass.getuser()} dialout; then log in again",
        )
    if number == errno.ENOENT:
        return ToolError(f"{name}: there is no such port", "is the board plugged in?", MISSING)
    if number in (errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK) or "lock" in str(error):
        return ToolError(f"{name}: another program uses it", "close terminal programs and retry")
    if "Could not configure" in str(error) or isinstance(error, ValueError):
        return ToolError(f"{name}: not a serial port", "give a port such as /dev/ttyUSB0", USAGE)
    words = str(error).splitlines()[0]
    return ToolError(f"{name}: cannot be opened: {words}", "unplug the board and plug it in again")
