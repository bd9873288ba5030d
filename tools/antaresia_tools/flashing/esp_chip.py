# SPDX-License-Identifier: MIT
"""Talks to an ESP8266's boot loader with Espressif's esptool, as a library, and says in one line
what went wrong.

Nothing that is interrupted leaves the board beyond repair: the boot loader is in the chip's ROM, so
the same command can be run again from any state.
"""

import re
import termios
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import serial
from esp_pylib.logger import EspLog, EspLogBase
from esptool import cmds
from esptool.loader import ESPLoader
from esptool.logger import log
from esptool.util import FatalError, flash_size_bytes

from antaresia_tools.errors import MISSING, ToolError
from antaresia_tools.flashing import ports
from antaresia_tools.progress import Progress

Part = tuple[int, bytes]
CHIP = "ESP8266"
_AGAIN = "run the same command again; if it stays, a shorter cable or --baud 115200"
_BAR = 24


class LineError(ToolError):
    """Bytes were lost or changed on the line: another attempt may get through."""


class _Log(EspLogBase):
    """esptool's words, of which the user sees the progress and, with an error, the last ones."""

    def __init__(self, progress: Progress) -> None:
        self.line = progress

    def print(self, *args: Any, **kwargs: Any) -> None:
        text = " ".join(str(arg) for arg in args).strip()
        if text.strip("."):
            self.line.step(re.sub(r"\[/?\w[^\]]*\]", "", text))

    def err(self, *args: Any, suggestion: str | None = None) -> None:
        self.print(*args)

    def warn(self, *args: Any, suggestion: str | None = None) -> None:
        self.print(*args)

    # esptool calls these two by names of its own.
    warning = warn
    error = err

    def note(self, *args: Any) -> None:
        self.print(*args)

    def hint(self, *args: Any) -> None:
        pass

    def debug(self, *args: Any) -> None:
        pass

    def set_verbosity(self, mode: int | str) -> None:
        pass

    def progress_bar(
        self,
        cur_iter: int,
        total_iters: int,
        prefix: str = "",
        suffix: str = "",
        bar_length: int = 0,
    ) -> None:
        done = cur_iter / total_iters if total_iters else 1
        bar = "#" * round(done * _BAR)
        self.line.step(f"[{bar:.<{_BAR}}] {done:4.0%} {prefix.strip()}")


class Chip:
    """A connected chip whose boot loader listens."""

    def __init__(self, esp: ESPLoader) -> None:
        self._esp = esp
        self.name = esp.get_chip_description()
        self.mac = ":".join(f"{byte:02x}" for byte in esp.read_mac())
        size = cmds.detect_flash_size(esp)
        self.flash_bytes = flash_size_bytes(size) if size else None

    def write(self, parts: Sequence[Part], erase_all: bool) -> None:
        cmds.write_flash(self._esp, list(parts), erase_all=erase_all)

    def compare(self, parts: Sequence[Part]) -> None:
        """Reads back what was written, and compares."""
        for offset, data in parts:
            found = self._esp.read_flash(offset, len(data), _say_read)
            if found != data:
                pairs = enumerate(zip(found, data, strict=True))
                first = next(i for i, (got, wanted) in pairs if got != wanted)
                raise LineError(f"the flash differs at {offset + first:#x}", _AGAIN)

    def restart(self) -> None:
        cmds.reset_chip(self._esp, "hard-reset")


def _say_read(done: int, total: int, offset: int) -> None:
    log.progress_bar(done, total, f"Reading back from {offset:#x}")


@contextmanager
def connected(port: str, baud: int, use_stub: bool, title: str) -> Iterator[Chip]:
    """The chip at the port; what fails inside of the block becomes a ToolError, too."""
    line = ports.open_port(port)
    progress = Progress(title)
    EspLog.instance = _Log(progress)
    try:
        yield Chip(_connect(line, baud, use_stub))
    except (serial.SerialException, OSError, termios.error) as error:
        raise ToolError(
            f"{port}: the line to the board was lost", "plug it in and run the same command again"
        ) from error
    except FatalError as error:
        raise LineError(f"{port}: {_one_line(error)}", _AGAIN) from error
    finally:
        progress.clear()
        line.close()


def _connect(line: serial.Serial, baud: int, use_stub: bool) -> ESPLoader:
    try:
        esp = cmds.detect_chip(line)
    except FatalError as error:
        if "magic value" in str(error) or "chip ID" in str(error):
            raise ToolError(
                f"{line.port}: the chip is none that esptool knows", "is it an ESP8266?"
            ) from error
        raise ToolError(
            f"{line.port}: no answer from a chip's boot loader",
            "hold FLASH (GPIO0 low), press RESET, run it again; docs/boards.md has the wiring",
            MISSING,
        ) from error
    if esp.CHIP_NAME != CHIP:
        raise ToolError(
            f"{line.port}: the chip is an {esp.CHIP_NAME}, not an {CHIP}", "connect another board"
        )
    if use_stub:
        esp = cmds.run_stub(esp)
        if baud != line.baudrate:
            esp.change_baud(baud)
    cmds.attach_flash(esp)
    return esp


def _one_line(error: Exception) -> str:
    words = re.sub(
        r"\s+", " ", re.split(r"\n?For troubleshoot|This can have many", str(error), flags=re.I)[0]
    ).strip(" .")
    return words[:1].lower() + words[1:]
