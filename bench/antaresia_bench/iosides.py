# SPDX-License-Identifier: MIT
"""The sides of bench/io: ours and Linux with fio, on the same machine with the same disk.

The peer's initramfs has fio with the libraries that it is linked to, as they are on this Debian,
and the modules of a virtio disk. A line on its console is a command; it says when it is over.
"""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from antaresia_bench import linuxguest
from antaresia_bench.guest import Session, our_machine
from antaresia_bench.linuxguest import DONE, PEER_DIR, READY
from antaresia_bench.repl import Repl
from antaresia_tools import debian, paths
from antaresia_tools.errors import ToolError

DISK_BYTES = 256 << 20
CORES = 2
MEMORY_MIB = 1024
PROGRAM = paths.ROOT / "bench" / "io_programs" / "disk.py"
MODULES = ("virtio_ring", "virtio", "virtio_pci_legacy_dev", "virtio_pci_modern_dev", "virtio_pci")
BLOCK = "virtio_blk"

_INIT = b"""#!/bin/busybox sh
export PATH=/bin LD_LIBRARY_PATH=/lib
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
for module in MODULES; do /bin/busybox insmod /modules/$module.ko; done
/bin/busybox stty -echo -onlcr
echo "PEER-READY "
while read -r line; do
    eval "$line" 2>&1
    echo PEER-DONE
done
"""


@dataclass(frozen=True)
class Work:
    """What a row does to the disk."""

    write: bool
    size: int  # bytes of a request
    depth: int
    random: bool
    ms: int


def _disk(side: str) -> Path:
    """A file of data that is not zero, alike on both sides."""
    path = PEER_DIR / f"io-{side}.img"
    if not path.exists() or path.stat().st_size != DISK_BYTES:
        PEER_DIR.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(range(1, 129)) * (DISK_BYTES // 128))
    return path


def _options(side: str) -> tuple[str, ...]:
    drive = f"file={_disk(side)},if=none,id=disk,format=raw"
    return ("-drive", drive, "-device", "virtio-blk-pci,drive=disk")


class Ours:
    name = "Antaresia"

    def __init__(self) -> None:
        machine, image = our_machine("x86_64")
        self.session = Session(self.name, machine, image, _options("ours"), CORES, MEMORY_MIB)

    def start(self) -> None:
        self._repl = Repl(self.session)
        self._run(PROGRAM.read_text())

    def _run(self, code: str) -> str:
        output, errors = self._repl.run(code.encode())
        if errors:
            raise ToolError("the disk's program failed", errors.strip().splitlines()[-1])
        return output

    def _result(self, code: str) -> float:
        return float(self._run(code).split("result")[1])

    def requests(self, work: Work) -> float:
        args = (work.write, work.size, work.depth, work.random, work.ms)
        return self._result(f"measure{args}")

    def restart_ms(self, times: int) -> float:
        return self._result(f"restart({times})")


class Linux:
    name = "Linux, fio"

    def __init__(self) -> None:
        machine, _ = our_machine("x86_64")
        self.session = Session(
            self.name,
            machine,
            linuxguest.kernel(),
            (*_options("linux"), "-initrd", str(_initramfs()), "-append", linuxguest.COMMAND_LINE),
            CORES,
            MEMORY_MIB,
        )

    def start(self) -> None:
        self.session.expect(READY)

    def _run(self, command: str) -> str:
        self.session.write(command.encode() + b"\n")
        return self.session.expect(DONE).decode(errors="replace")

    def requests(self, work: Work) -> float:
        kind = ("rand" if work.random else "") + ("write" if work.write else "read")
        said = self._run(
            "fio --name=x --filename=/dev/vda --direct=1 --ioengine=io_uring --thread --minimal"
            f" --rw={kind} --bs={work.size} --iodepth={work.depth} --time_based"
            f" --runtime={work.ms}ms"
        )
        found = re.search(r"^3;fio-.*$", said, re.M)
        if not found or found[0].split(";")[4] != "0":
            raise ToolError("fio in the Linux guest failed", " ".join(said.split())[-200:])
        return float(found[0].split(";")[48 if work.write else 7])

    def restart_ms(self, times: int) -> float:
        """Of unloading its module, loading it, and one read; its clock ticks every 10 ms."""
        said = self._run(
            f"busybox cat /proc/uptime; i=0; while [ $i -lt {times} ]; do busybox rmmod {BLOCK};"
            f" busybox insmod /modules/{BLOCK}.ko; busybox dd if=/dev/vda of=/dev/null bs=512"
            " count=1 2>/dev/null; i=$((i+1)); done; busybox cat /proc/uptime"
        )
        if "rmmod" in said:
            raise ToolError(
                "the Linux guest does not unload its module", " ".join(said.split())[-200:]
            )
        ups = [float(line.split()[0]) for line in said.strip().splitlines() if " " in line]
        return (ups[-1] - ups[0]) * 1000 / times


def _initramfs() -> Path:
    debian.ensure(["fio"])
    fio = Path(shutil.which("fio") or "/usr/bin/fio")
    files = {"bin/fio": fio.read_bytes()}
    said = subprocess.run(["ldd", fio], capture_output=True, text=True, check=True).stdout
    for name in re.findall(r"(/\S+) \(0x", said):
        inside = name.lstrip("/") if "ld-linux" in name else f"lib/{Path(name).name}"
        files[inside] = Path(name).read_bytes()
    tree = linuxguest.kernel().parents[1] / "lib" / "modules"
    release = linuxguest.kernel().name.removeprefix("vmlinuz-")
    for module in (*MODULES, BLOCK):
        files[f"modules/{module}.ko"] = next((tree / release).rglob(f"{module}.ko")).read_bytes()
    names = " ".join((*MODULES, BLOCK)).encode()
    return linuxguest.initramfs("io", files, _INIT.replace(b"MODULES", names))
