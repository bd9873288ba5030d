# SPDX-License-Identifier: MIT
"""tools/run: boots a machine.

$ tools/run --exec 'import sys; print(sys.platform)'
antaresia
$ tools/run --serial pty
serial line: /dev/pts/5
mpremote connect /dev/pts/5
"""

import contextlib
import re
import shlex
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import FrameType

import click

from antaresia_tools import (
    boards,
    building,
    cli,
    debian,
    driverconf,
    lines,
    paths,
    rawrepl,
    terminal,
)
from antaresia_tools.errors import FAILED, INTERRUPTED, PANIC, USAGE, ToolError
from antaresia_tools.guest import Guest

_POWER_OFF_S = 3


@click.command()
@cli.machine_options
@cli.sanitize_option
@click.option("--exec", "codes", multiple=True, metavar="CODE", help="Run CODE; may be repeated.")
@click.option(
    "--put",
    "puts",
    multiple=True,
    metavar="FILE",
    help="Have FILE in the machine's files, for the programs; may be repeated.",
)
@click.option(
    "--serial",
    default="stdio",
    show_default=True,
    metavar="stdio|pty|rfc2217:PORT",
    help="Where the console goes: here, a new pty, or a TCP port on 127.0.0.1.",
)
@click.option(
    "--drivers",
    metavar="FILE",
    help="Start the drivers of the machine's devices as FILE says; 'default': all of them.",
)
@click.option(
    "--qemu",
    "options",
    multiple=True,
    metavar="OPTIONS",
    help="Give QEMU these, as in '-device edu'; may be repeated.",
)
@click.option("--no-reboot", is_flag=True, help="End where the machine would reset.")
@cli.no_build_option
@click.argument("files", nargs=-1, metavar="[FILE.py ...]")
def command(
    arch: str,
    board: str | None,
    machine: str | None,
    cores: int | None,
    memory: int | None,
    sanitize: str | None,
    codes: tuple[str, ...],
    puts: tuple[str, ...],
    serial: str,
    drivers: str | None,
    options: tuple[str, ...],
    no_reboot: bool,
    no_build: bool,
    files: tuple[str, ...],
) -> None:
    """Boot Antaresia; without CODE or FILE, to a Python prompt (Ctrl-] leaves).

    With CODE or FILEs (- is stdin), run them in order, then power off. Their output goes to stdout,
    a traceback to stderr. The exit status is the program's: 0, what sys.exit() was given, or 1
    after an uncaught exception; 4 if the machine panicked; 130 after Ctrl-C.

    Missing packages, the source of MicroPython and the image are installed, fetched and built
    first.
    """
    if codes and files:
        raise ToolError("both --exec and files", "put the code into a file", USAGE)
    if (codes or files) and serial != "stdio":
        raise ToolError("--serial is for a machine with a prompt", "leave it out", USAGE)
    if puts and not (codes or files):
        raise ToolError("--put without a program", "give --exec CODE or a file", USAGE)
    if drivers and serial != "stdio":
        raise ToolError("--drivers with --serial", "start them there: hardware.boot()", USAGE)
    make_user = _parse_serial(serial)
    programs = [*puts_of(puts), *programs_of(codes, files)]
    start_drivers = driverconf.program(drivers) if drivers else ""
    extra = [word for option in options for word in shlex.split(option)]
    chosen, model = boards.find_machine(arch, board, machine)
    image = chosen.image_path(sanitize)
    if extra and model.process:
        raise ToolError(f"'{model.name}' is no QEMU", "leave --qemu out", USAGE)
    reboot = not (no_reboot or programs)
    Guest(model, image, cores, memory)  # before a build: it rejects what the machine cannot do
    debian.ensure(debian.TO_RUN.get(arch, []))
    if not no_build:
        building.build(chosen, sanitize)
    elif not image.exists():
        raise ToolError(f"there is no {image.relative_to(paths.ROOT)}", "leave --no-build out")
    guest = Guest(model, image, cores, memory, reboot=reboot, extra=extra)
    with contextlib.ExitStack() as stack:
        user = stack.enter_context(contextlib.closing(make_user())) if make_user else None
        stack.enter_context(guest)
        if programs:
            first = [("<drivers>", start_drivers)] if drivers else []
            status = run_programs(guest, first + programs)
        else:
            status = _serve(guest, user) if user else _prompt(guest, start_drivers)
    sys.exit(status)


