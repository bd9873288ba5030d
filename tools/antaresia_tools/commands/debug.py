# SPDX-License-Identifier: MIT
"""tools/debug: a machine that waits at its first instruction, with gdb attached.

$ tools/debug --arch aarch64 -ex 'break mp_init' -ex continue
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading

import click

from antaresia_tools import boards, building, cli, debian, images, lines, paths
from antaresia_tools.errors import USAGE, ToolError
from antaresia_tools.guest import Guest

_GDB_ARCH = {"x86_64": "i386:x86-64", "aarch64": "aarch64", "xtensa": "xtensa"}


@click.command(context_settings={"ignore_unknown_options": True})
@cli.machine_options
@cli.no_build_option
@click.argument("gdb_arguments", nargs=-1, type=click.UNPROCESSED, metavar="[GDB ARGUMENTS ...]")
def command(
    arch: str,
    board: str | None,
    machine: str | None,
    cores: int | None,
    memory: int | None,
    no_build: bool,
    gdb_arguments: tuple[str, ...],
) -> None:
    """Boot a machine under gdb, paused before its first instruction, symbols loaded.

    The console is a pty, whose path is printed: open it in another terminal with mpremote.
    Leaving gdb ends the machine.
    """
    chosen, model = boards.find_machine(arch, board, machine)
    debian.ensure([*debian.TO_RUN.get(arch, []), "gdb-multiarch"])
    if not no_build:
        building.build(chosen)
    if model.process:
        elf = images.elf_path(chosen)
        os.execvp("gdb-multiarch", ["gdb-multiarch", "-q", *gdb_arguments, str(elf)])
    elf = images.elf_path(chosen)
    port = _free_port()
    extra = ["-gdb", f"tcp:127.0.0.1:{port}"]
    with (
        Guest(model, chosen.image_path(), cores, memory, extra=extra) as guest,
        contextlib.closing(lines.Pty()) as pty,
    ):
        guest.start(paused=True)
        carrier = threading.Thread(target=lines.join, args=(guest.serial, pty))
        carrier.start()
        print(f"console: mpremote connect {pty.path}", flush=True)
        try:
            sys.exit(_gdb(arch, elf, port, gdb_arguments))
        finally:
            guest.stop()
            carrier.join()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _gdb(arch: str, elf: os.PathLike[str], port: int, arguments: tuple[str, ...]) -> int:
    # Ctrl-C belongs to gdb, which uses it to stop the machine.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    setup = [
        "set confirm off",
        f"set architecture {_GDB_ARCH.get(arch, 'auto')}",
        f"target remote 127.0.0.1:{port}",
    ]
    command_line = ["gdb-multiarch", "-q", str(elf)]
    for line in setup:
        command_line += ["-ex", line]
    try:
        return subprocess.call(
            [*command_line, *arguments],
            cwd=paths.ROOT,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
    except OSError as error:
        raise ToolError(
            f"cannot run gdb: {error.strerror}", "install gdb-multiarch", USAGE
        ) from error
