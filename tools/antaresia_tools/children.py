# SPDX-License-Identifier: MIT
"""Child processes that never outlive the tool, not even when it is killed with SIGKILL."""

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)
_parent = os.getpid()


def die_with_parent() -> None:
    """For Popen's preexec_fn: the kernel ends this process when the tool's thread ends."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def killed_with_parent() -> None:
    """As die_with_parent(), for a machine: own session, so Ctrl-C on the terminal is the tool's."""
    os.setsid()
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
