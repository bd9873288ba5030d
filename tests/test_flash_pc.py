# SPDX-License-Identifier: MIT
"""tools/flash for a PC: the disk image boots as a user's stick or disk would."""

import shutil
import subprocess
import time
import uuid
import zlib

import pytest
from disk_target import DiskTarget
from screen import Picture, framebuffer_text, shows, vga_memory_text

from antaresia_tools import boards, debian, paths
from antaresia_tools.boards import Machine
from antaresia_tools.flashing import partitions

OVMF_CODE = "/usr/share/OVMF/OVMF_CODE_4M.fd"
OVMF_VARS = "/usr/share/OVMF/OVMF_VARS_4M.fd"
COMMON = [
    "qemu-system-x86_64", "-M", "q35", "-cpu", "max", "-vga", "std",
    "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04",
    "-drive", "if=none,id=disk,file={image},format=raw,snapshot=on",
]  # fmt: skip
BUSES = {
    "ahci": ["-device", "ide-hd,drive=disk,bus=ide.0"],
    "usb": ["-device", "qemu-xhci", "-device", "usb-storage,drive=disk"],
}


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    debian.ensure(["ovmf", *debian.TO_RUN["x86_64"]])
    path = tmp_path_factory.mktemp("pc") / "pc.img"
    command = [paths.ROOT / "tools/flash", "--board", "pc", "--image", path]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{path}\n"
    return path


@pytest.fixture
def disk_machine(image, tmp_path):
    made = []

    def make(firmware: str, bus: str, cores: int, memory: int) -> DiskTarget:
        args = COMMON + BUSES[bus]
        if firmware == "uefi":
            shutil.copy(OVMF_VARS, tmp_path / "vars")
            flash = "if=pflash,format=raw,unit="
            args += ["-drive", f"{flash}0,readonly=on,file={OVMF_CODE}"]
            args += ["-drive", f"{flash}1,file={tmp_path}/vars"]
        machine = Machine(f"{firmware}-{bus}", tuple(args), cores_max=4, panic_status=67)
        board = boards.find_board("x86_64", "pc")
        made.append(DiskTarget(board, machine, image, cores=cores, memory=memory))
        return made[-1]

    yield make
    for target in made:
        target.stop()


def screen_text(target: DiskTarget, firmware: str, folder) -> str:
    """What the screen shows, by its picture."""
    guest = target.guest
    if firmware == "uefi":
        return framebuffer_text(Picture(guest, folder / "shot"))
    lines = vga_memory_text(guest, folder / "memory")
    assert shows(Picture(guest, folder / "shot"), lines)
    return "\n".join(line.rstrip() for line in lines)


def type_keys(target: DiskTarget, keys: str) -> None:
    for key in keys.split():
        target.guest.qmp("human-monitor-command", **{"command-line": f"sendkey {key}"})
        time.sleep(0.15)  # sendkey holds each key for 0.1 s


@pytest.mark.parametrize(
    "firmware,bus,cores,memory",
    [
        ("bios", "ahci", 4, 128),
        ("bios", "usb", 1, 64),
        ("bios", "usb", 2, 8192),
        ("uefi", "usb", 3, 64),
        ("uefi", "ahci", 4, 8192),
    ],
)
def test_image_boots_to_the_prompt(disk_machine, tmp_path, firmware, bus, cores, memory):
    target = disk_machine(firmware, bus, cores, memory).boot()
    info = "import antaresia; i = antaresia.info(); print(i['cores'], i['ram_bytes'] >> 20)"
    found, mib = map(int, target.check(info).split())
    assert found == cores
    assert memory * 0.85 <= mib <= memory
    # A block that takes most of the memory, or lies beyond 4 GiB (q35 has 2 GiB below).
    size = (memory * 3 // 4 - 24) << 20 if memory < 1024 else 2304 << 20
    fill = f"b = bytearray({size})\nb[-1] = b[len(b) // 2] = 7\nprint(b[-1] + b[len(b) // 2])\n"
    assert target.check(fill) == "14\n"
    target.command("")
    assert target.command("'on the ' + 'screen'") == "'on the screen'"
    text = screen_text(target, firmware, tmp_path)
    assert "\n>>> 'on the ' + 'screen'\n'on the screen'\n>>> " in text


@pytest.mark.parametrize("firmware,bus", [("bios", "ahci"), ("uefi", "usb")])
def test_keyboard_types_at_the_prompt(disk_machine, tmp_path, firmware, bus):
    target = disk_machine(firmware, bus, 1, 128).boot()
    assert 'Type "help()" for more information.' in screen_text(target, firmware, tmp_path)
    type_keys(target, "p r i n t shift-9 x backspace apostrophe shift-q b shift-minus apostrophe")
    type_keys(target, "asterisk 3 comma left left 4 end")
    type_keys(target, "1 shift-0 ret")
    assert target.expect_prompt().endswith("\n" + "Qb_" * 43 + " 1\n")
    # The arrows: back to the last line; Ctrl-C drops it.
    type_keys(target, "up ctrl-c")
    assert "KeyboardInterrupt" not in target.expect_prompt()
    target.send("for i in range(100): print('line', i, '.' * 200)\r\r")
    target.expect_prompt()
    text, end = "", time.monotonic() + 30
    while (
        not text.rstrip("_").endswith(">>> ") and time.monotonic() < end
    ):  # behind the serial line
        text = screen_text(target, firmware, tmp_path)
    assert "line 99 ...." in text and "line 1 ." not in text and text.rstrip("_").endswith(">>> ")


def test_loop_is_interrupted_from_the_keyboard(disk_machine):
    target = disk_machine("bios", "ahci", 1, 128).boot()
    target.send("while True: pass\r\r")
    target.read_until("... ")
    time.sleep(0.5)
    type_keys(target, "ctrl-c")
    assert "KeyboardInterrupt" in target.expect_prompt()


def test_reset_boots_again_and_power_off_ends(disk_machine):
    target = disk_machine("bios", "ahci", 2, 128).boot()
    target.send("import machine; machine.reset()\r")
    target.expect_line("MicroPython .*")
    target.expect_prompt()
    target.send("import antaresia; antaresia.power_off()\r")
    assert target.wait_end() == 0


def test_partition_tables_are_valid(image):
    """Checked against the specification, by arithmetic of its own."""
    data = image.read_bytes()
    assert data[510:512] == b"\x55\xaa" and data[450] == 0xEE
    sectors = len(data) // 512
    for own, other in ((1, sectors - 1), (sectors - 1, 1)):
        header = data[own * 512 : own * 512 + 92]
        assert header[:8] == b"EFI PART"
        blank = header[:16] + b"\0\0\0\0" + header[20:]
        assert int.from_bytes(header[16:20], "little") == zlib.crc32(blank)
        assert int.from_bytes(header[24:32], "little") == own
        assert int.from_bytes(header[32:40], "little") == other
        table = int.from_bytes(header[72:80], "little") * 512
        assert int.from_bytes(header[88:92], "little") == zlib.crc32(data[table : table + 16384])
    kinds = [uuid.UUID(bytes_le=data[1024 + i * 128 : 1040 + i * 128]) for i in range(2)]
    assert kinds == [partitions.ESP, partitions.BIOS_BOOT]


def test_same_input_makes_the_same_tables():
    table = [partitions.Partition(partitions.ESP, 2048, 4096, "a")]
    assert partitions.gpt(table, 20000, b"") == partitions.gpt(table, 20000, b"")
