# SPDX-License-Identifier: MIT
"""Starts a command of bench/ in the environment of tools/, which is made on first use.

Standard library only: it runs before anything is installed.
"""

import importlib
import os
import sys
from pathlib import Path

from antaresia_tools import bootstrap, paths
from antaresia_tools.errors import INTERRUPTED, ToolError, report


def start(name: str) -> None:
    """Runs the command `name` and ends the process with its status."""
    try:
        if Path(sys.prefix) != paths.VENV:
            bootstrap.ensure_environment([])
            program = str(paths.ROOT / "bench" / name)
            os.execv(paths.VENV_PYTHON, [str(paths.VENV_PYTHON), program, *sys.argv[1:]])
    except ToolError as error:
        report(error)
        sys.exit(error.status)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    from antaresia_tools.cli import run_command

    module = importlib.import_module(f"antaresia_bench.commands.{name}")
    run_command(module.command, name, "bench")
