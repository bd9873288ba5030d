# SPDX-License-Identifier: MIT
"""How the tools fail: one line that says what is wrong, a hint, and a documented exit status.

Standard library only: the bootstrap uses it before anything is installed.
"""

import sys

FAILED = 1
USAGE = 2
MISSING = 3
PANIC = 4
INTERRUPTED = 130


class ToolError(Exception):
    """An error that its reader can act on; `status` is the tool's exit status."""

    def __init__(self, message: str, hint: str = "", status: int = FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.status = status


def report(error: ToolError) -> None:
    print(f"error: {error.message}", file=sys.stderr)
    if error.hint:
        print(f"hint: {error.hint}", file=sys.stderr)
