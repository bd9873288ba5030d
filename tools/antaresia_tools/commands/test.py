# SPDX-License-Identifier: MIT
"""tools/test: runs the tests of this project.

$ tools/test -k boot
$ tools/test tests/test_tools.py -x
"""

import os
import subprocess
import sys

import click

from antaresia_tools import boards, building, debian, paths
from antaresia_tools.errors import FAILED, ToolError


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[PYTEST ARGUMENTS ...]")
def command(arguments: tuple[str, ...]) -> None:
    """Build every board and run the tests in tests/; arguments are pytest's.

    All toolchains and emulators are installed first, as Debian packages, where they are missing.
    """
    packages = [
        p for wanted in (debian.TO_BUILD, debian.TO_RUN) for ps in wanted.values() for p in ps
    ]
    debian.ensure([*packages, *debian.TO_CHECK])
    for arch in boards.arches():
        try:
            for board in boards.boards(arch):
                building.build(board)
        except ToolError as error:
            if "did not build" not in error.message:
                raise
            raise ToolError(
                f"{error.message}, so nothing was tested", error.hint, FAILED
            ) from error
    command_line = [sys.executable, "-B", "-m", "pytest", *_parallel(arguments), *arguments]
    os.chdir(paths.ROOT)
    sys.exit(subprocess.call(command_line))


def _parallel(arguments: tuple[str, ...]) -> list[str]:
    """A worker per processor, unless the user wants to see or count for himself."""
    alone = ("-n", "--numprocesses", "--pdb", "-s", "--capture", "--collect-only", "--co")
    return [] if any(a.startswith(alone) for a in arguments) else ["-n", "auto"]
