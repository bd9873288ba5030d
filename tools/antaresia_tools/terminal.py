# SPDX-License-Identifier: MIT
"""The user's terminal in raw mode, given back as it was whatever ends the tool.

A watcher, forked first, waits on a pipe for the tool's end; if the tool did not say that it has
restored the terminal, the watcher does. That covers SIGKILL, which no handler can.
"""

import contextlib
import os
import sys
import termios
import tty
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def raw_mode(fd: int = 0) -> Iterator[None]:
    """Raw mode for the time of the block; nothing when fd is no terminal."""
    if not os.isatty(fd):
        yield
        return
    saved = termios.tcgetattr(fd)
    watcher, pipe = _fork_watcher(fd, saved)
    try:
        tty.setraw(fd)
        yield
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, saved)
        os.write(pipe, b"restored")
        os.close(pipe)
        os.waitpid(watcher, 0)


def _fork_watcher(fd: int, saved: list[Any]) -> tuple[int, int]:
    read_end, write_end = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        os.close(read_end)
        return pid, write_end
    # The child: out of reach of the terminal's signals, and holding nothing but two descriptors.
    try:
        os.setsid()
        for other in map(int, os.listdir("/proc/self/fd")):
            if other not in (fd, read_end):
                with contextlib.suppress(OSError):
                    os.close(other)
        if not os.read(read_end, 1):
            termios.tcsetattr(fd, termios.TCSANOW, saved)
    finally:
        os._exit(0)
