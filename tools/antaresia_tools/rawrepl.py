# SPDX-License-Identifier: MIT
"""Runs programs in a machine through its raw REPL, as mpremote does, with exact output and status.

A program travels as a string literal in a little wrapper, by raw-paste mode, so it may hold any
byte. The wrapper compiles it under its own file name, catches SystemExit and prints an end mark
that holds a random token. So the program's output may hold any byte too, even those that end the
output in the raw REPL's protocol. Small boards have no compile(): there the name is put into the
traceback afterwards.
"""

import contextlib
import re
import secrets
import select
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

from antaresia_tools.errors import ToolError

PANIC_MARK = b"*** PANIC: "
PANIC_END = b"*** end of panic"
_QUIET_S = 0.5

_WRAPPER = """\
def __antaresia_run():
    import sys
    status = None
    try:
        exec({program}, globals())
    except SystemExit as exc:
        status = exc.args[0] if exc.args else None
    finally:
        sys.stdout.write({token!r} + repr(status) + {token!r})
__antaresia_run()
"""


class GuestEnded(Exception):
    """The machine went away; `text` is what it said that belongs to no program's output."""

    def __init__(self, text: bytes = b"") -> None:
        super().__init__("the machine ended")
        self.text = text


@dataclass
class Result:
    """How a program ended: its exit status, and the traceback or message for stderr."""

    status: int
    stderr: str
    interrupted: bool = False


class RawRepl:
    def __init__(self, serial: socket.socket, log: bytearray | None = None) -> None:
        self._serial = serial
        self._log = log  # gets every byte that the machine sends
        self.pending = b""  # what came and nobody has taken yet
        self._compiles: bool | None = None
        self.interrupt = False  # set it, as from a signal handler, to send one Ctrl-C

    # --- bytes

    def receive(self, timeout_s: float) -> bool:
        """Adds what comes within the time to the input; False if nothing did."""
        if not select.select([self._serial], [], [], timeout_s)[0]:
            return False
        try:
            data = self._serial.recv(65536)
        except ConnectionError:
            data = b""
        if not data:
            raise GuestEnded(self.pending)
        self.pending += data
        if self._log is not None:
            self._log += data
        return True

    def send(self, data: bytes) -> None:
        try:
            self._serial.sendall(data)
        except (BrokenPipeError, ConnectionError):
            with contextlib.suppress(OSError):
                while self.receive(0):
                    pass
            raise GuestEnded(self.pending) from None

    def _read(self, count: int, timeout_s: float) -> bytes:
        deadline = time.monotonic() + timeout_s
        while len(self.pending) < count:
            if not self.receive(0.1) and time.monotonic() > deadline:
                raise ToolError(
                    f"the machine does not answer; it said {self.pending[-80:]!r}",
                    "boot it interactively with tools/run to see more",
                )
        data, self.pending = self.pending[:count], self.pending[count:]
        return data

    def read_until(self, mark: bytes, timeout_s: float) -> bytes:
        deadline = time.monotonic() + timeout_s
        while mark not in self.pending:
            if not self.receive(0.1) and time.monotonic() > deadline:
                raise ToolError(
                    f"no {mark!r} from the machine in {timeout_s:.0f} s; "
                    f"it said {self.pending[-80:]!r}",
                    "boot it interactively with tools/run to see more",
                )
        before, self.pending = self.pending.split(mark, 1)
        return before + mark

    # --- the protocol

    def enter(self, timeout_s: float = 60) -> None:
        """From a machine that boots to its prompt, and from there to the raw REPL."""
        self.read_until(b">>> ", timeout_s)
        self.enter_from_prompt(timeout_s)

    def enter_from_prompt(self, timeout_s: float = 60) -> None:
        self.send(b"\x01")
        self.read_until(b"raw REPL; CTRL-B to exit\r\n>", timeout_s)

    def leave(self, timeout_s: float = 60) -> None:
        """Back to the prompt for people."""
        self.send(b"\x02")
        self.read_until(b">>> ", timeout_s)

    def paste(self, code: bytes) -> None:
        """Sends code by raw-paste mode, as fast as the machine takes it; it then runs."""
        self.send(b"\x05A\x01")
        answer = self._read(2, 30)
        if answer != b"R\x01":
            raise ToolError(f"no raw-paste mode: the machine said {answer!r}", "is it MicroPython?")
        window = credit = int.from_bytes(self._read(2, 30), "little")
        position = 0
        while position < len(code):
            while credit == 0 or self.pending:
                # 1: room for another window. 4: the machine wants no more.
                flow = self._read(1, 600)
                if flow == b"\x04":
                    self.send(b"\x04")
                    return
                credit += window
            chunk = code[position : position + credit]
            self.send(chunk)
            position += len(chunk)
            credit -= len(chunk)
        self.send(b"\x04")
        while self._read(1, 600) != b"\x04":
            pass

    def run(self, source: str, name: str, write: Callable[[bytes], None]) -> Result:
        """Runs a program to its end; its output goes to write() as it comes, with \\n line ends."""
        token = secrets.token_hex(8)
        compiles = self._has_compile()
        program = f"compile({source!r}, {name!r}, 'exec')" if compiles else repr(source)
        code = _WRAPPER.format(program=program, token=f"\x1e{token}\x1e")
        self.paste(code.encode())
        output = _Output(f"\x1e{token}\x1e".encode(), write)
        interrupted = False
        quiet_since = time.monotonic()
        while True:
            output.feed(self.pending)
            self.pending = b""
            if output.ended(time.monotonic() - quiet_since):
                break
            if self.interrupt:
                self.interrupt = False
                interrupted = True
                self.send(b"\x03")
            try:
                if self.receive(0.1):
                    quiet_since = time.monotonic()
            except GuestEnded as ended:
                output.feed(ended.text)
                raise GuestEnded(output.flush()) from None
        return _result(output, interrupted, "" if compiles else name)

    def _has_compile(self) -> bool:
        if self._compiles is None:
            self.paste(b"try:\n    compile\n    print(1)\nexcept NameError:\n    print(0)\n")
            self._compiles = self.read_until(b"\x04\x04>", 30).startswith(b"1")
        return self._compiles

    def forget(self, code: str) -> None:
        """Starts code whose end nobody waits for."""
        with contextlib.suppress(GuestEnded):
            self.send(code.encode() + b"\x04")


