# SPDX-License-Identifier: MIT
"""A stand-in for an ESP8266 whose boot loader listens: the chip's end of the serial protocol.

    with EspRom() as chip:
        subprocess.run([..., "--port", chip.port])
        assert chip.flash[:4] == ...

Written from Espressif's description ("Serial Protocol" in esptool's documentation), at a pty. The
memory behind is real in what matters: RAM words, the SPI controller's registers as far as a flash
chip is identified through them, and a NOR flash, whose writes only clear bits, so that what was not
erased shows. The ROM erases as the real one does, too much by its known fault. Code that is
uploaded to RAM and started counts as esptool's flasher; from then on the stand-in answers as that
does: greeting, compressed writes, MD5, reads.

Lines fail on demand: `faults` maps the number of a request, counted from the first after SYNC, to
what happens then.
"""

import hashlib
import os
import struct
import threading
import tty
import zlib
from collections.abc import Iterator
from typing import Any

FLASH_BYTES = 1024 * 1024
SECTOR_BYTES = 4096
MAGIC_REG = 0x40001000
ESP8266_MAGIC = 0xFFF0C101
ESP32_MAGIC = 0x00F01D83
MAC = bytes.fromhex("5ccf7f010203")
SPI_BASE = 0x60000200
SPI_CMD, SPI_ADDR, SPI_USR, SPI_USR1, SPI_USR2, SPI_W0 = 0, 4, 0x1C, 0x20, 0x24, 0x40
SPI_RUN = 1 << 18
JEDEC = {1: 0x1440EF, 0.5: 0x1340EF}  # MiB: Winbond's id, manufacturer in the lowest byte

# Requests, by their numbers in the protocol.
FLASH_BEGIN, FLASH_DATA, FLASH_END = 0x02, 0x03, 0x04
MEM_BEGIN, MEM_END, MEM_DATA = 0x05, 0x06, 0x07
SYNC, WRITE_REG, READ_REG = 0x08, 0x09, 0x0A
SPI_SET_PARAMS, SPI_ATTACH, CHANGE_BAUD = 0x0B, 0x0D, 0x0F
DEFL_BEGIN, DEFL_DATA, DEFL_END, MD5 = 0x10, 0x11, 0x12, 0x13
ERASE_FLASH, ERASE_REGION, READ_FLASH = 0xD0, 0xD1, 0xD2
OF_THE_ROM = {
    FLASH_BEGIN, FLASH_DATA, FLASH_END, MEM_BEGIN, MEM_END, MEM_DATA, SYNC, WRITE_REG, READ_REG
}  # fmt: skip
UNKNOWN, BAD_SUM, BAD_SEQUENCE, BAD_SIZE = 0x05, 0x07, 0x08, 0x09


class Refused(Exception):
    """A request that the chip answers with an error."""


class _Ended(Exception):
    """The line is gone."""


