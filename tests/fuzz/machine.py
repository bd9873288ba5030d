# SPDX-License-Identifier: MIT
"""Runs programs in the hosted port: many in one process, each in a VM of its own."""

import os
import re
import select
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

STATUS_NEXT = 70
STATUS_HUNG = 71
SILENCE_S = 100
# To find the names takes a second; a report without them names a finding as well.
NO_SYMBOLS = {"ASAN_OPTIONS": "symbolize=0", "UBSAN_OPTIONS": "symbolize=0"}
UNTOLD = ("__interceptor", "__asan", "__wrap_gc", "on_tick", "_sigaction", "Mem", "asan_heap")
HEAD = re.compile(
    r"ERROR: AddressSanitizer: [\w-]+|runtime error: .*|PANIC: .*|HANG|stuck|assertion .*"
)
MARK = re.compile(rb"@@ (\d+)(?: (\w+) (\d+))?")


@dataclass
class Finding:
    number: int
    kind: str  # crash, hang or stuck
    report: str

    def brief(self) -> str:
        """The report's first words and the innermost frames of the VM."""
        frames = re.findall(r"#\d+ 0x\w+ (?:in )?(\w+) [^\n]*?([\w.]+:\d+)", self.report)
        named = [f"{name} {place}" for name, place in frames if not name.startswith(UNTOLD)]
        return " | ".join(HEAD.findall(self.report)[:2] + named[:4]) or repr(self.report[-200:])

    def signature(self) -> str:
        """What distinguishes findings, without symbols: the innermost places in the image."""
        places = re.findall(r"antaresia\+(0x\w+)\)", self.report)
        skip = 4 if self.kind == "hang" else 0
        head = re.sub(r"0x\w+|\d{3,}", "", " ".join(HEAD.findall(self.report)[:1]))
        return " ".join([self.kind, head, *places[skip : skip + 3]])


def write_batch(path: Path, programs: list[bytes]) -> None:
    with path.open("wb") as file:
        for program in programs:
            file.write(b"%d\n" % len(program) + program)


def _lines(process: subprocess.Popen[bytes]) -> Iterator[bytes | None]:
    """Lines of standard output; None when nothing comes for too long."""
    assert process.stdout is not None
    rest = b""
    while True:
        ready, _, _ = select.select([process.stdout], [], [], SILENCE_S)
        if not ready:
            yield None
            return
        data = os.read(process.stdout.fileno(), 65536)
        if not data:
            return
        *lines, rest = (rest + data).split(b"\n")
        yield from lines


def run(
    image: Path, batch: Path, count: int, first: int = 0, symbols: bool = False
) -> Iterator[tuple[int, str, int] | Finding]:
    """Each program's number, how it ended and its allocations; or what was found."""
    while first < count:
        with tempfile.TemporaryFile() as errors:
            command = [image, "--fuzz", batch, "--first", str(first), "--memory", "4"]
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**os.environ, **({} if symbols else NO_SYMBOLS)},
            )
            current, stuck = first, False
            for line in _lines(process):
                if line is None:
                    process.kill()
                    stuck = True
                    break
                match = MARK.fullmatch(line)
                if match and match[2]:
                    first = current + 1
                    yield current, match[2].decode(), int(match[3])
                elif match:
                    current = int(match[1])
            status = process.wait()
            if process.stdout is not None:
                process.stdout.close()
            errors.seek(0)
            report = errors.read().decode(errors="replace")
        if status == 0:
            return
        if status == STATUS_NEXT and not stuck:
            if first <= current:
                yield current, "ended", 0
        else:
            kind = "stuck" if stuck else "hang" if status == STATUS_HUNG else "crash"
            yield Finding(current, kind, report or f"status {status}, {kind}")
        first = current + 1


def check(image: Path, program: bytes, symbols: bool = False) -> Finding | None:
    """Runs one program by itself."""
    with tempfile.TemporaryDirectory() as place:
        batch = Path(place) / "batch"
        write_batch(batch, [program])
        for outcome in run(image, batch, 1, symbols=symbols):
            if isinstance(outcome, Finding):
                return outcome
    return None


def said(image: Path, batch: Path, count: int) -> dict[int, str]:
    """What each program of a batch printed; for one that ended the process, the report's words."""
    texts: dict[int, str] = {}
    first = 0
    while first < count:
        command = [image, "--fuzz", batch, "--first", str(first), "--say", "--memory", "4"]
        done = subprocess.run(command, capture_output=True, timeout=SILENCE_S * 3)
        parts = re.split(r"@@ (\d+)\n", done.stdout.decode(errors="replace").replace("\r", ""))
        for number, text in zip(parts[1::2], parts[2::2], strict=True):
            texts[int(number)] = re.sub(r"\n@@ \d+ \w+ \d+\n\Z", "", text)
            first = int(number) + 1
        if done.returncode not in (0, STATUS_NEXT):
            texts[first - 1] += f"\n{done.stderr.decode(errors='replace')[-2000:]}"
        elif done.returncode == 0:
            return texts
    return texts


def printed(image: Path, program: str) -> str:
    with tempfile.TemporaryDirectory() as place:
        batch = Path(place) / "batch"
        write_batch(batch, [program.encode()])
        done = subprocess.run(
            [image, "--fuzz", batch, "--say"], capture_output=True, text=True, timeout=SILENCE_S
        )
    if done.returncode != 0 or not re.search(r"@@ 0 ran", done.stdout):
        raise RuntimeError(done.stdout[-500:] + done.stderr[-2000:])
    return re.sub(r"\r", "", re.sub(r"(?m)^@@ \d+.*\n?", "", done.stdout))
