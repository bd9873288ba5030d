# SPDX-License-Identifier: MIT
"""What every command shares: options that recur, and the one place where errors become lines."""

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import click

from antaresia_tools import boards
from antaresia_tools.errors import INTERRUPTED, USAGE, ToolError, report

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def _on_signal(number: int, _frame: FrameType | None) -> None:
    # Unwinds through every `finally`, so that machines stop and terminals are restored.
    sys.exit(128 + number)


def run_command(command: click.Command, name: str, folder: str = "tools") -> None:
    """Runs a click command; errors become one line, a hint and a status."""
    debug = "--debug" in sys.argv
    if debug:
        sys.argv.remove("--debug")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _on_signal)
    try:
        status = command.main(prog_name=f"{folder}/{name}", standalone_mode=False)
    except ToolError as error:
        if debug:
            raise
        report(error)
        status = error.status
    except click.Abort:
        status = INTERRUPTED
    except click.ClickException as error:
        report(ToolError(error.format_message(), f"see {folder}/{name} --help"))
        status = USAGE
    except KeyboardInterrupt:
        status = INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has gone; keep Python from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 128 + signal.SIGPIPE
    except Exception as error:
        if debug:
            raise
        what = f"{type(error).__name__}: {error}"
        report(ToolError(f"unexpected {what}", "run again with --debug for the traceback"))
        status = 1
    sys.exit(status or 0)


def check_arch(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    boards.check_arch(value)
    return value


def arch_option(default: str | None = "x86_64") -> Decorator:
    return click.option(
        "--arch",
        default=default,
        callback=check_arch if default else None,
        show_default=bool(default),
        metavar="ARCH",
        help=f"One of: {', '.join(boards.arches())}.",
    )


board_option = click.option(
    "--board", metavar="BOARD", help="A board of the architecture; default: its first with QEMU."
)
machine_option = click.option(
    "--machine", metavar="NAME", help="A QEMU machine that runs the board's image."
)
cores_option = click.option(
    "--cores", type=click.IntRange(1, 255), metavar="N", help="Number of cores; default: 1."
)
memory_option = click.option(
    "--memory", type=click.IntRange(2), metavar="MIB", help="Memory in MiB; default: the board's."
)


def machine_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--arch, --board, --machine, --cores, --memory: for a command that boots a machine."""
    options = (arch_option(), board_option, machine_option, cores_option, memory_option)
    for option in reversed(options):
        command = option(command)
    return command


sanitize_option = click.option(
    "--sanitize",
    type=click.Choice(["address", "thread"]),
    help="Instrumented build (hosted only): address and undefined behaviour, or thread.",
)
no_build_option = click.option("--no-build", is_flag=True, help="Use the image as it is.")
