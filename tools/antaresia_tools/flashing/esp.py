# SPDX-License-Identifier: MIT
"""tools/flash for the esp8266: builds, connects, writes, compares, restarts."""

import sys
from dataclasses import dataclass
from pathlib import Path

from antaresia_tools import boards, building, paths
from antaresia_tools.errors import USAGE, ToolError
from antaresia_tools.flashing import esp_chip, esp_image, littlefs_image, ports
from antaresia_tools.flashing.steps import Steps
from antaresia_tools.progress import Progress

BAUD = 460800
ATTEMPTS = 3
BLOCK_BYTES = 4096


@dataclass(frozen=True)
class Options:
    port: str | None
    baud: int
    erase: bool
    verify: bool
    stub: bool
    app: Path | None


def flash(options: Options, dry_run: bool) -> None:
    if options.verify and not options.stub:
        raise ToolError("--verify with --no-stub", "the chip's ROM cannot read back", USAGE)
    board = boards.find_board("xtensa", "esp8266")
    port = options.port if dry_run else ports.find(options.port)
    building.build(board)
    layout = esp_image.layout(board)
    parts = list(layout.parts)
    if options.app:
        files = littlefs_image.of_folder(options.app, layout.files_bytes, BLOCK_BYTES)
        parts.append((layout.files_start, files))
    steps = _describe(options, port, parts, board)
    if dry_run:
        steps.show()
        return
    assert port
    title = f"Flashing esp8266 at {port}"
    done = Progress(title, lazy=True)
    for left in range(ATTEMPTS - 1, -1, -1):
        try:
            name = _attempt(options, port, title, layout, parts)
            break
        except esp_chip.LineError as error:
            if not left:
                raise
            print(f"{error.message}; once more", file=sys.stderr, flush=True)
    size = sum(len(data) for _, data in parts)
    done.done(f"{size} bytes written to {name}; tools/repl {port} is its prompt")


def _attempt(
    options: Options,
    port: str,
    title: str,
    layout: esp_image.Layout,
    parts: list[tuple[int, bytes]],
) -> str:
    with esp_chip.connected(port, options.baud, options.stub, title) as chip:
        if chip.flash_bytes is not None and chip.flash_bytes < layout.end:
            raise ToolError(
                f"the board's flash has {chip.flash_bytes // 1024} KiB, "
                f"the image needs {layout.end // 1024}",
                "take a module with at least 1 MiB",
            )
        chip.write(parts, options.erase)
        if options.verify:
            chip.compare(parts)
        chip.restart()
        return f"{chip.name} {chip.mac}"


def _describe(
    options: Options, port: str | None, parts: list[tuple[int, bytes]], board: boards.Board
) -> Steps:
    """The steps in words; the chip's driver does them in one go."""
    steps = Steps()

    def say(words: str) -> None:
        steps.add(words, lambda: None)

    say(f"take {board.image_path().relative_to(paths.ROOT)}, built if it was out of date")
    say(f"open {port or 'the only USB serial port'} and start the chip's boot loader")
    if options.stub:
        say(f"load esptool's flasher into the chip's RAM, go on at {options.baud} baud")
    if options.erase:
        say("erase the whole flash")
    for (offset, data), what in zip(parts, _WHAT, strict=False):
        say(f"write {len(data)} bytes at {offset:#x}: {what}")
    if options.app:
        steps.steps[-1] = (steps.steps[-1][0] + f" ({options.app})", lambda: None)
    if options.verify:
        say("read all of it back and compare")
    say("restart the chip")
    return steps


_WHAT = ("what the boot ROM loads into RAM", "code and constants", "littlefs with the files")
