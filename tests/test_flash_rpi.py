# SPDX-License-Identifier: MIT
"""tools/flash for Raspberry Pis: the SD card's image, and what of the boards can be emulated."""

import re
import struct
import subprocess

import pytest
from disk_target import DiskTarget
from elftools.elf.elffile import ELFFile

from antaresia_tools import boards, building, debian, images, paths
from antaresia_tools.boards import Machine
from antaresia_tools.flashing import fat, rpi

FLASH = str(paths.ROOT / "tools" / "flash")
BOOT = rpi.BOOT_START * 512
DATA = rpi.DATA_START * 512


def flash(*args: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([FLASH, *map(str, args)], capture_output=True, text=True)


@pytest.fixture(scope="module")
def firmware(tmp_path_factory):
    """A folder that has files of the right names; what is in them is nobody's firmware."""
    folder = tmp_path_factory.mktemp("firmware")
    for model in rpi.MODELS.values():
        for name in model.needed + model.taken:
            (folder / name).write_bytes(name.encode() * 1000)
    (folder / "something else").write_bytes(b"x")
    return folder


@pytest.fixture(scope="module")
def card(firmware, tmp_path_factory):
    path = tmp_path_factory.mktemp("card") / "rpi3.img"
    done = flash("--board", "rpi3", "--image", path, "--firmware", firmware)
    assert done.returncode == 0, done.stderr
    return path


def test_card_has_the_partitions_that_the_boot_rom_wants(card):
    sector = card.read_bytes()[:512]
    assert sector[510:] == b"\x55\xaa"
    entries = [sector[at : at + 16] for at in range(446, 510, 16)]
    assert [entry[4] for entry in entries] == [0x0C, 0x0C, 0, 0]
    spans = [struct.unpack("<II", entry[8:]) for entry in entries[:2]]
    assert spans[0][0] + spans[0][1] <= spans[1][0]
    assert (spans[1][0] + spans[1][1]) * 512 <= card.stat().st_size


def test_boot_partition_holds_firmware_config_and_kernel(card, firmware):
    files = fat.read(card, BOOT)
    model = rpi.MODELS["rpi3"]
    kernel = boards.find_board("aarch64", "raspi3b").image_path().read_bytes()
    assert sorted(files) == sorted([*model.needed, *model.taken, "config.txt", "kernel8.img"])
    assert files["kernel8.img"] == kernel
    assert files["start.elf"] == (firmware / "start.elf").read_bytes()
    assert b"arm_64bit=1\nkernel=kernel8.img\n" in files["config.txt"]
    assert fat.read(card, DATA) == {}


def test_firmware_is_taken_from_the_card_that_is_there(card):
    before = fat.read(card, BOOT)
    done = flash("--board", "rpi3", "--image", card)
    assert done.returncode == 0, done.stderr
    assert fat.read(card, BOOT) == before


def test_card_and_folder_without_firmware_are_refused(card, tmp_path):
    done = flash("--board", "rpi4", "--image", card)
    assert done.returncode == 3
    assert "no start4.elf fixup4.dat in the boot partition of" in done.stderr
    assert "--firmware DIR" in done.stderr.splitlines()[-1]
    done = flash("--board", "rpi3", "--image", tmp_path / "new", "--firmware", tmp_path)
    assert done.returncode == 3 and "no bootcode.bin start.elf fixup.dat in" in done.stderr
    assert not (tmp_path / "new").exists()


def test_image_boots_with_its_own_kernel_and_the_card(card, tmp_path):
    """QEMU has no GPU firmware: it is given the kernel that the firmware would load."""
    debian.ensure(debian.TO_RUN["aarch64"])
    kernel = tmp_path / "kernel8.img"
    kernel.write_bytes(fat.read(card, BOOT)["kernel8.img"])
    model = boards.find_machine("aarch64", "raspi3b")[1]
    args = [str(kernel) if arg == "{image}" else arg for arg in model.args]
    args += ["-drive", "if=sd,format=raw,snapshot=on,file={image}"]
    machine = Machine("raspi3b-card", tuple(args), False, 1024, True, 4, 4, 67)
    board = boards.find_board("aarch64", "raspi3b")
    with DiskTarget(board, machine, card) as target:
        target.boot()
        info = "import antaresia; i = antaresia.info(); print(i['board'], i['cores'])"
        assert target.check(info) == "Raspberry Pi 3 4\n"
        devices = target.guest.qmp("query-block")
        assert isinstance(devices, list)
        assert any(str(card) in str(device.get("inserted")) for device in devices)


# --- the Raspberry Pi 4, which nothing here emulates


@pytest.fixture(scope="module")
def rpi4():
    found = boards.find_board("aarch64", "raspi4b")
    building.build(found)
    return found


def test_rpi4_kernel_lies_where_the_firmware_loads_it(rpi4):
    with images.elf_path(rpi4).open("rb") as file:
        elf = ELFFile(file)
        loads = [s for s in elf.iter_segments() if s["p_type"] == "PT_LOAD"]
        assert min(s["p_paddr"] for s in loads) == 0x80000 == elf["e_entry"]
        assert max(s["p_paddr"] + s["p_memsz"] for s in loads) < 0x3B400000
    image = rpi4.image_path().read_bytes()
    assert image[56:60] == b"ARMd"  # an arm64 Image
    text_offset, size = struct.unpack_from("<QQ", image, 8)
    assert text_offset == 0x80000 and size >= len(image)


def disassembly(board: str, name: str) -> list[str]:
    """The instructions of an object, without addresses."""
    path = paths.BUILD / f"aarch64-{board}/port/aarch64/{name}.o"
    command = ["aarch64-linux-gnu-objdump", "-d", "--no-show-raw-insn", path]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [line.split("\t", 1)[1] for line in done.stdout.splitlines() if ":\t" in line]


@pytest.mark.parametrize("name", ["gicv2", "pl011", "irq", "timer", "smp", "entry", "vectors"])
def test_rpi4_runs_the_objects_that_run_on_virt(rpi4, name):
    """GIC, UART and timer take their addresses at run time: QEMU's GICv2 runs this code."""
    building.build(boards.find_board("aarch64", "virt"))
    assert disassembly("raspi4b", name) == disassembly("virt", name)
    assert len(disassembly("raspi4b", name)) > 5


@pytest.mark.parametrize("name", ["spintable", "bcm_mailbox", "bcm_power"])
def test_rpi4_differs_from_rpi3_in_addresses_only(rpi4, name):
    building.build(boards.find_board("aarch64", "raspi3b"))
    mine, theirs = disassembly("raspi4b", name), disassembly("raspi3b", name)
    assert len(mine) == len(theirs) > 5
    differing = [pair for pair in zip(mine, theirs, strict=True) if pair[0] != pair[1]]
    for one, other in differing:
        # The upper half of a peripheral's address.
        assert re.sub(r"0xfe[0-9a-f]{2}0000|#0xfe[0-9a-f]{2}", "BASE", one) == re.sub(
            r"0x3f[0-9a-f]{2}0000|#0x3f[0-9a-f]{2}", "BASE", other
        ), (one, other)
    assert bool(differing) == (name != "spintable")


def test_rpi4_addresses_are_the_rpi3s_moved():
    """Low peripheral mode: everything of the BCM2835's kind is 0xbf000000 further up."""

    def addresses(board: str) -> dict[str, int]:
        text = (paths.ROOT / f"port/aarch64/boards/{board}.h").read_text()
        return {k: int(v, 16) for k, v in re.findall(r"define (RPI_\w+_BASE) +\((0x\w+)\)", text)}

    three, four = addresses("raspi3b"), addresses("raspi4b")
    for name in ("PERIPH", "MAILBOX", "PM", "GPIO", "UART0"):
        assert four[f"RPI_{name}_BASE"] - three[f"RPI_{name}_BASE"] == 0xBF000000
    assert four["RPI_GICD_BASE"] == 0xFF841000 and four["RPI_GICC_BASE"] == 0xFF842000


def test_rpi4_card_can_be_made(firmware, tmp_path):
    image = tmp_path / "rpi4.img"
    done = flash("--board", "rpi4", "--image", image, "--firmware", firmware)
    assert done.returncode == 0, done.stderr
    files = fat.read(image, BOOT)
    assert sorted(files) == sorted(
        ["start4.elf", "fixup4.dat", "bcm2711-rpi-4-b.dtb", "config.txt", "kernel8.img"]
    )
