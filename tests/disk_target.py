# SPDX-License-Identifier: MIT
"""A machine that boots from a disk image that tools/flash has made, instead of from -kernel."""

from pathlib import Path

from target import Target

from antaresia_tools.boards import Board, Machine
from antaresia_tools.guest import Guest


class DiskTarget(Target):
    """As Target; `machine` has the disk among its args, as {image}."""

    def __init__(
        self,
        board: Board,
        machine: Machine,
        image: Path,
        *,
        cores: int | None = None,
        memory: int | None = None,
        reboot: bool = True,
    ) -> None:
        self.board, self.machine = board, machine
        self.log = bytearray()
        self.guest = Guest(machine, image, cores, memory, reboot=reboot)
        self._raw = False
