# SPDX-License-Identifier: MIT
"""The peer of bench/actors: Erlang/OTP from Debian's erlang-base, unpacked and not installed."""

import os
import subprocess
from pathlib import Path

from antaresia_bench.linuxguest import PEER_DIR, unpacked
from antaresia_tools import paths
from antaresia_tools.errors import ToolError

SOURCE = paths.ROOT / "bench" / "actor_programs" / "actors_bench.erl"
# One program at a time is measured, by its CPU time: schedulers that wait must not spin.
_OPTIONS = ("+sbwt", "none", "+sbwtdcpu", "none", "+sbwtdio", "none", "+P", "2000000")


def _runtime() -> Path:
    """bin/ of the emulator."""
    return unpacked("erlang-base", "usr/lib/erlang/erts-*/bin/beam.smp").parent


def _environment() -> dict[str, str]:
    binaries = _runtime()
    root = binaries.parents[1]
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(PEER_DIR),
        "ROOTDIR": str(root),
        "BINDIR": str(binaries),
        "EMU": "beam",
        "PROGNAME": "erl",
    }


def _compiled() -> Path:
    """The folder with the peer's programs, compiled if they have changed."""
    folder = PEER_DIR / "erlang-programs"
    beam = folder / "actors_bench.beam"
    if not beam.is_file() or beam.stat().st_mtime < SOURCE.stat().st_mtime:
        folder.mkdir(parents=True, exist_ok=True)
        code = f'{{ok, _}} = compile:file("{SOURCE}", [{{outdir, "{folder}"}}]), halt().'
        command = [str(_runtime() / "erlexec"), "-noinput", "-noshell", "-eval", code]
        done = subprocess.run(command, env=_environment(), capture_output=True, text=True)
        if done.returncode != 0 or not beam.is_file():
            raise ToolError("the peer's program does not compile", done.stdout.strip()[-200:])
    return folder


class Erlang:
    """One emulator with so many schedulers, from `with` to its end."""

    def __init__(self, schedulers: int) -> None:
        self.name = "Erlang/OTP 25"
        command = [str(_runtime() / "erlexec"), "+S", f"{schedulers}:{schedulers}", *_OPTIONS]
        command += ["-noshell", "-pa", str(_compiled()), "-run", "actors_bench", "main"]
        self._command = command

    def __enter__(self) -> "Erlang":
        self._process = subprocess.Popen(
            self._command,
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        up = self._line()
        if up != b"up jit":
            raise ToolError(f"the peer is not Erlang with a JIT: {up!r}", "use Debian on x86-64")
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.kill()
        self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    def _line(self) -> bytes:
        assert self._process.stdout
        return self._process.stdout.readline().strip()

    def _ask(self, line: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(line.encode() + b"\n")
        said = self._line()
        if said != b"done":
            raise ToolError(f"Erlang did not do '{line}'", f"it said: {said!r}")

    def prepare(self, row: str, count: int, arg: int) -> None:
        self._ask(f"prepare {row} {count} {arg}")

    def go(self, n: int) -> None:
        self._ask(f"go {n}")
