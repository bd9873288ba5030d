# SPDX-License-Identifier: MIT
"""Which disks tools/flash overwrites: against a made-up sysfs, and files that stand for disks."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from antaresia_tools import paths
from antaresia_tools.errors import ToolError
from antaresia_tools.flashing import disks, fat

FLASH = str(paths.ROOT / "tools" / "flash")


class Machine:
    """A folder with the parts of /sys and /proc that are looked at."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "proc/self").mkdir(parents=True)
        (root / "proc/self/mounts").write_text("proc /proc proc rw 0 0\n")
        (root / "proc/swaps").write_text("Filename Type Size Used Priority\n")

    def disk(self, name: str, removable: bool, partitions: int = 0, model: str = "STICK") -> None:
        folder = self.root / "sys/class/block" / name
        (folder / "device").mkdir(parents=True)
        (folder / "size").write_text("31116288\n")
        (folder / "removable").write_text(f"{int(removable)}\n")
        (folder / "device/vendor").write_text("ACME    \n")
        (folder / "device/model").write_text(f"{model}\n")
        for number in range(1, partitions + 1):
            (folder / f"{name}{number}" / "holders").mkdir(parents=True)
            (folder / f"{name}{number}" / "partition").write_text(f"{number}\n")
            link = self.root / "sys/class/block" / f"{name}{number}"
            link.symlink_to(folder / f"{name}{number}")

    def mount(self, line: str) -> None:
        with (self.root / "proc/self/mounts").open("a") as file:
            file.write(line + "\n")

    def look(self, name: str) -> disks.Disk:
        return disks.look(Path("/dev") / name, self.root, stat.S_IFBLK)


@pytest.fixture
def pc(tmp_path):
    return Machine(tmp_path)


def refused(disk: disks.Disk) -> str:
    with pytest.raises(ToolError) as caught:
        disk.refuse_unless(False)
    assert "--yes-really" in caught.value.hint
    disk.refuse_unless(True)
    return caught.value.message


def test_removable_disk_that_nobody_uses_is_taken(pc):
    pc.disk("sdx", True, partitions=2)
    disk = pc.look("sdx")
    disk.refuse_unless(False)
    assert disk.describe() == "/dev/sdx: ACME STICK, 15.9 GB, removable"


def test_built_in_disk_is_refused(pc):
    pc.disk("sdx", False, model="SSD")
    assert "built into this machine (ACME SSD, 15.9 GB)" in refused(pc.look("sdx"))


@pytest.mark.parametrize("mounted", ["sdx1", "sdx"])
def test_mounted_disk_is_refused(pc, mounted):
    pc.disk("sdx", True, partitions=2)
    pc.mount(f"/dev/{mounted} /media/card vfat rw 0 0")
    assert "in use: /media/card" in refused(pc.look("sdx"))


def test_mount_of_another_disk_does_not_matter(pc):
    pc.disk("sdx", True, partitions=1)
    pc.disk("sdxa", True, partitions=1)
    pc.mount("/dev/sdxa1 /media/card vfat rw 0 0")
    pc.look("sdx").refuse_unless(False)


def test_swap_and_volumes_count_as_use(pc):
    pc.disk("sdx", True, partitions=2)
    (pc.root / "proc/swaps").write_text("Filename Type\n/dev/sdx2 partition 1 0 -2\n")
    assert "in use: swap" in refused(pc.look("sdx"))
    (pc.root / "sys/class/block/sdx/sdx1/holders/dm-0").mkdir()
    assert "swap dm-0" in refused(pc.look("sdx"))


def test_partition_is_no_disk(pc):
    pc.disk("sdx", True, partitions=1)
    with pytest.raises(ToolError, match="a partition"):
        pc.look("sdx1")


def test_file_is_no_disk(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ToolError, match="not a disk"):
        disks.look(tmp_path / "file")
    with pytest.raises(ToolError, match="no such file"):
        disks.look(tmp_path / "none")


# --- writing


def test_pieces_are_written_and_read_back(tmp_path):
    disk = tmp_path / "disk"
    disk.write_bytes(b"\x11" * (4 << 20))
    pieces = [(0, b"start" * 100), (3 << 20, os.urandom(1 << 20))]
    disks.write_device(disk, pieces)
    data = disk.read_bytes()
    assert len(data) == 4 << 20 and data[500] == 0x11
    assert all(data[at : at + len(piece)] == piece for at, piece in pieces)


def test_disk_that_loses_what_is_written(tmp_path, monkeypatch):
    disk = tmp_path / "disk"
    disk.write_bytes(bytes(1 << 20))
    real = os.fsync

    def forget(fd: int) -> None:
        real(fd)
        os.pwrite(fd, b"\x55", 4096)

    monkeypatch.setattr(os, "fsync", forget)
    with pytest.raises(ToolError, match="not there at 0x0"):
        disks.write_device(disk, [(0, b"\xaa" * 8192)])


def test_full_disk_is_one_line():
    with pytest.raises(ToolError, match="/dev/full: no space left"):
        disks.write_device(Path("/dev/full"), [(0, b"x")])


def test_interrupted_image_leaves_no_half_file(tmp_path):
    with pytest.raises(ToolError, match="no such file"):
        disks.write_image(tmp_path / "none" / "image", [(0, b"x")], 100)
    disks.write_image(tmp_path / "image", [(10, b"x")], 100)
    assert (tmp_path / "image").read_bytes() == bytes(10) + b"x" + bytes(89)
    assert [path.name for path in tmp_path.iterdir()] == ["image"]


def test_fat_holds_the_files(tmp_path):
    files = {"config.txt": b"a=1\n", "EFI/BOOT/X.EFI": b"x" * 5000, "EFI/Y": b""}
    (tmp_path / "image").write_bytes(bytes(4096) + fat.make(files, 40 << 20, "LABEL"))
    assert fat.read(tmp_path / "image", 4096) == {"config.txt": b"a=1\n"}


# --- the command


def flash(*args: str) -> tuple[int, str, str]:
    done = subprocess.run([FLASH, *args], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    "args,words",
    [
        (["--board", "pc"], "where to?"),
        (["--board", "pc", "--device", "/dev/a", "--image", "b"], "either --device or --image"),
        (["--board", "pc", "--image", "b", "--port", "c"], "--port is not for board pc"),
        (["--board", "esp8266", "--image", "b"], "--image is not for board esp8266"),
        (["--board", "pc", "--device", "/dev/null"], "/dev/null: not a disk"),
        (["--board", "toaster"], "no board 'toaster' to flash"),
    ],
)
def test_wrong_use_is_one_line_a_hint_and_status_2(args, words):
    status, _, stderr = flash(*args)
    assert status == 2
    error, hint = stderr.splitlines()
    assert error.startswith("error: ") and words in error and hint.startswith("hint: ")


def test_dry_run_writes_nothing(tmp_path):
    image = tmp_path / "image"
    status, stdout, stderr = flash("--board", "pc", "--image", str(image), "--dry-run")
    assert status == 0, stderr
    assert not image.exists()
    steps = stdout.splitlines()
    assert steps[0].startswith("1. take build/x86_64-pc/antaresia.elf")
    assert steps[-1] == f"{len(steps)}. write it to the file {image}, 64 MiB"
