# SPDX-License-Identifier: MIT
"""Debian packages that a command needs: which are missing, and their installation.

A package counts as present when the program or file that is wanted of it is there, wherever it
came from. Standard library only: the bootstrap uses it before anything is installed.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from antaresia_tools import paths
from antaresia_tools.errors import MISSING, ToolError
from antaresia_tools.locking import locked
from antaresia_tools.progress import Progress

# package: what shows that it is there (a program in PATH, or a file)
PACKAGES = {
    "binutils": "objcopy",
    "fio": "fio",
    "gcc": "gcc",
    "gcc-aarch64-linux-gnu": "aarch64-linux-gnu-gcc",
    "gcc-xtensa-lx106": "xtensa-lx106-elf-gcc",
    "gdb-multiarch": "gdb-multiarch",
    "grub-common": "grub-mkimage",
    "grub-efi-amd64-bin": "/usr/lib/grub/x86_64-efi/multiboot2.mod",
    "grub-pc-bin": "/usr/lib/grub/i386-pc/multiboot2.mod",
    "libc6-dev": "/usr/include/stdio.h",
    "make": "make",
    "mtools": "mformat",
    "ovmf": "/usr/share/OVMF/OVMF_CODE_4M.fd",
    "picolibc-xtensa-lx106-elf": "/usr/lib/xtensa-lx106-elf/picolibc.specs",
    "python3-venv": "",
    "qemu-system-arm": "qemu-system-aarch64",
    "qemu-system-misc": "qemu-system-xtensa",
    "qemu-system-x86": "qemu-system-x86_64",
    "spin": "spin",
}

TO_BUILD = {
    "x86_64": ["make", "gcc", "libc6-dev"],
    "aarch64": ["make", "gcc", "libc6-dev", "gcc-aarch64-linux-gnu"],
    "xtensa": ["make", "gcc", "libc6-dev", "gcc-xtensa-lx106", "picolibc-xtensa-lx106-elf"],
    "hosted": ["make", "gcc", "libc6-dev"],
}

# What tools/flash makes a disk's contents with.
TO_FLASH = {
    "pc": ["mtools", "grub-common", "grub-pc-bin", "grub-efi-amd64-bin"],
    "rpi": ["mtools"],
}

TO_RUN = {
    "x86_64": ["qemu-system-x86"],
    "aarch64": ["qemu-system-arm"],
    "xtensa": ["qemu-system-misc"],
    "hosted": [],
}

# What tests need beyond that.
TO_CHECK = ["spin"]


def missing(packages: Iterable[str]) -> list[str]:
    absent = []
    for package in dict.fromkeys(packages):
        sign = PACKAGES[package]
        found = Path(sign).exists() if sign.startswith("/") else shutil.which(sign)
        if not found:
            absent.append(package)
    return absent


def ensure(packages: Iterable[str]) -> None:
    """Installs those of `packages` that are missing, or says how to."""
    if missing(packages):
        with locked(paths.BUILD / ".packages.lock", "installing Debian packages"):
            absent = missing(packages)
            if absent:
                install(absent)


def install(packages: list[str]) -> None:
    command = ["apt-get", "install", "--no-install-recommends", *packages]
    by_hand = ToolError(
        f"missing Debian packages: {' '.join(packages)}",
        f"run as root: {' '.join(command)}",
        MISSING,
    )
    if not shutil.which("apt-get"):
        raise ToolError(
            f"missing programs: {' '.join(PACKAGES[p] or p for p in packages)}",
            "this is no Debian system; install what provides them",
            MISSING,
        )
    prefix = _become_root()
    if prefix is None:
        raise by_hand
    progress = Progress(f"Installing Debian packages: {' '.join(packages)}")
    log = paths.LOGS / "apt.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    options = ["-y", "-o", "Dpkg::Lock::Timeout=300", "-o", "APT::Status-Fd=1"]
    # The machine's package lists may be absent or stale: fetch them only if it fails without.
    ok = _apt(prefix, [*command[:2], *options, *command[2:]], log, progress)
    if not ok:
        progress.step("fetching package lists")
        _apt(prefix, ["apt-get", "update", *options[1:]], log, progress)
        ok = _apt(prefix, [*command[:2], *options, *command[2:]], log, progress)
    progress.clear()
    if not ok:
        reason = apt_reason(log.read_text(errors="replace"))
        raise ToolError(f"apt-get failed: {reason}", by_hand.hint, MISSING)
    progress.done()


def apt_reason(log: str) -> str:
    """The line of apt's output that says what is wrong."""
    lines = [line for line in log.splitlines() if line.startswith(("E: ", "Err:", "W: Failed"))]
    return lines[-1] if lines else (log.strip().splitlines() or ["no output"])[-1]


def _become_root() -> list[str] | None:
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        prefix = ["sudo"] if sys.stdin.isatty() else ["sudo", "-n"]
        if subprocess.run([*prefix, "true"], stdin=None, stderr=subprocess.DEVNULL).returncode == 0:
            return prefix
    return None


def _apt(prefix: list[str], command: list[str], log: Path, progress: Progress) -> bool:
    env = ["env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8"]
    with (
        log.open("a") as out,
        subprocess.Popen(
            [*prefix, *env, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as apt,
    ):
        assert apt.stdout
        for line in apt.stdout:
            out.write(line)
            fields = line.rstrip().split(":", 3)
            if fields[0] in ("dlstatus", "pmstatus") and len(fields) == 4:
                stage = "download" if fields[0] == "dlstatus" else "install"
                progress.step(f"{stage} {float(fields[2] or 0):3.0f}% {fields[3]}")
    return apt.returncode == 0
