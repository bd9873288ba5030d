# SPDX-License-Identifier: MIT
"""Antaresia's raw REPL as upstream's run-perfbench.py uses a board's: a program is sent as it is.

Each program gets a fresh VM by a soft reset, so that none pays for the garbage of the one before.
(tools/ wrap a program in another one to learn its exit status; here that would be measured too.)
"""

from antaresia_bench.guest import Session
from antaresia_tools.errors import ToolError

PROMPT = b">>> "
_RAW = b"raw REPL; CTRL-B to exit\r\n>"
_END = b"\x04"


class Repl:
    def __init__(self, session: Session, at_prompt: bool = False):
        self._session = session
        if not at_prompt:
            session.expect(PROMPT)
        session.write(b"\r\x03\x01")
        session.expect(_RAW)

    def soft_reset(self) -> None:
        self._session.write(_END)
        self._session.expect(b"soft reboot\r\n")
        self._session.expect(_RAW)

    def run(self, code: bytes) -> tuple[str, str]:
        """What the program printed, and its traceback or nothing."""
        self._session.write(code + _END)
        self._session.expect(b"OK")
        output = self._session.expect(_END)
        errors = self._session.expect(_END)
        self._session.expect(b">")
        return output.decode(errors="replace"), errors.decode(errors="replace")

    def evaluate(self, expression: str) -> str:
        output, errors = self.run(b"print(%s)" % expression.encode())
        if errors:
            last = errors.strip().splitlines()[-1]
            raise ToolError(f"{self._session.name}: {expression}: {last}")
        return output.strip()