class _Output:
    """Splits what comes into the program's output, the end mark's status, and the traceback."""

    def __init__(self, token: bytes, write: Callable[[bytes], None]) -> None:
        self._token = token
        self._write = write
        self._held = b""  # may be the program's output, or a mark that is not complete
        self._carriage = b""
        self._last = b"\n"
        self._tail: bytes | None = None  # what came after the token
        self.status_text = ""
        self.stderr = b""

    def feed(self, data: bytes) -> None:
        if self._tail is not None:
            self._tail += data
            return
        self._held += data
        if self._token in self._held:
            text, self._tail = self._held.split(self._token, 1)
            self._held = b""
            self._emit(text)
            return
        start = self._suspicious()
        self._emit(self._held[:start])
        self._held = self._held[start:]

    def _suspicious(self) -> int:
        """Where the part starts that cannot be called output yet."""
        held = self._held
        starts = [held.find(b"\x04"), held.find(PANIC_MARK)]
        for mark in (self._token, PANIC_MARK):
            for length in range(1, len(mark)):
                if held.endswith(mark[:length]):
                    starts.append(len(held) - length)
        return min((start for start in starts if start >= 0), default=len(held))

    def _emit(self, data: bytes) -> None:
        data = self._carriage + data
        self._carriage = b"\r" if data.endswith(b"\r") else b""
        data = data[: len(data) - len(self._carriage)].replace(b"\r\n", b"\n")
        if data:
            self._write(data)

    def ended(self, quiet_s: float) -> bool:
        """True once the raw REPL's end of output and end of traceback have come."""
        if self._tail is not None:
            parts = self._tail.split(self._token, 1)
            if len(parts) == 2 and re.fullmatch(rb"\x04[^\x04]*\x04>", parts[1]):
                self.status_text = parts[0].decode(errors="replace")
                self.stderr = parts[1][1:-2]
                self._emit_carriage()
                return True
            return False
        # No end mark: the wrapper itself could not run, as when memory is short.
        match = re.fullmatch(rb"\x04([^\x04]*)\x04>", self._held)
        if match and quiet_s > _QUIET_S:
            self.status_text = "None"
            self.stderr = match[1]
            return True
        if PANIC_END in self._held and quiet_s > 5:
            raise GuestEnded(self._held)
        return False

    def _emit_carriage(self) -> None:
        if self._carriage:
            self._write(self._carriage)
            self._carriage = b""

    def flush(self) -> bytes:
        """For a machine that went away: a panic's text is returned, the rest is output."""
        held, self._held = self._held, b""
        start = held.find(PANIC_MARK)
        if start < 0:
            self._emit(held)
            self._emit_carriage()
            return b""
        self._emit(held[:start])
        return held[start:]


def _result(output: _Output, interrupted: bool, unnamed: str) -> Result:
    lines = output.stderr.decode(errors="replace").replace("\r\n", "\n").splitlines(keepends=True)
    # The wrapper's own frames are nobody's business.
    stderr = "".join(line for line in lines if not line.startswith('  File "<stdin>"'))
    if unnamed:
        stderr = stderr.replace('  File "<string>"', f'  File "{unnamed}"')
    if stderr:
        return Result(130 if interrupted and "KeyboardInterrupt" in stderr else 1, stderr)
    text = output.status_text
    if re.fullmatch(r"-?\d+", text):
        return Result(int(text) & 0xFF, "")
    if text in ("None", "True", "False"):
        return Result(int(text == "True"), "")
    # As in CPython: sys.exit("words") says the words and fails.
    return Result(1, text[1:-1] + "\n" if text[:1] in "'\"" else text + "\n")
