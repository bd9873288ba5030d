# SPDX-License-Identifier: MIT
"""The sides of bench/actors: our image hosted, the peer, and our runtime with bodies in C.

On one core what is timed is the CPU time of the whole process, of all its threads, so that other
programs on this machine count for little; on several it is wall time.
"""

import os
import platform
import subprocess
import time
from pathlib import Path
from typing import Protocol

from antaresia_bench.guest import Session
from antaresia_bench.linuxguest import PEER_DIR
from antaresia_bench.repl import Repl
from antaresia_tools import debian, paths
from antaresia_tools.boards import find_machine
from antaresia_tools.building import build_bench
from antaresia_tools.errors import ToolError

NATIVE = paths.ROOT / "tests" / "native" / "actor"


class Side(Protocol):
    name: str

    @property
    def pid(self) -> int: ...

    def prepare(self, row: str, count: int, arg: int) -> None: ...

    def go(self, n: int) -> None: ...


class Antaresia:
    """Our image on a machine, from `with` to its end."""

    def __init__(
        self, arch: str, cores: int, memory_mib: int | None = None, extra: tuple[str, ...] = ()
    ) -> None:
        self.name = f"Antaresia on {arch}"
        board, machine = find_machine(arch)
        self.session = Session(self.name, machine, build_bench(board), extra, cores, memory_mib)

    def __enter__(self) -> "Antaresia":
        self.session.__enter__()
        self._repl = Repl(self.session)
        self.run("import bench_drive")
        return self

    def __exit__(self, *exc: object) -> None:
        self.session.__exit__(*exc)

    @property
    def pid(self) -> int:
        return self.session.pid

    def run(self, code: str) -> str:
        output, errors = self._repl.run(code.encode())
        if errors:
            raise ToolError(f"{self.name}: {code}", errors.strip().splitlines()[-1])
        return output

    def prepare(self, row: str, count: int, arg: int) -> None:
        args = {"bench_buffer": f", {arg}", "bench_idle_bytes": ", quota=3500 << 20"}.get(row, "")
        self.run(f"bench_drive.prepare('{row}', {count}{args})")

    def go(self, n: int, only: int | None = None) -> None:
        self.run(f"bench_drive.go({n}, {only})")


# --- what is measured of a side


def cpu_ns(pid: int) -> int:
    """CPU time of a process so far. It waits for us, so the figures are complete."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def cpu_time(side: Side, n: int) -> float:
    start = cpu_ns(side.pid)
    side.go(n)
    return float(cpu_ns(side.pid) - start)


def wall_time(side: Side, n: int) -> float:
    start = time.perf_counter_ns()
    side.go(n)
    return float(time.perf_counter_ns() - start)


# --- the runtime alone


def native_figures() -> dict[str, float]:
    """Figures of the runtime with bodies in C, without any VM: ns, or bytes, by name."""
    debian.ensure(["gcc", "libc6-dev"])
    program = PEER_DIR / "actors-native"
    PEER_DIR.mkdir(parents=True, exist_ok=True)
    sources = [*sorted((paths.ROOT / "vm_ext" / "actor").glob("*.c")), NATIVE / "bench.c"]
    sources += [NATIVE / "rig_common.c", NATIVE / "rig_threads.c"]
    sources += [NATIVE / f"switch_{platform.machine()}.S"]
    flags = ["-O2", "-std=gnu11", "-pthread", "-DRIG_REAL_MEMORY"]
    flags += ["-I.", "-Iport/include", f"-I{NATIVE}"]
    done = subprocess.run(
        ["gcc", *flags, "-o", program, *sources], cwd=paths.ROOT, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise ToolError("the runtime's native bench did not build", done.stderr.strip()[-300:])
    said = subprocess.run([program, "1"], capture_output=True, text=True, check=True).stdout
    return {line.split()[0]: float(line.split()[1]) for line in said.splitlines()}
