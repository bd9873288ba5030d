# SPDX-License-Identifier: MIT
"""What the tools say while they work: on stderr, one line that is rewritten on a terminal.

Standard library only: the bootstrap uses it before anything is installed.
"""

import shutil
import sys
import time


class Progress:
    """`step()` as often as there is news; `done()` leaves one line that stays.

    A `lazy` one says nothing before the first step.
    """

    def __init__(self, title: str, lazy: bool = False) -> None:
        self.title = title
        self.live = sys.stderr.isatty()
        self.started = time.monotonic()
        self.begun = False
        if not lazy:
            self._begin()

    def _begin(self) -> None:
        self.begun = True
        self._said = time.monotonic()
        if not self.live:
            print(f"{self.title} ...", file=sys.stderr, flush=True)

    def step(self, text: str) -> None:
        if not self.begun:
            self._begin()
        if self.live:
            width = shutil.get_terminal_size().columns - 1
            line = f"{self.title}: {text}"[:width]
            sys.stderr.write(f"\r\x1b[K{line}")
            sys.stderr.flush()
        elif time.monotonic() - self._said > 10:
            self._said = time.monotonic()
            print(f"{self.title}: {text}", file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self.live:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def done(self, text: str = "done") -> None:
        self.clear()
        seconds = time.monotonic() - self.started
        print(f"{self.title}: {text} ({seconds:.1f} s)", file=sys.stderr, flush=True)
