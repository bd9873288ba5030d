# SPDX-License-Identifier: MIT
"""A machine of tools/ with a clock: its serial line is read up to marks, which is what is timed.

Everything that is measured, ours and the peer, runs in a Session, so both sides start the same way:
QEMU comes up paused, and the clock started before it did.
"""

import functools
import time
from collections.abc import Sequence
from pathlib import Path

from antaresia_tools import debian
from antaresia_tools.boards import Machine, find_machine
from antaresia_tools.building import build
from antaresia_tools.errors import ToolError
from antaresia_tools.guest import Guest
from antaresia_tools.rawrepl import GuestEnded, RawRepl

# With these the guest's clock is its instruction count, 1 ns each: exact, repeatable, and blind to
# what else the host does.
COUNTED = ("-icount", "shift=0,sleep=off")
TIMEOUT_S = 300.0  # only to detect a hang: nothing here takes that long


class Session:
    """One machine, with one core unless said otherwise, from `with` to its end."""

    def __init__(
        self,
        name: str,
        machine: Machine,
        image: Path,
        extra: Sequence[str] = (),
        cores: int = 1,
        memory_mib: int | None = None,
    ):
        self.name = name
        self._guest = Guest(machine, image, cores, memory_mib, reboot=False, extra=extra)

    def __enter__(self) -> "Session":
        self._started_ns = time.perf_counter_ns()
        self._guest.start()
        self._line = RawRepl(self._guest.serial)
        return self

    def __exit__(self, *exc: object) -> None:
        self._guest.stop()

    @property
    def pid(self) -> int:
        return self._guest.pid

    def elapsed_ms(self) -> float:
        """Wall time since just before the machine was started."""
        return (time.perf_counter_ns() - self._started_ns) / 1e6

    def write(self, data: bytes) -> None:
        self._guest.serial.sendall(data)

    def expect(self, mark: bytes) -> bytes:
        """Reads up to and with `mark`; gives what came before it."""
        try:
            return self._line.read_until(mark, TIMEOUT_S)[: -len(mark)]
        except GuestEnded as ended:
            said = (ended.text + self._guest.stderr().encode())[-300:].decode(errors="replace")
            words = " ".join(said.split())
            raise ToolError(f"{self.name} ended before {mark!r}", f"it said: {words}") from None


@functools.cache
def our_machine(arch: str) -> tuple[Machine, Path]:
    """The default machine and its image, built if it is out of date; once per command."""
    debian.ensure(debian.TO_RUN.get(arch, []))
    board, machine = find_machine(arch)
    return machine, build(board)


def our_session(arch: str, extra: Sequence[str] = ()) -> Session:
    """Antaresia on its default machine."""
    return Session(f"Antaresia on {arch}", *our_machine(arch), extra)
