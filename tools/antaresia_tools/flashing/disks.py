# SPDX-License-Identifier: MIT
"""Disks that an image goes to: what they are, whether they may be overwritten, and the writing.

A disk that holds something mounted, or that is built in, is most likely not the one that was meant.
"""

import contextlib
import fcntl
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from antaresia_tools.errors import MISSING, USAGE, ToolError
from antaresia_tools.progress import Progress

_REREAD_PARTITIONS = 0x125F  # BLKRRPART, linux/fs.h
_CHUNK = 1 << 20
Piece = tuple[int, bytes]


@dataclass(frozen=True)
class Disk:
    path: Path
    model: str
    size_bytes: int
    removable: bool
    in_use: tuple[str, ...]  # mount points, or what else holds it

    def describe(self) -> str:
        kind = "removable" if self.removable else "built in"
        return f"{self.path}: {self.model}, {self.size_bytes / 1e9:.1f} GB, {kind}"

    def refuse_unless(self, really: bool) -> None:
        reason = ""
        if self.in_use:
            reason = f"{self.path} is in use: {' '.join(self.in_use)}"
        elif not self.removable:
            reason = f"{self.path} is built into this machine"
        if reason and not really:
            raise ToolError(
                f"{reason} ({self.model}, {self.size_bytes / 1e9:.1f} GB)",
                "is it the right one? Unmount it; --yes-really overwrites it all the same",
            )


def look(path: Path, root: Path = Path("/"), kind: int | None = None) -> Disk:
    """What sysfs and the mount table say of a disk. `root` and `kind` are for tests."""
    try:
        mode = path.stat().st_mode if kind is None else kind
    except OSError as error:
        raise ToolError(
            f"{path}: {(error.strerror or '').lower()}", "lsblk lists the disks", MISSING
        ) from error
    if not stat.S_ISBLK(mode):
        raise ToolError(f"{path}: not a disk", "--image writes to a file; lsblk lists disks", USAGE)
    name = path.resolve().name if kind is None else path.name
    folder = root / "sys/class/block" / name
    if (folder / "partition").exists():
        raise ToolError(f"{path}: a partition", "give the whole disk, such as /dev/sdb", USAGE)
    words = [_text(folder / "device" / part) for part in ("vendor", "model", "name")]
    return Disk(
        path,
        " ".join(word for word in words if word) or "unknown model",
        int(_text(folder / "size") or 0) * 512,
        _text(folder / "removable") == "1",
        tuple(_users(root, folder, name)),
    )


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def _users(root: Path, folder: Path, name: str) -> list[str]:
    names = {name} | {path.parent.name for path in folder.glob(f"{name}*/partition")}
    users = []
    for line in _text(root / "proc/self/mounts").splitlines():
        device, where = line.split(" ")[:2]
        if device.startswith("/dev/") and os.path.basename(os.path.realpath(device)) in names:
            users.append(where)
    for line in _text(root / "proc/swaps").splitlines()[1:]:
        if os.path.basename(line.split()[0]) in names:
            users.append("swap")
    for one in sorted(names):
        place = folder if one == name else folder / one
        users += [path.name for path in sorted((place / "holders").glob("*"))]
    return users


def write_image(path: Path, pieces: Sequence[Piece], size_bytes: int) -> None:
    """A new file; what no piece covers is zero and takes no room."""
    temporary = path.with_name(path.name + ".part")
    try:
        with temporary.open("wb") as file:
            file.truncate(size_bytes)
            for offset, data in pieces:
                file.seek(offset)
                file.write(data)
        temporary.replace(path)
    except OSError as error:
        raise ToolError(f"{path}: {(error.strerror or '').lower()}", "choose another") from error
    finally:
        temporary.unlink(missing_ok=True)


def write_device(path: Path, pieces: Sequence[Piece]) -> None:
    """Writes the pieces, makes sure that they are on the disk, and reads them back."""
    total = sum(len(data) for _, data in pieces)
    progress = Progress(f"Writing {path}")
    try:
        with path.open("r+b", buffering=0) as disk:
            done = 0
            for offset, data in pieces:
                for at in range(0, len(data), _CHUNK):
                    disk.seek(offset + at)
                    disk.write(data[at : at + _CHUNK])
                    done += len(data[at : at + _CHUNK])
                    progress.step(f"{done >> 20} of {total >> 20} MiB")
            progress.step("waiting until all is on the disk")
            os.fsync(disk.fileno())
            _forget_cached(disk.fileno())
            for offset, data in pieces:
                for at in range(0, len(data), _CHUNK):
                    disk.seek(offset + at)
                    expected = data[at : at + _CHUNK]
                    if disk.read(len(expected)) != expected:
                        raise ToolError(
                            f"{path}: what was written is not there at {offset + at:#x}",
                            "the card or stick is worn out or counterfeit; take another",
                        )
            if stat.S_ISBLK(os.fstat(disk.fileno()).st_mode):
                _reread(disk.fileno())
    except PermissionError as error:
        raise ToolError(f"{path}: not permitted", "run it as root, with sudo") from error
    except OSError as error:
        words = (error.strerror or "").lower()
        raise ToolError(f"{path}: {words}", "plug it in again and repeat") from error
    finally:
        progress.clear()
    progress.done(f"{total >> 20} MiB written and read back")


def _forget_cached(fd: int) -> None:
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)


def _reread(fd: int) -> None:
    # With a partition open somewhere, the kernel sees the new table when the disk is plugged in.
    with contextlib.suppress(OSError):
        fcntl.ioctl(fd, _REREAD_PARTITIONS)