def _parse_serial(serial: str) -> Callable[[], lines.Pty | lines.Rfc2217Port] | None:
    match = re.fullmatch(r"rfc2217:(\d+)", serial)
    if match and int(match[1]) > 65535:
        raise ToolError(f"no TCP port {match[1]}", "there are: 1 to 65535, 0 for any", USAGE)
    if match:
        return lambda: lines.Rfc2217Port(int(match[1]))
    if serial in ("stdio", "pty"):
        return lines.Pty if serial == "pty" else None
    raise ToolError(f"no serial line '{serial}'", "there are: stdio, pty, rfc2217:PORT", USAGE)


def read(name: str) -> str:
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return data.decode()
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise ToolError(f"{name}: {reason}", "give the path of a Python file", USAGE) from error
    except UnicodeDecodeError as error:
        raise ToolError(f"{name}: not UTF-8 text", "give Python source", USAGE) from error


def programs_of(codes: Iterable[str], files: Iterable[str]) -> list[tuple[str, str]]:
    """(name, source) of what is to run, in order."""
    return [*(("<exec>", code) for code in codes), *((name, read(name)) for name in files)]


def puts_of(names: Iterable[str]) -> list[tuple[str, str]]:
    """The same for the programs that put files there."""
    return [("<put>", putting(name, read(name))) for name in names]


def putting(name: str, source: str) -> str:
    """A program that writes the source to a file of this name, without its folder."""
    return f"with open({'/' + Path(name).name!r}, 'w') as f:\n f.write({source!r})\n"


# --- a prompt, here or at a serial line


def _prompt(guest: Guest, program: str = "") -> int:
    with terminal.raw_mode():
        guest.start()
        if program:
            _run_first(guest, program)
        ended = lines.join(guest.serial, lines.Terminal())
    if ended:
        return _end(guest, b"")
    if sys.stdin.isatty():
        print(file=sys.stderr)
    return 0


def _run_first(guest: Guest, program: str) -> None:
    """Runs a program before the prompt."""

    def write(data: bytes) -> None:
        write_stdout(data.replace(b"\n", b"\r\n"))

    repl = rawrepl.RawRepl(guest.serial)
    try:
        repl.enter()
        result = repl.run(program, "<drivers>", write)
    except rawrepl.GuestEnded:
        return  # the prompt's loop says so
    sys.stderr.write(result.stderr.replace("\n", "\r\n"))
    repl.send(b"\x02")  # back to the prompt, which the terminal shows


def _serve(guest: Guest, user: lines.Pty | lines.Rfc2217Port) -> int:
    where = user.path if isinstance(user, lines.Pty) else f"rfc2217://127.0.0.1:{user.port}"
    guest.start()
    print(f"serial line: {where}", flush=True)
    print(f"mpremote connect {where}", flush=True)
    try:
        lines.join(guest.serial, user)
    except KeyboardInterrupt:
        return INTERRUPTED
    return _end(guest, b"")


def _end(guest: Guest, panic: bytes) -> int:
    """The machine ended by itself: what that means."""
    status = guest.wait(5)
    words = guest.stderr().strip()
    if panic:
        sys.stderr.write(panic.decode(errors="replace").replace("\r\n", "\n").rstrip() + "\n")
    if guest.panicked or panic:
        where = guest.image.parent.name
        hint = f"paste the text above into tools/symbols for {where}: it names the addresses"
        raise ToolError("the machine panicked", hint, PANIC)
    if status == 0:
        return 0
    if words:
        print(words, file=sys.stderr)
    raise ToolError(f"the machine ended with status {status}", "its last words are above", FAILED)


# --- programs


def run_programs(guest: Guest, programs: list[tuple[str, str]]) -> int:
    guest.start()
    repl = rawrepl.RawRepl(guest.serial)
    try:
        repl.enter()
        for name, source in programs:
            with _ctrl_c_goes_to(repl):
                result = repl.run(source, name, write_stdout)
            sys.stderr.write(result.stderr)
            if result.status:
                break
    except rawrepl.GuestEnded as ended:
        return _end(guest, ended.text)
    repl.forget("import antaresia; antaresia.power_off()")
    guest.wait(_POWER_OFF_S)
    return result.status


def write_stdout(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


@contextlib.contextmanager
def _ctrl_c_goes_to(repl: rawrepl.RawRepl) -> Iterator[None]:
    """The first Ctrl-C interrupts the program, a second one the tool."""

    def on_interrupt(_number: int, _frame: FrameType | None) -> None:
        if repl.interrupt or pressed:
            raise KeyboardInterrupt
        pressed.append(True)
        repl.interrupt = True

    pressed: list[bool] = []
    saved = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, saved)
