# SPDX-License-Identifier: MIT
"""A machine under test: boots it, talks to its console, knows when it panicked.

    with Target("x86_64", cores=4) as target:
        target.boot()
        assert target.command("1 + 1") == "2"
        assert target.check("import antaresia; print(antaresia.info()['cores'])") == "4\\n"

Every wait ends at once when the machine panics or ends, and says what it said last; a time-out only
detects a hang. All bytes from the machine are in `target.log`.
"""

import re
import time
from dataclasses import dataclass

from antaresia_tools import boards, building, debian, rawrepl
from antaresia_tools.guest import Guest

TIMEOUT_S = 120
PROMPT = b">>> "


class TargetError(AssertionError):
    """The machine did not do what the test wanted; the message ends with its last words."""


@dataclass
class Output:
    """What a program in the machine did."""

    stdout: str
    stderr: str
    status: int


def all_machines(*arches: str) -> list[tuple[str, str]]:
    """(arch, machine) of every machine of the architectures, or of all of them."""
    return [
        (arch, machine.name)
        for arch in arches or boards.arches()
        for board in boards.boards(arch)
        for machine in board.machines
    ]


def actor_machines() -> list[tuple[str, str]]:
    """(arch, machine) of one machine with actors of each architecture that has them."""
    return [("hosted", "process"), ("x86_64", "q35"), ("aarch64", "virt")]


_built: dict[tuple[str, str, str | None], object] = {}


class Target:
    def __init__(
        self,
        arch: str = "x86_64",
        machine: str | None = None,
        *,
        board: str | None = None,
        cores: int | None = None,
        memory: int | None = None,
        sanitize: str | None = None,
        reboot: bool = True,
        extra: tuple[str, ...] = (),
        fds: tuple[int, ...] = (),
    ) -> None:
        self.board, self.machine = boards.find_machine(arch, board, machine)
        key = (arch, self.board.name, sanitize)
        if key not in _built:
            debian.ensure(debian.TO_RUN.get(arch, []))
            _built[key] = building.build(self.board, sanitize)
        self.log = bytearray()
        self.guest = Guest(
            self.machine,
            self.board.image_path(sanitize),
            cores,
            memory,
            reboot=reboot,
            extra=extra,
            fds=fds,
        )
        self._raw = False

    # --- life

    def start(self) -> "Target":
        """Switches on, without waiting for anything."""
        self.guest.start()
        self.repl = rawrepl.RawRepl(self.guest.serial, self.log)
        return self

    def boot(self, timeout_s: float = TIMEOUT_S) -> "Target":
        """Switches on and waits for the prompt; `banner` is what came before it."""
        self.start()
        self.banner = self.read_until(PROMPT, timeout_s).decode(errors="replace")
        return self

    def stop(self) -> None:
        self.guest.stop()
        text = self.log.decode(errors="replace").replace("\r\n", "\n")
        print(f"--- all bytes from {self.machine.name} ---\n{text}\n--- end ---")

    def __enter__(self) -> "Target":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def wait_end(self, timeout_s: float = TIMEOUT_S) -> int:
        """Waits until the machine has ended by itself; its exit status."""
        deadline = time.monotonic() + timeout_s
        try:
            while time.monotonic() < deadline:
                self.repl.receive(0.1)
        except rawrepl.GuestEnded:
            status = self.guest.wait(10)
            if status is not None:
                return status
        raise TargetError(self._words(f"still running after {timeout_s} s"))

    def expect_panic(self, timeout_s: float = TIMEOUT_S) -> str:
        """Waits for a panic and the machine's end; the panic's text."""
        status = self.wait_end(timeout_s)
        text = bytes(self.log).decode(errors="replace").replace("\r\n", "\n")
        match = re.search(r"\*\*\* PANIC: .*\*\*\* end of panic", text, re.DOTALL)
        if not match:
            raise TargetError(self._words("no panic"))
        if status != self.machine.panic_status:
            raise TargetError(self._words(f"panic, but exit status {status}"))
        return match[0]

    # --- the console as bytes

    def send(self, data: bytes | str) -> None:
        self.repl.send(data.encode() if isinstance(data, str) else data)

    def read_until(self, mark: bytes | str, timeout_s: float = TIMEOUT_S) -> bytes:
        """What comes before the mark; the mark is taken too."""
        mark = mark.encode() if isinstance(mark, str) else mark
        match = self._wait(re.compile(re.escape(mark)), timeout_s)
        return match.string[: match.start()]

    def expect_line(self, pattern: str, timeout_s: float = TIMEOUT_S) -> re.Match[bytes]:
        """Waits for a whole line that matches the regular expression."""
        return self._wait(re.compile(rb"(?m)^(?:" + pattern.encode() + rb")\r?\n"), timeout_s)

    def expect_prompt(self, timeout_s: float = TIMEOUT_S) -> str:
        """Waits for the prompt; what came before it."""
        return self.read_until(PROMPT, timeout_s).decode(errors="replace").replace("\r\n", "\n")

    def _wait(self, pattern: re.Pattern[bytes], timeout_s: float) -> re.Match[bytes]:
        deadline = time.monotonic() + timeout_s
        while True:
            text = self.repl.pending
            match = pattern.search(text)
            if match:
                self.repl.pending = text[match.end() :]
                return match
            if rawrepl.PANIC_END in text:
                raise TargetError(self._words("panic"))
            if time.monotonic() > deadline:
                raise TargetError(self._words(f"no {pattern.pattern!r} in {timeout_s} s"))
            try:
                self.repl.receive(0.1)
            except rawrepl.GuestEnded:
                status = self.guest.wait(10)
                raise TargetError(self._words(f"ended with status {status}")) from None

    def _words(self, what: str) -> str:
        last = bytes(self.log[-2000:]).decode(errors="replace").replace("\r\n", "\n")
        words = f"{self.board.arch} {self.machine.name}: {what}; it said last:\n{last}"
        stderr = self.guest.stderr() if self.guest.status() is not None else ""
        return words + (f"\nstderr:\n{stderr}" if stderr else "")

    # --- the console as Python

    def command(self, line: str, timeout_s: float = TIMEOUT_S) -> str:
        """Types one line at the prompt; what it prints, without the echo and last line end."""
        self._leave_raw()
        self.send(line + "\r")
        output = self.expect_prompt(timeout_s)
        return output.partition("\n")[2].removesuffix("\n")

    def run(self, source: str, name: str = "test.py") -> Output:
        """Runs a program through the raw REPL to its end."""
        if not self._raw:
            self.repl.enter_from_prompt(TIMEOUT_S)
            self._raw = True
        out = bytearray()
        try:
            result = self.repl.run(source, name, out.extend)
        except rawrepl.GuestEnded:
            status = self.guest.wait(10)
            raise TargetError(self._words(f"ended with status {status}")) from None
        return Output(out.decode(errors="replace"), result.stderr, result.status)

    def check(self, source: str) -> str:
        """Runs a program that must not fail; its output."""
        output = self.run(source)
        if output.status or output.stderr:
            raise TargetError(f"the program failed: {output.stderr}\nits output:\n{output.stdout}")
        return output.stdout

    def _leave_raw(self) -> None:
        if self._raw:
            self.repl.leave(TIMEOUT_S)
            self._raw = False
