# SPDX-License-Identifier: MIT
"""tools/flash for boards that start from a disk, a stick or an SD card: to it, or to a file."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from antaresia_tools.errors import USAGE, ToolError
from antaresia_tools.flashing import disks


@dataclass(frozen=True)
class Content:
    """What a board's disk holds: steps in words, and the bytes for a disk of a given size."""

    steps: list[str]
    image_bytes: int  # of a file, when no device says how large it is
    pieces: Callable[[int], list[disks.Piece]]


def flash(
    content: Content, device: Path | None, image: Path | None, really: bool, dry_run: bool
) -> None:
    disk = find(device, image)
    steps = list(content.steps)
    where = disk.describe() if disk else f"the file {image}, {content.image_bytes >> 20} MiB"
    steps.append(f"write it to {where}" + (", overwriting all that is there" if disk else ""))
    if dry_run:
        for number, words in enumerate(steps, 1):
            print(f"{number}. {words}")
        return
    if disk:
        print(disk.describe(), file=sys.stderr, flush=True)
        disk.refuse_unless(really)
        disks.write_device(disk.path, content.pieces(disk.size_bytes))
    else:
        assert image
        disks.write_image(image, content.pieces(content.image_bytes), content.image_bytes)
        print(image)


def find(device: Path | None, image: Path | None) -> disks.Disk | None:
    if (device is None) == (image is None):
        raise ToolError(
            "give either --device or --image" if device else "where to?",
            "--device /dev/sdX writes a disk, --image FILE a file; lsblk lists disks",
            USAGE,
        )
    return disks.look(device) if device else None
