# SPDX-License-Identifier: MIT
"""tools/flash for the esp8266, against a stand-in for the chip's boot loader at a pty."""

import os
import pty
import re
import subprocess
import sys

import pytest
from elftools.elf.elffile import ELFFile
from esp_rom import DEFL_DATA, ESP32_MAGIC, ESP8266_MAGIC, FLASH_DATA, EspRom
from littlefs import LittleFS

from antaresia_tools import boards, building, images, paths
from antaresia_tools.flashing import esp_image, littlefs_image, ports

FLASH = str(paths.ROOT / "tools" / "flash")
HEAP_BYTES = 36 * 1024


@pytest.fixture(scope="module")
def board():
    found = boards.find_board("xtensa", "esp8266")
    building.build(found)
    return found


def flash(*args: object) -> subprocess.CompletedProcess[str]:
    command = [FLASH, "--board", "esp8266", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def complaint(done: subprocess.CompletedProcess[str]) -> str:
    """The one line that a failed run says, after making sure that there is one, and a hint."""
    assert done.returncode in (1, 2, 3), done.stderr
    lines = done.stderr.splitlines()
    assert [line[:6] for line in lines[-2:]] == ["error:", "hint: "], done.stderr
    assert "Traceback" not in done.stderr
    return lines[-2]


def holds(chip: EspRom, board: boards.Board) -> bool:
    parts = esp_image.layout(board).parts
    return all(chip.flash[at : at + len(data)] == data for at, data in parts)


# --- the image


def test_sections_lie_in_the_chips_memory(board):
    elf = images.elf_path(board)
    assert esp_image.outside_of_memory(elf) == []
    with elf.open("rb") as file:
        sections = {s.name: s for s in ELFFile(file).iter_sections() if s["sh_flags"] & 2}
    assert sections[".text"]["sh_addr"] == 0x40100000
    assert sections[".irom0.text"]["sh_addr"] == 0x40210000


def test_a_section_elsewhere_is_found(board, tmp_path):
    moved = tmp_path / "moved.elf"
    change = ["xtensa-lx106-elf-objcopy", "--change-section-address", ".text=0x40107000"]
    subprocess.run([*change, images.elf_path(board), moved], check=True)
    assert [words.split()[0] for words in esp_image.outside_of_memory(moved)] == [".text"]


def test_heap_at_the_prompt_is_large_enough(board):
    symbols = {s.name: s.address for s in images.Image(images.elf_path(board)).symbols}
    assert symbols["ld_heap_bytes"] >= HEAP_BYTES


def test_esptool_accepts_the_image(board, tmp_path):
    header = tmp_path / "header.bin"
    header.write_bytes(esp_image.layout(board).parts[0][1])
    done = subprocess.run(
        [sys.executable, "-m", "esptool", "--chip", "esp8266", "image-info", header],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Checksum: 0x[0-9a-f]{2} \(valid\)", done.stdout), done.stdout
    assert re.search(r"Entry point: 0x401[0-9a-f]{5}", done.stdout), done.stdout


def calls_and_constants(elf: ELFFile, path: str) -> dict[int, set[int]]:
    """Of each function in instruction RAM: what it names by a literal or calls directly."""
    text = elf.get_section_by_name(".text")
    base, data = text["sh_addr"], text.data()
    listing = subprocess.run(
        ["xtensa-lx106-elf-objdump", "-d", "-j", ".text", path], capture_output=True, text=True
    ).stdout
    named: dict[int, set[int]] = {}
    current = 0
    for line in listing.splitlines():
        if start := re.match(r"([0-9a-f]{8}) <", line):
            current = int(start[1], 16)
            named[current] = set()
        elif literal := re.search(r"\tl32r\ta\d+, ([0-9a-f]{8})", line):
            at = int(literal[1], 16) - base
            named[current].add(int.from_bytes(data[at : at + 4], "little"))
        elif call := re.search(r"\t(?:call0|j)\t([0-9a-f]{8})", line):
            named[current].add(int(call[1], 16))
    return named


def test_interrupts_need_no_flash(board):
    """While the ROM writes the flash nothing in it can be read; interrupts go on."""
    path = images.elf_path(board)
    with path.open("rb") as file:
        elf = ELFFile(file)
        named = calls_and_constants(elf, str(path))
        symbols = {s.name: s.address for s in images.Image(path).symbols}
    # Where a machine that dies anyhow goes; and the scheduler, which has no turn meanwhile.
    harmless = {symbols["xt_fault"], symbols["xt_fault_elsewhere"], symbols["core_leave"]}
    todo = [symbols[name] for name in ("xt_exception_entry", "xt_exception", "on_compare")]
    todo += [symbols[name] for name in ("rt_irq_exit_wanted", "rt_on_irq_exit", "hal_flash_erase")]
    todo += [s.address for s in images.Image(path).symbols if s.name == "on_interrupt"]
    todo += [symbols["hal_flash_read"], symbols["hal_flash_write"]]
    seen, bad = set(), []
    starts = sorted(named)
    while todo:
        address = todo.pop()
        function = max(start for start in starts if start <= address)
        if function in seen:
            continue
        seen.add(function)
        for value in named[function] - harmless:
            if 0x40200000 <= value < 0x40300000:
                bad.append(f"{function:#x} names {value:#x}")
            elif 0x40100000 <= value < 0x40108000:
                todo.append(value)
    assert bad == []
    assert symbols["console_on_input"] in seen and symbols["timer_on_expiry"] in seen


# --- flashing


def test_flashed_and_read_back(board):
    with EspRom() as chip:
        done = flash("--port", chip.port, "--verify")
        assert done.returncode == 0, done.stderr
        assert holds(chip, board)
        assert DEFL_DATA in chip.requests and FLASH_DATA not in chip.requests
        assert chip.flash[0xA0000:] == bytes(0x60000)  # the files were left alone


def test_flashed_by_the_rom_alone(board):
    with EspRom() as chip:
        done = flash("--port", chip.port, "--no-stub")
        assert done.returncode == 0, done.stderr
        assert holds(chip, board)
        assert FLASH_DATA in chip.requests and not chip.is_stub


@pytest.mark.parametrize("stub", [[], ["--no-stub"]], ids=["stub", "rom"])
def test_flashed_by_esptool_itself(board, stub, tmp_path):
    """The stand-in is right about the protocol: esptool's own program has no objection."""
    names = []
    for at, data in esp_image.layout(board).parts:
        (tmp_path / f"{at:#x}").write_bytes(data)
        names += [hex(at), str(tmp_path / f"{at:#x}")]
    with EspRom() as chip:
        command = [sys.executable, "-m", "esptool", "--chip", "esp8266", "--port", chip.port]
        command += ["--before", "no-reset", "--after", "no-reset-stub", *stub]
        done = subprocess.run([*command, "write-flash", *names], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        assert holds(chip, board)


def test_erase_clears_everything_first(board):
    with EspRom() as chip:
        done = flash("--port", chip.port, "--erase")
        assert done.returncode == 0, done.stderr
        assert holds(chip, board)
        assert chip.flash[0xA0000:] == b"\xff" * 0x60000


def test_folder_becomes_the_boards_files(board, tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "main.py").write_text("print('hello')\n")
    (tmp_path / "lib" / "data.bin").write_bytes(bytes(range(256)) * 100)
    with EspRom() as chip:
        done = flash("--port", chip.port, "--app", tmp_path)
        assert done.returncode == 0, done.stderr
        assert holds(chip, board)
        fs = LittleFS(block_size=4096, block_count=96, mount=False)
        fs.context.buffer[:] = chip.flash[0xA0000:]
        fs.mount()
        with fs.open("/main.py") as file:
            assert file.read() == "print('hello')\n"
        with fs.open("/lib/data.bin", "rb") as file:
            assert file.read() == bytes(range(256)) * 100


def test_files_that_do_not_fit(tmp_path):
    (tmp_path / "large").write_bytes(bytes(400 * 1024))
    done = flash("--port", "/dev/null", "--app", tmp_path)
    assert "does not fit into the board's 384 KiB" in complaint(done)


def test_dry_run_touches_nothing():
    with EspRom() as chip:
        done = flash("--port", chip.port, "--dry-run", "--erase", "--verify")
        assert done.returncode == 0, done.stderr
        assert chip.requests == []
    steps = [line.split(". ", 1)[1] for line in done.stdout.splitlines()]
    assert [step.split()[0] for step in steps] == [
        "take", "open", "load", "erase", "write", "write", "read", "restart"
    ]  # fmt: skip


# --- what goes wrong


@pytest.mark.parametrize("fault", ["drop", "corrupt", "garble"])
@pytest.mark.parametrize("number", [21, 60, 61])
def test_a_lost_or_corrupted_frame_is_repeated(board, fault, number):
    with EspRom() as chip:
        chip.faults = {number: fault}
        done = flash("--port", chip.port)
        assert chip.faults == {}
        assert done.returncode == 0, done.stderr
        assert holds(chip, board)


def test_line_that_never_works_is_given_up(board):
    with EspRom() as chip:
        chip.faults = dict.fromkeys(range(20, 200, 7), "garble")
        assert "line" not in complaint(flash("--port", chip.port))
        assert len(chip.faults) > 20


def test_pulled_plug_half_way_and_again(board):
    with EspRom() as chip:
        chip.faults = {70: "hang up"}
        assert "the line to the board was lost" in complaint(flash("--port", chip.port))
        assert not holds(chip, board)
        chip.plug_in()
        done = flash("--port", chip.port)
        assert done.returncode == 0, done.stderr
        assert holds(chip, board)


def test_flasher_that_still_runs_is_used(board):
    with EspRom() as chip:
        assert flash("--port", chip.port).returncode == 0
        assert chip.is_stub
        assert flash("--port", chip.port).returncode == 0
        assert holds(chip, board)


@pytest.mark.parametrize(
    "magic,words", [(ESP32_MAGIC, "is an ESP32, not an ESP8266"), (0x12345678, "none that esptool")]
)
def test_chip_of_another_kind(magic, words):
    with EspRom(magic=magic) as chip:
        assert words in complaint(flash("--port", chip.port))
        assert chip.flash == bytes(len(chip.flash))


def test_no_answer():
    with EspRom() as chip:
        chip.silent = True
        assert "no answer" in complaint(flash("--port", chip.port))


def test_flash_too_small_for_the_image():
    with EspRom(magic=ESP8266_MAGIC, flash_mib=0.5) as chip:
        assert "has 512 KiB, the image needs 1024" in complaint(flash("--port", chip.port))
        assert chip.flash == bytes(len(chip.flash))


def test_port_in_use():
    with EspRom() as chip, ports.open_port(chip.port):
        assert "another program uses it" in complaint(flash("--port", chip.port))


def test_port_that_is_not_there_or_none():
    assert "no such port" in complaint(flash("--port", "/dev/ttyNone"))
    assert "not a serial port" in complaint(flash("--port", "/dev/null"))


def test_port_without_permission():
    error = ports.reason("/dev/ttyUSB0", PermissionError(13, "Permission denied"))
    assert error.message == "/dev/ttyUSB0: not permitted" and "dialout" in error.hint


def test_finding_the_port():
    assert ports.find("/dev/x", ["/dev/a", "/dev/b"]) == "/dev/x"
    assert ports.find(None, ["/dev/a"]) == "/dev/a"
    for candidates, words in (([], "no board"), (["/dev/a", "/dev/b"], "several")):
        with pytest.raises(ports.ToolError, match=words):
            ports.find(None, candidates)


def test_options_of_other_boards_are_usage_errors():
    done = flash("--verify", "--no-stub")
    assert done.returncode == 2 and "--verify with --no-stub" in complaint(done)


# --- the files in the machine: the same image's layout, in QEMU


def run(target, code: str) -> str:
    return target.check(code)


def test_flashed_files_are_the_machines(machine, tmp_path):
    """The file system that tools/flash makes is mounted, read and written by the firmware."""
    (tmp_path / "main.py").write_text("print('started from flash')\n")
    (tmp_path / "data").write_bytes(bytes(range(256)) * 40)
    image = littlefs_image.of_folder(tmp_path, 384 * 1024, 4096)
    # The stand-in board keeps its flash inverted, in SDRAM.
    inverted = tmp_path / "inverted"
    inverted.write_bytes(bytes(255 - byte for byte in image))
    loader = ("-device", f"loader,file={inverted},addr=0x60000000,force-raw=on")
    target = machine("xtensa", "lx60-small", extra=loader).boot()
    assert "started from flash" in target.banner
    assert run(target, "print(open('data','rb').read() == bytes(range(256)) * 40)") == "True\n"
    write = "import os\nwith open('new','w') as f: f.write('kept ' * 3000)\nos.remove('data')\n"
    run(target, write)
    dump = tmp_path / "dump"
    target.guest.qmp("pmemsave", val=0x60000000, size=384 * 1024, filename=str(dump))
    fs = LittleFS(block_size=4096, block_count=96, mount=False)
    fs.context.buffer[:] = bytes(255 - byte for byte in dump.read_bytes())
    fs.mount()
    with fs.open("/new") as file:
        assert file.read() == "kept " * 3000
    assert sorted(fs.listdir("/")) == ["main.py", "new"]


def test_files_that_cannot_be_mounted_are_not_erased(machine, tmp_path):
    junk = tmp_path / "junk"
    junk.write_bytes(b"\x5a" * 8192)
    loader = ("-device", f"loader,file={junk},addr=0x60000000,force-raw=on")
    target = machine("xtensa", "lx60-small", extra=loader).boot()
    assert "The files in flash cannot be mounted" in target.banner
    program = "import flash\nb=bytearray(8)\nflash.Flash().readblocks(0,b,0)\nprint(b)\n"
    assert "\\xa5" in run(target, program)
    run(target, "import vfs, flash\nvfs.VfsLfs2.mkfs(flash.Flash())")
    assert "cannot be mounted" not in target.command("\x04")
    assert run(target, "import os\nprint(os.listdir())") == "[]\n"


def test_flash_device_checks_its_arguments(machine):
    target = machine("xtensa", "lx60-small").boot()
    program = """
import flash
f = flash.Flash()
b = bytearray(16)
for name, args in (("readblocks", (96, b, 0)), ("readblocks", (-1, b, 0)),
        ("readblocks", (95, bytearray(4096), 1)), ("writeblocks", (95, b, 4096)),
        ("readblocks", (0, b, -1)), ("readblocks", (1 << 29, b)), ("ioctl", (6, 96))):
    try:
        getattr(f, name)(*args)
        print("taken", name, args)
    except OSError as e:
        print(e.errno, end=" ")
f.ioctl(6, 95)
f.writeblocks(95, b"\\x0f", 4095)
f.writeblocks(95, b"\\xf1", 4095)
c = bytearray(3)
f.readblocks(95, c, 4093)
print(c)
try:
    f.readblocks(0, b"const", 0)
except TypeError:
    print("TypeError")
"""
    expected = "22 " * 7 + "bytearray(b'\\xff\\xff\\x01')\nTypeError\n"
    assert run(target, program) == expected


# --- tools/repl


def test_repl_opens_mpremotes_prompt():
    serial = subprocess.Popen(
        [str(paths.ROOT / "tools/run"), "--arch", "hosted", "--serial", "pty"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert serial.stdout
        port = re.search(r"/dev/pts/\d+", serial.stdout.readline())
        assert port
        pid, fd = pty.fork()
        if pid == 0:
            program = str(paths.ROOT / "tools/repl")
            os.execv(program, [program, port[0]])
        seen = b""
        sent = False
        while b"\n42" not in seen:
            seen += os.read(fd, 4096)
            if not sent and b"exit this shell" in seen:
                os.write(fd, b"\r6 * 7\r")
                sent = True
        os.write(fd, b"\x1d")
        assert os.waitpid(pid, 0)[1] == 0
    finally:
        serial.terminate()
        serial.wait()


def test_repl_says_what_is_wrong_with_the_port():
    command = [str(paths.ROOT / "tools/repl"), "/dev/ttyNone"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 3 and "no such port" in complaint(done)
