# SPDX-License-Identifier: MIT
"""A running machine: QEMU, or the hosted port's process, with its serial line in our hands.

The serial line and QMP are socket pairs whose far ends the child inherits: there is no path, port
or file that could be left behind or be taken. The child dies with the tool, whatever ends the tool.
QEMU starts paused, so nothing of a machine's output can be missed.
"""

import contextlib
import os
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

from qemu.qmp.legacy import QEMUMonitorProtocol

from antaresia_tools.boards import Machine, machine_command
from antaresia_tools.children import killed_with_parent
from antaresia_tools.errors import MISSING, USAGE, ToolError

STOP_TIMEOUT_S = 5


class Guest:
    """One machine from start() to stop(); `serial` is a socket that carries its console."""

    def __init__(
        self,
        machine: Machine,
        image: Path,
        cores: int | None = None,
        memory_mib: int | None = None,
        *,
        reboot: bool = True,
        extra: Sequence[str] = (),
        fds: Sequence[int] = (),
    ) -> None:
        self.machine = machine
        self.image = image
        self.cores = cores or machine.cores
        self.memory_mib = memory_mib or machine.memory_mib
        self.reboot = reboot
        self.extra = list(extra)
        self.fds = list(fds)  # that `extra` names: QEMU inherits them
        self.serial: socket.socket
        self._process: subprocess.Popen[bytes] | None = None
        self._qmp: QEMUMonitorProtocol | None = None
        self._stderr_fd = -1
        self._check()

    def _check(self) -> None:
        machine = self.machine
        if self.cores > machine.cores_max:
            raise ToolError(
                f"machine '{machine.name}' has at most {machine.cores_max} cores",
                f"use --cores {machine.cores_max} or less",
                USAGE,
            )
        if machine.memory_fixed and self.memory_mib != machine.memory_mib:
            raise ToolError(
                f"machine '{machine.name}' always has {machine.memory_mib} MiB",
                "leave --memory out",
                USAGE,
            )

    def _command(self, serial_fd: int, qmp_fd: int) -> list[str]:
        command = machine_command(self.machine, self.image, self.cores, self.memory_mib)
        if self.machine.process:
            return command + self.extra
        command += ["-nodefaults", "-display", "none", "-S"]
        command += ["-smp", str(self.cores)]
        if not self.machine.memory_fixed:
            command += ["-m", f"{self.memory_mib}M"]
        if not self.reboot:
            command += ["-no-reboot"]
        command += ["-chardev", f"socket,id=line,fd={serial_fd}", "-serial", "chardev:line"]
        command += ["-chardev", f"socket,id=qmp,fd={qmp_fd}", "-mon", "chardev=qmp,mode=control"]
        return command + self.extra

    def start(self, paused: bool = False) -> None:
        self.serial, far_serial = socket.socketpair()
        near_qmp, far_qmp = socket.socketpair()
        self._stderr_fd = os.memfd_create("stderr")
        ends = [far_serial.fileno(), far_qmp.fileno()]
        command = self._command(*ends)
        line = far_serial.fileno() if self.machine.process else subprocess.DEVNULL
        env = {**os.environ, "ANTARESIA_REBOOT": "1" if self.reboot else "0"}
        try:
            self._process = subprocess.Popen(
                command,
                stdin=line,
                stdout=line if self.machine.process else self._stderr_fd,
                stderr=self._stderr_fd,
                pass_fds=[] if self.machine.process else [*ends, *self.fds],
                preexec_fn=killed_with_parent,
                env=env,
            )
        except OSError as error:
            near_qmp.close()
            raise ToolError(
                f"cannot run {command[0]}: {error.strerror}", "is it installed?", MISSING
            ) from error
        finally:
            far_serial.close()
            far_qmp.close()
        if self.machine.process:
            near_qmp.close()
        else:
            self._connect(near_qmp)
            if not paused:
                self.resume()

    def _connect(self, near_qmp: socket.socket) -> None:
        self._qmp = QEMUMonitorProtocol(near_qmp)
        self._qmp.settimeout(30)
        try:
            self._qmp.connect()
        except Exception as error:
            self._qmp = None
            words = self.early_death() or f"{type(error).__name__}: {error}"
            self.stop()
            raise ToolError(
                f"QEMU did not start: {words}", f"the command was: {self.machine.args[0]} ..."
            ) from error

    def qmp(self, command: str, **arguments: object) -> object:
        """Executes a QMP command."""
        assert self._qmp, "a hosted machine has no QMP"
        return self._qmp.cmd(command, **arguments)

    def resume(self) -> None:
        if self._qmp:
            self.qmp("cont")

    def early_death(self) -> str:
        """QEMU's own words, if it ended by itself."""
        assert self._process
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_TIMEOUT_S)
        lines = [line for line in self.stderr().splitlines() if line.strip()]
        return lines[0] if lines else ""

    def stderr(self) -> str:
        """Everything that the child has said on stderr: QEMU's words or a sanitizer's report."""
        size = os.fstat(self._stderr_fd).st_size
        return os.pread(self._stderr_fd, size, 0).decode(errors="replace")

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def status(self) -> int | None:
        """The exit status once it has ended; None while it runs."""
        return self._process.poll() if self._process else None

    def wait(self, timeout_s: float) -> int | None:
        assert self._process
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None

    @property
    def panicked(self) -> bool:
        status = self.status()
        return status is not None and status == self.machine.panic_status

    def stop(self) -> None:
        """Ends the machine at once; harmless when it has ended."""
        process, self._process = self._process, None
        if process is None:
            return
        if self._qmp:
            with contextlib.suppress(Exception):
                if process.poll() is None:
                    self._qmp.settimeout(STOP_TIMEOUT_S)
                    self._qmp.cmd("quit")
            with contextlib.suppress(Exception):
                self._qmp.close()
            self._qmp = None
        self.serial.close()
        for end in (process.terminate, process.kill):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_TIMEOUT_S if not self.machine.process else 0.2)
                break
            end()
        process.wait()
        os.close(self._stderr_fd)

    def __enter__(self) -> "Guest":
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()
