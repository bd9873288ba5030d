# SPDX-License-Identifier: MIT
"""The peer machine: Debian's cloud kernel with an initramfs of our own, under the same QEMU.

The kernel comes as Debian's package from the machine's own mirror and is unpacked, not installed.
The initramfs holds busybox and one script, /init, which is the machine's first user program. It
stamps its start in the kernel's log (/dev/kmsg: microseconds on the kernel's own clock, which
starts after the kernel has unpacked itself: that favours the peer), says so on the console, and
then runs benchmarks on request: a line "HEAP_BYTES PROGRAM" runs the unix port on /perf/PROGRAM.
"""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from antaresia_bench.cpio import Archive
from antaresia_bench.guest import Session
from antaresia_tools import paths
from antaresia_tools.boards import Machine
from antaresia_tools.errors import MISSING, ToolError
from antaresia_tools.progress import Progress

PEER_DIR = paths.BUILD / "peer"
PACKAGE = "linux-image-cloud-amd64"
READY = b"PEER-READY "
DONE = b"PEER-DONE"
# norandmaps: without it each process has other addresses, and QEMU translates its code anew.
COMMAND_LINE = "console=ttyS0 quiet norandmaps panic=-1"

_INIT = b"""#!/bin/busybox sh
echo peer-init > /dev/kmsg
echo PEER-UP
/bin/busybox stty -echo -onlcr
set -- $(/bin/busybox dmesg | /bin/busybox grep peer-init | /bin/busybox tr -d '[]')
echo "PEER-READY $1"
while read -r heap program; do
    /bin/micropython -X heapsize=$heap < /perf/$program 2>&1
    echo PEER-DONE
done
"""
UP = b"PEER-UP"


def _run(args: list[str], cwd: Path | None = None) -> str:
    try:
        done = subprocess.run(args, cwd=cwd, capture_output=True, text=True)
    except FileNotFoundError:
        hint = "the peer is Debian's: measure on Debian, or leave it out with --no-peer"
        raise ToolError(f"no command {args[0]}", hint, MISSING) from None
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["failed"])[-1]
        raise ToolError(f"{' '.join(args[:3])}: {last}", "try: apt-get update", MISSING)
    return done.stdout


def unpacked(package: str, inside: str) -> Path:
    """The file matching `inside` of a Debian package, which is downloaded and unpacked once."""
    folder = PEER_DIR / "debian"
    if not list(folder.glob(inside)):
        progress = Progress(f"Fetching the peer's {package}")
        folder.mkdir(parents=True, exist_ok=True)
        _run(["apt-get", "download", package], cwd=PEER_DIR)
        archive = sorted(PEER_DIR.glob(f"{package}_*.deb"))[-1]
        _run(["dpkg-deb", "-x", str(archive), str(folder)])
        archive.unlink()
        progress.done()
    return sorted(folder.glob(inside))[-1]


def kernel() -> Path:
    """The peer's kernel: the package that Debian's metapackage stands for just now."""
    match = re.search(r"Depends: (linux-image-\S+)", _run(["apt-cache", "depends", PACKAGE]))
    if not match:
        raise ToolError(f"apt knows no {PACKAGE}", "try: apt-get update", MISSING)
    return unpacked(match.group(1), "boot/vmlinuz-*")


def _busybox() -> bytes:
    return unpacked("busybox-static", "bin/busybox").read_bytes()


def initramfs(name: str, files: dict[str, bytes], init: bytes = _INIT) -> Path:
    """Writes build/peer/NAME.cpio with /init, busybox and `files` (path -> content)."""
    archive = Archive()
    for folder in ("dev", "proc", "sys", "tmp"):
        archive.folder(folder)
    archive.char_device("dev/console", 5, 1)
    archive.char_device("dev/kmsg", 1, 11)
    archive.file("init", init, executable=True)
    archive.file("bin/busybox", _busybox(), executable=True)
    for inside, content in files.items():
        archive.file(inside, content, executable=not inside.startswith("/perf/"))
    path = PEER_DIR / f"{name}.cpio"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(archive.to_bytes())
    return path


def session(initramfs_path: Path, machine: Machine, extra: Sequence[str] = ()) -> Session:
    """The machine that ours runs on, with this kernel instead."""
    linux = (*extra, "-initrd", str(initramfs_path), "-append", COMMAND_LINE)
    return Session("the Linux guest", machine, kernel(), linux)
