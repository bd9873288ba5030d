# SPDX-License-Identifier: MIT
"""tools/flash for a Raspberry Pi: an SD card that its GPU firmware starts from.

    sector 0        MBR, the only kind that the Pi 3's boot ROM reads
    8192 ..         FAT32, 64 MiB: GPU firmware, config.txt, kernel8.img
    139264 ..       FAT32, 64 MiB: data, for files of the user's

The GPU firmware is Broadcom's and not a part of this system: it comes from a folder of the user's,
or from the boot partition that is on the card already.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from antaresia_tools import boards, building, debian, paths
from antaresia_tools.errors import MISSING, USAGE, ToolError
from antaresia_tools.flashing import disks, fat, partitions
from antaresia_tools.flashing.partitions import SECTOR_BYTES, Partition

_MIB = 1 << 20
BOOT_START = 8192
BOOT_BYTES = DATA_BYTES = 64 * _MIB
DATA_START = BOOT_START + BOOT_BYTES // SECTOR_BYTES
# A power of two, as emulators want an SD card to be.
IMAGE_BYTES = 256 * _MIB
_FAT_KINDS = (0x01, 0x04, 0x06, 0x0B, 0x0C, 0x0E)

CONFIG = """\
# Antaresia on a Raspberry Pi. The serial line is GPIO 14 and 15, 115200 baud.
arm_64bit=1
kernel=kernel8.img
enable_uart=1
init_uart_clock=48000000
"""


@dataclass(frozen=True)
class Model:
    board: str
    needed: tuple[str, ...]  # of the GPU firmware
    taken: tuple[str, ...]  # if they are there


MODELS = {
    "rpi3": Model(
        "raspi3b",
        ("bootcode.bin", "start.elf", "fixup.dat"),
        ("bcm2710-rpi-3-b.dtb", "bcm2710-rpi-3-b-plus.dtb"),
    ),
    "rpi4": Model("raspi4b", ("start4.elf", "fixup4.dat"), ("bcm2711-rpi-4-b.dtb",)),
}


def firmware_in_folder(model: Model, folder: Path) -> dict[str, bytes]:
    if not folder.is_dir():
        raise ToolError(f"{folder}: not a folder", "give the folder with start.elf in it", USAGE)
    names = [*model.needed, *model.taken]
    found = {name: (folder / name).read_bytes() for name in names if (folder / name).is_file()}
    return _checked(model, found, str(folder))


def firmware_on_card(model: Model, card: Path) -> dict[str, bytes]:
    """Out of the first FAT partition of a disk, or of an image of one."""
    try:
        with card.open("rb") as file:
            sector = file.read(SECTOR_BYTES)
    except OSError as error:
        raise ToolError(
            f"{card}: {(error.strerror or '').lower()}", "run it as root, with sudo"
        ) from error
    found: dict[str, bytes] = {}
    for at in range(446, 510, 16) if sector[510:512] == b"\x55\xaa" else ():
        kind, start = sector[at + 4], struct.unpack_from("<I", sector, at + 8)[0]
        if kind in _FAT_KINDS:
            there = fat.read(card, start * SECTOR_BYTES)
            found = {k: v for k, v in there.items() if k in model.needed + model.taken}
            break
    return _checked(model, found, f"the boot partition of {card}")


def _checked(model: Model, found: dict[str, bytes], where: str) -> dict[str, bytes]:
    lacking = [name for name in model.needed if name not in found]
    if lacking:
        raise ToolError(
            f"no {' '.join(lacking)} in {where}",
            "give --firmware DIR with the files of boot/ in github.com/raspberrypi/firmware, "
            "or of Debian's package raspi-firmware",
            MISSING,
        )
    return found


def pieces(
    board: boards.Board, firmware: Mapping[str, bytes], size_bytes: int
) -> list[disks.Piece]:
    """What goes where on a card of that size."""
    end = DATA_START * SECTOR_BYTES + DATA_BYTES
    if size_bytes < end:
        raise ToolError(f"the card has {size_bytes // _MIB} MiB", f"take {end // _MIB} or more")
    table = [
        Partition(partitions.FAT32_LBA, BOOT_START, BOOT_BYTES // SECTOR_BYTES),
        Partition(partitions.FAT32_LBA, DATA_START, DATA_BYTES // SECTOR_BYTES),
    ]
    files = {
        **firmware,
        "config.txt": CONFIG.encode(),
        "kernel8.img": board.image_path().read_bytes(),
    }
    return [
        (0, partitions.mbr(table)),
        (BOOT_START * SECTOR_BYTES, fat.make(files, BOOT_BYTES, "BOOT")),
        (DATA_START * SECTOR_BYTES, fat.make({}, DATA_BYTES, "DATA")),
    ]


def prepare(model: Model) -> boards.Board:
    debian.ensure(debian.TO_FLASH["rpi"])
    board = boards.find_board("aarch64", model.board)
    building.build(board)
    return board


def describe(board: boards.Board, firmware: Mapping[str, bytes]) -> list[str]:
    names = " ".join(sorted(firmware)) or "none: a board will not start from it, QEMU needs none"
    return [
        f"take {board.image_path().relative_to(paths.ROOT)}, built if it was out of date",
        f"GPU firmware: {names}",
        f"sector {BOOT_START}: FAT32, {BOOT_BYTES // _MIB} MiB: firmware, config.txt, kernel",
        f"sector {DATA_START}: FAT32, {DATA_BYTES // _MIB} MiB, empty: data",
    ]
