# SPDX-License-Identifier: MIT
"""Partition tables as bytes: MBR (which the Raspberry Pi 3's boot ROM reads) and GPT.

Source of GPT: UEFI Specification 2.10, chapter 5. Ids are made from the layout, so that the same
input makes the same image.
"""

import struct
import uuid
import zlib
from dataclasses import dataclass

SECTOR_BYTES = 512
ESP = uuid.UUID("c12a7328-f81f-11d2-ba4b-00a0c93ec93b")
BIOS_BOOT = uuid.UUID("21686148-6449-6e6f-744e-656564454649")
FAT32_LBA = 0x0C
LINUX = 0x83
_PROTECTIVE = 0xEE
_ENTRIES, _ENTRY_BYTES = 128, 128
TABLE_SECTORS = _ENTRIES * _ENTRY_BYTES // SECTOR_BYTES
FIRST_USABLE = 2 + TABLE_SECTORS


@dataclass(frozen=True)
class Partition:
    kind: uuid.UUID | int
    start: int  # sectors
    count: int
    name: str = ""


def _mbr_entry(kind: int, start: int, count: int) -> bytes:
    # Cylinders, heads and sectors are for machines that address by them; 0xfe ffff: beyond.
    far = b"\xfe\xff\xff"
    return struct.pack("<B3sB3sII", 0, far, kind, far, start, min(count, 0xFFFFFFFF))


def mbr(partitions: list[Partition], code: bytes = b"") -> bytes:
    """The first sector; `code` is what a BIOS runs."""
    sector = bytearray(code[:440].ljust(SECTOR_BYTES, b"\0"))
    sector[440:444] = struct.pack("<I", zlib.crc32(repr(partitions).encode()))
    for i, part in enumerate(partitions):
        assert isinstance(part.kind, int)
        sector[446 + 16 * i : 462 + 16 * i] = _mbr_entry(part.kind, part.start, part.count)
    sector[510:512] = b"\x55\xaa"
    return bytes(sector)


def gpt(partitions: list[Partition], sectors: int, code: bytes) -> list[tuple[int, bytes]]:
    """(offset in bytes, bytes): the start of the disk, and the copy at its end."""
    seed = uuid.uuid5(ESP, repr((partitions, sectors)))
    table = b""
    for part in partitions:
        assert isinstance(part.kind, uuid.UUID)
        own = uuid.uuid5(seed, part.name)
        last = part.start + part.count - 1
        name = part.name.encode("utf-16-le").ljust(72, b"\0")
        table += part.kind.bytes_le + own.bytes_le + struct.pack("<QQQ", part.start, last, 0) + name
    table = table.ljust(_ENTRIES * _ENTRY_BYTES, b"\0")
    last = sectors - 1
    protective = mbr([Partition(_PROTECTIVE, 1, last)], code)
    first = _header(1, last, 2, sectors, seed, table)
    copy = _header(last, 1, last - TABLE_SECTORS, sectors, seed, table)
    start = protective + first.ljust(SECTOR_BYTES, b"\0") + table
    end = table + copy.ljust(SECTOR_BYTES, b"\0")
    return [(0, start), (last * SECTOR_BYTES - len(table), end)]


def _header(
    own: int, other: int, table_at: int, sectors: int, disk: uuid.UUID, table: bytes
) -> bytes:
    last_usable = sectors - 2 - TABLE_SECTORS
    rest = struct.pack("<QQQQ", own, other, FIRST_USABLE, last_usable) + disk.bytes_le
    rest += struct.pack("<QIII", table_at, _ENTRIES, _ENTRY_BYTES, zlib.crc32(table))
    begin = struct.pack("<8sIII", b"EFI PART", 0x00010000, 92, 0)
    whole = begin + b"\0\0\0\0" + rest
    return whole[:16] + struct.pack("<I", zlib.crc32(whole)) + whole[20:]
