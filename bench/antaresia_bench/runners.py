# SPDX-License-Identifier: MIT
"""What runs a perf_bench program: each runner gives it a fresh VM and reads what it prints."""

import re
import subprocess
from typing import Protocol

from antaresia_bench import linuxguest, perfbench
from antaresia_bench.guest import Session
from antaresia_bench.perfbench import Reading
from antaresia_bench.repl import Repl


class Runner(Protocol):
    name: str

    def run(self, name: str, program: bytes) -> Reading: ...


class ReplRunner:
    """Antaresia, on a machine or hosted: a soft reset, then the program through the raw REPL."""

    def __init__(self, session: Session, name: str):
        self.name = name
        self._repl = Repl(session)

    def heap_bytes(self) -> int:
        """The VM's first heap area; it takes further ones only when a program needs them."""
        output, _ = self._repl.run(b"import micropython\nmicropython.mem_info()")
        match = re.search(r"GC: total: (\d+)", output)
        return int(match[1]) if match else 4 << 20

    def run(self, name: str, program: bytes) -> Reading:
        self._repl.soft_reset()
        return perfbench.reading(*self._repl.run(program))


class LinuxRunner:
    """The unix port in the Linux guest, whose initramfs holds the programs."""

    def __init__(self, session: Session, name: str, heap_bytes: int):
        self.name = name
        self._session = session
        self._heap_bytes = heap_bytes
        session.expect(linuxguest.READY)
        session.expect(b"\n")

    def run(self, name: str, program: bytes) -> Reading:
        self._session.write(b"%d %s.py\n" % (self._heap_bytes, name.encode()))
        return perfbench.reading(self._session.expect(linuxguest.DONE).decode())


class ProcessRunner:
    """A Python interpreter of this machine, with the program on its stdin."""

    def __init__(self, args: list[str], name: str):
        self.name = name
        self._args = args

    def run(self, name: str, program: bytes) -> Reading:
        done = subprocess.run(self._args, input=program, capture_output=True)
        return perfbench.reading(done.stdout.decode(), done.stderr.decode())