class EspRom:
    def __init__(self, *, magic: int = ESP8266_MAGIC, flash_mib: float = 1) -> None:
        self.flash = bytearray(b"\x00" * FLASH_BYTES)  # what was not erased shows
        self.ram: dict[int, bytes] = {}
        self.faults: dict[int, str] = {}  # "drop", "corrupt", "hang up", "garble"
        self.requests: list[int] = []
        self.is_stub = False
        self.silent = False
        self.restarted = False
        self._registers = {
            MAGIC_REG: magic,
            0x3FF00050: MAC[5] << 24,
            0x3FF00054: MAC[3] << 8 | MAC[4] | 0x02000000,
            0x3FF00058: 0,
            0x3FF0005C: MAC[0] << 16 | MAC[1] << 8 | MAC[2],
            0x60000014: 80_000_000 // 115200,
        }
        self._jedec = JEDEC[flash_mib]
        self._begun: dict[str, Any] = {}
        self._after: Any = None
        self.plug_in()

    # --- life

    def plug_in(self) -> None:
        """A new line to the same chip, as after its plug was pulled; power goes with the plug."""
        self.is_stub = False
        self.requests = []
        self._begun = {}
        self._master, slave = os.openpty()
        tty.setraw(slave)
        self.port = os.ttyname(slave)
        self._slave = slave  # held, so that a line that nobody uses is no error
        self._thread = threading.Thread(target=self._serve, args=(self._master,), daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        for fd in (self._slave, self._master):
            if fd >= 0:
                os.close(fd)
        self._slave = self._master = -1

    def __enter__(self) -> "EspRom":
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()

    # --- frames: SLIP, RFC 1055

    def _serve(self, master: int) -> None:
        try:
            for frame in self._frames(master):
                if not self.silent:
                    self._request(frame)
        except (_Ended, OSError):
            pass

    def _frames(self, master: int) -> Iterator[bytes]:
        frame, inside, escaped = bytearray(), False, False
        while True:
            data = os.read(master, 65536)
            if not data:
                raise _Ended
            for byte in data:
                if byte == 0xC0:
                    if inside and frame:
                        yield bytes(frame)
                        inside = False
                    else:
                        inside = True
                    frame.clear()
                elif inside and escaped:
                    frame.append({0xDC: 0xC0, 0xDD: 0xDB}[byte])
                    escaped = False
                elif inside and byte == 0xDB:
                    escaped = True
                elif inside:
                    frame.append(byte)

    def _send(self, data: bytes, garble: bool = False) -> None:
        if garble:
            data = data[:1] + bytes([data[1] ^ 0xFF]) + data[2:]
        escaped = data.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc")
        rest = b"\xc0" + escaped + b"\xc0"
        while rest:
            rest = rest[os.write(self._master, rest) :]

    # --- requests

    def _request(self, frame: bytes) -> None:
        if self._after is not None:  # the flasher's reader acknowledges what it got, without form
            self._after(frame)
            return
        if len(frame) < 8:
            return
        direction, number, size, check = struct.unpack("<BBHI", frame[:8])
        data = frame[8:]
        if direction != 0 or size != len(data):
            return  # noise, which the chip passes over
        fault = None
        if number != SYNC:
            self.requests.append(number)
            fault = self.faults.pop(len(self.requests), None)
        if fault == "hang up":
            self.unplug()
            raise _Ended
        if fault == "drop":
            return
        if fault == "corrupt":  # a bit of the data fell over on its way
            data = data[:-1] + bytes([data[-1] ^ 0x40])
        self._answer(number, data, check, fault == "garble")

    def _answer(self, number: int, data: bytes, check: int, garble: bool) -> None:
        value, extra, status = 0, b"", b"\0\0"
        handler = self._handlers().get(number)
        try:
            if handler is None or (number not in OF_THE_ROM and not self.is_stub):
                raise Refused(UNKNOWN)
            result = handler(data, check)
            if isinstance(result, bytes):
                extra = result
            elif result is not None:
                value = result
        except Refused as refused:
            status = bytes([1, refused.args[0]])
        if number == SYNC:
            value = 0 if self.is_stub else 0x20120707
        body = extra + status
        packet = struct.pack("<BBHI", 1, number, len(body), value) + body
        for _ in range(8 if number == SYNC else 1):
            self._send(packet, garble)
        if number == MEM_END and status[0] == 0 and self._begun.pop("start", None):
            self.is_stub = True
            self._send(b"OHAI")
        if number == READ_FLASH and status[0] == 0:
            self._read_on()

    def _handlers(self) -> dict[int, Any]:
        return {
            SYNC: lambda data, check: None,
            READ_REG: lambda data, check: self._read_reg(*struct.unpack("<I", data)),
            WRITE_REG: self._write_reg,
            MEM_BEGIN: self._mem_begin,
            MEM_DATA: self._mem_data,
            MEM_END: self._mem_end,
            FLASH_BEGIN: self._flash_begin,
            FLASH_DATA: self._flash_data,
            FLASH_END: self._flash_end,
            SPI_SET_PARAMS: lambda data, check: None,
            SPI_ATTACH: lambda data, check: None,
            CHANGE_BAUD: lambda data, check: None,
            DEFL_BEGIN: self._defl_begin,
            DEFL_DATA: self._defl_data,
            DEFL_END: self._flash_end,
            MD5: self._md5,
            ERASE_FLASH: lambda data, check: self._erase(0, FLASH_BYTES),
            ERASE_REGION: lambda data, check: self._erase(*struct.unpack("<II", data)),
            READ_FLASH: self._read_flash,
        }

    # --- registers

    def _read_reg(self, address: int) -> int:
        return self._registers.get(address, 0)

    def _write_reg(self, data: bytes, check: int) -> None:
        for at in range(0, len(data), 16):
            address, value, mask, _delay = struct.unpack_from("<IIII", data, at)
            self._registers[address] = self._read_reg(address) & ~mask | value & mask
            if address == SPI_BASE + SPI_CMD and value & SPI_RUN:
                self._registers[address] = 0
                self._spi()

    def _spi(self) -> None:
        """What a flash chip answers; only its identification is asked for here."""
        command = self._read_reg(SPI_BASE + SPI_USR2) & 0xFF
        self._registers[SPI_BASE + SPI_W0] = {0x9F: self._jedec, 0x05: 0}.get(command, 0)

    # --- RAM

    def _mem_begin(self, data: bytes, check: int) -> None:
        size, blocks, block_bytes, offset = struct.unpack("<IIII", data)
        self._begun["ram"] = [offset, size, block_bytes, 0, blocks]
        self.ram[offset] = b""

    def _block(self, data: bytes, check: int) -> tuple[int, bytes]:
        size, sequence, _, _ = struct.unpack("<IIII", data[:16])
        block = data[16:]
        if size != len(block):
            raise Refused(BAD_SIZE)
        total = 0xEF
        for byte in block:
            total ^= byte
        if total != check & 0xFF:
            raise Refused(BAD_SUM)
        return sequence, block

    def _mem_data(self, data: bytes, check: int) -> None:
        sequence, block = self._block(data, check)
        begun = self._begun["ram"]
        if sequence != begun[3]:
            raise Refused(BAD_SEQUENCE)
        begun[3] += 1
        self.ram[begun[0]] += block

    def _mem_end(self, data: bytes, check: int) -> None:
        stay, entry = struct.unpack("<II", data)
        offset, size, _, sequence, blocks = self._begun["ram"]
        if sequence != blocks or len(self.ram[offset]) != size:
            raise Refused(BAD_SIZE)
        inside = any(at <= entry < at + len(code) for at, code in self.ram.items())
        self._begun["start"] = not stay and inside

    # --- flash

    def _erase(self, offset: int, size: int) -> None:
        start = offset // SECTOR_BYTES * SECTOR_BYTES
        end = min(-(-(offset + size) // SECTOR_BYTES) * SECTOR_BYTES, FLASH_BYTES)
        self.flash[start:end] = b"\xff" * (end - start)

    def _program(self, offset: int, data: bytes) -> None:
        if offset + len(data) > FLASH_BYTES:
            raise Refused(BAD_SIZE)
        old = int.from_bytes(self.flash[offset : offset + len(data)], "little")
        new = old & int.from_bytes(data, "little")
        self.flash[offset : offset + len(data)] = new.to_bytes(len(data), "little")

    def _flash_begin(self, data: bytes, check: int) -> None:
        size, blocks, block_bytes, offset = struct.unpack("<IIII", data[:16])
        self._begun["flash"] = [offset, block_bytes, 0, blocks]
        if self.is_stub:
            self._erase(offset, size)
            return
        # The ROM's fault: sectors up to the end of the block of 16 are counted twice.
        sectors = -(-size // SECTOR_BYTES)
        head = 16 - offset // SECTOR_BYTES % 16
        sectors += min(sectors, head)
        self._erase(offset, sectors * SECTOR_BYTES)

    def _flash_data(self, data: bytes, check: int) -> None:
        sequence, block = self._block(data, check)
        offset, block_bytes, expected, _ = begun = self._begun["flash"]
        if sequence != expected and sequence != expected - 1:  # the last one again
            raise Refused(BAD_SEQUENCE)
        self._program(offset + sequence * block_bytes, block)
        begun[2] = sequence + 1

    def _flash_end(self, data: bytes, check: int) -> None:
        self.restarted = struct.unpack("<I", data)[0] == 0

    def _defl_begin(self, data: bytes, check: int) -> None:
        size, blocks, _, offset = struct.unpack("<IIII", data[:16])
        self._erase(offset, size)
        self._begun["defl"] = [offset, zlib.decompressobj(), 0, blocks]

    def _defl_data(self, data: bytes, check: int) -> None:
        sequence, block = self._block(data, check)
        offset, stream, expected, _ = begun = self._begun["defl"]
        if sequence == expected - 1:
            return  # the last one again: its answer was lost
        if sequence != expected:
            raise Refused(BAD_SEQUENCE)
        plain = stream.decompress(block)
        self._program(offset, plain)
        begun[0] += len(plain)
        begun[2] += 1

    def _md5(self, data: bytes, check: int) -> bytes:
        address, size, _, _ = struct.unpack("<IIII", data)
        return hashlib.md5(self.flash[address : address + size]).digest()

    def _read_flash(self, data: bytes, check: int) -> None:
        self._begun["read"] = [*struct.unpack("<IIII", data), 0, 0]

    def _read_on(self) -> None:
        """Sends blocks, as many ahead as were agreed on; the reader says how many bytes it has."""
        offset, size, block_bytes, ahead, sent, known = read = self._begun["read"]
        while sent < size and sent - known < ahead * block_bytes:
            step = min(block_bytes, size - sent)
            self._send(bytes(self.flash[offset + sent : offset + sent + step]))
            sent += step
        read[4] = sent

        def acknowledged(frame: bytes) -> None:
            self._after = None
            read[5] = struct.unpack("<I", frame)[0]
            if read[5] < size:
                self._read_on()
            else:
                self._send(hashlib.md5(self.flash[offset : offset + size]).digest())

        self._after = acknowledged
