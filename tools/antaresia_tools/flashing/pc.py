# SPDX-License-Identifier: MIT
"""tools/flash for a PC: a disk that starts by BIOS and by UEFI.

sector 0        BIOS: GRUB's first sector; and the protective partition table
34 .. 2047      BIOS boot partition: the rest of GRUB
2048 ..         EFI system partition, FAT32: GRUB for UEFI, the kernel
"""

import subprocess
import tempfile
from pathlib import Path

from antaresia_tools import boards, building, debian, images, paths
from antaresia_tools.errors import ToolError
from antaresia_tools.flashing import disks, fat, grub, partitions
from antaresia_tools.flashing.partitions import SECTOR_BYTES, Partition

_MIB = 1 << 20
ESP_START = 2048
ESP_BYTES = 48 * _MIB
IMAGE_BYTES = 64 * _MIB


def pieces(board: boards.Board, size_bytes: int) -> list[disks.Piece]:
    """What goes where on a disk of that size."""
    sectors = size_bytes // SECTOR_BYTES
    if size_bytes < IMAGE_BYTES:
        raise ToolError(f"the disk has {size_bytes // _MIB} MiB", "take one of at least 64 MiB")
    boot, core = grub.for_bios(partitions.FIRST_USABLE)
    count = ESP_START - partitions.FIRST_USABLE
    if len(core) > count * SECTOR_BYTES:
        raise ToolError("GRUB for BIOS does not fit in front of the first partition", "report it")
    table = [
        Partition(partitions.ESP, ESP_START, ESP_BYTES // SECTOR_BYTES, "antaresia"),
        Partition(partitions.BIOS_BOOT, partitions.FIRST_USABLE, count, "grub"),
    ]
    files = {"EFI/BOOT/BOOTX64.EFI": grub.for_uefi(), grub.KERNEL: _stripped(board)}
    esp = fat.make(files, ESP_BYTES, "ANTARESIA")
    start, end = partitions.gpt(table, sectors, boot)
    return [
        start,
        (partitions.FIRST_USABLE * SECTOR_BYTES, core),
        (ESP_START * SECTOR_BYTES, esp),
        end,
    ]


def _stripped(board: boards.Board) -> bytes:
    with tempfile.TemporaryDirectory(prefix="strip-") as name:
        out = Path(name, "kernel")
        command = ["objcopy", "--strip-all", str(images.elf_path(board)), str(out)]
        subprocess.run(command, check=True, capture_output=True)
        return out.read_bytes()


def prepare() -> boards.Board:
    debian.ensure(["binutils", *debian.TO_FLASH["pc"]])
    board = boards.find_board("x86_64", "pc")
    building.build(board)
    return board


def describe(board: boards.Board) -> list[str]:
    return [
        f"take {board.image_path().relative_to(paths.ROOT)}, built if it was out of date",
        "make GRUB for BIOS and for UEFI, which start it (Debian's grub packages)",
        f"sector 0: partition table, GRUB's first sector; {partitions.FIRST_USABLE}: its rest",
        f"sector {ESP_START}: FAT32, {ESP_BYTES // _MIB} MiB: EFI/BOOT/BOOTX64.EFI, {grub.KERNEL}",
    ]
