# SPDX-License-Identifier: MIT
"""The command tests/fuzz/differential: the same programs in the VM and in CPython, compared."""

import argparse
import collections
import json
import math
import multiprocessing
import re
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import common_subset
import machine

from antaresia_tools import boards, building
from antaresia_tools.fuzz_record import record

BATCH = 100
HOST = Path(__file__).parent / "differential_host.py"
EXPLAINED = Path(__file__).parent / "differences.toml"
GUEST_KIND = "def kind(e): return type(e).__name__\n"
FLOAT = re.compile(r"~(-?(?:inf|nan|[\d.]+(?:e[-+]?\d+)?))")
NUMBER = re.compile(r"(-?\d+(?:\.\d+)?(?:e[-+]?\d+)?)")
TOLERANCE = 1e-14  # the VM prints 16 digits


@dataclass
class Program:
    number: int
    source: str
    parts: list[tuple[int, str]]  # statements, with the first number that each prints

    def statement(self, line: str) -> str:
        """The statement that printed a line."""
        number = re.match(r"\d+", line)
        at = int(number[0]) if number else 0
        return next((text for first, text in reversed(self.parts) if first <= at), "")


@dataclass
class Difference:
    program: int
    statement: str
    cpython: str
    ours: str

    def __str__(self) -> str:
        text = f"program {self.program}\n{self.statement}"
        return f"{text}\n  CPython: {self.cpython}\n  ours:    {self.ours}"


@dataclass
class Rule:
    name: str
    reason: str
    statement: str = ""
    cpython: str = ""
    ours: str = ""
    shuffled: bool = False  # both lines are of the same characters
    close: bool = False  # their numbers are almost the same

    def explains(self, difference: Difference) -> bool:
        """Each pattern that it has is found in its place."""
        if self.shuffled and sorted(difference.ours) != sorted(difference.cpython):
            return False
        if self.close and not close(difference.ours, difference.cpython):
            return False
        return all(
            re.search(getattr(self, place), getattr(difference, place), re.DOTALL)
            for place in ("statement", "cpython", "ours")
        )


@dataclass
class Outcome:
    programs: int = 0
    lines: int = 0
    long: int = 0  # programs that were given up
    explained: collections.Counter[str] = field(default_factory=collections.Counter)
    found: list[Difference] = field(default_factory=list)


def close(ours: str, cpython: str) -> bool:
    """Nothing but numbers differs, and these by less than a rounding at the end."""
    parts, others = NUMBER.split(ours), NUMBER.split(cpython)
    return parts[::2] == others[::2] and all(
        math.isclose(float(a), float(b), rel_tol=0.02, abs_tol=1e-3)
        for a, b in zip(parts[1::2], others[1::2], strict=True)
    )


def rules() -> list[Rule]:
    return [Rule(**entry) for entry in tomllib.loads(EXPLAINED.read_text())["difference"]]


def make(seed: int, number: int) -> Program:
    case = seed * 10_000_000 + number
    parts = common_subset.program(case)
    source = common_subset.PRELUDE + "\n".join(text for _, text in parts) + "\n"
    return Program(number, source, parts)


def in_cpython(programs: list[Program]) -> list[str | None]:
    text = "".join(json.dumps(p.source) + "\n" for p in programs)
    done = subprocess.run(
        [sys.executable, HOST], input=text, capture_output=True, text=True, timeout=900
    )
    if done.returncode != 0:
        raise RuntimeError(f"CPython ended: {done.stderr[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def in_vm(image: Path, programs: list[Program]) -> Iterator[str]:
    """What each prints; the words of a report where one ended the process."""
    with tempfile.TemporaryDirectory() as place:
        batch = Path(place) / "batch"
        machine.write_batch(batch, [(GUEST_KIND + p.source).encode() for p in programs])
        said = machine.said(image, batch, len(programs))
        for number in range(len(programs)):
            yield said.get(number, "nothing")


def same(ours: str, cpython: str) -> bool:
    if ours == cpython:
        return True
    parts, others = FLOAT.split(ours), FLOAT.split(cpython)
    if len(parts) != len(others) or parts[::2] != others[::2]:
        return False
    return all(
        a == b or math.isclose(float(a), float(b), rel_tol=TOLERANCE)
        for a, b in zip(parts[1::2], others[1::2], strict=True)
    )


def compare(program: Program, cpython: str, ours: str) -> Difference | None:
    left, right = cpython.splitlines(), ours.splitlines()
    for a, b in zip(left, right, strict=False):
        if not same(b, a):
            return Difference(program.number, program.statement(a), a, b)
    if len(left) != len(right):
        at = min(len(left), len(right))
        a, b = (lines[at] if at < len(lines) else "(ends)" for lines in (left, right))
        return Difference(program.number, program.statement((left + right)[at - 1]), a, b)
    return None


@dataclass
class Work:
    image: Path
    seed: int
    first: int
    end: int


def run_batch(work: Work) -> Outcome:
    programs = [make(work.seed, n) for n in range(work.first, work.end)]
    known = rules()
    outcome = Outcome(len(programs))
    both = zip(programs, in_cpython(programs), in_vm(work.image, programs), strict=True)
    for program, cpython, ours in both:
        if cpython is None:
            outcome.long += 1
            continue
        outcome.lines += cpython.count("\n")
        difference = compare(program, cpython, ours)
        if difference is None:
            continue
        for rule in known:
            if rule.explains(difference):
                outcome.explained[rule.name] += 1
                break
        else:
            outcome.found.append(difference)
    return outcome


def run(options: argparse.Namespace, image: Path) -> int:
    end = options.first + options.count
    works = [
        Work(image, options.seed, n, min(n + BATCH, end)) for n in range(options.first, end, BATCH)
    ]
    total, began = Outcome(), time.monotonic()
    said = began
    with multiprocessing.Pool(options.jobs) as pool:
        for outcome in pool.imap_unordered(run_batch, works):
            total.programs += outcome.programs
            total.lines += outcome.lines
            total.long += outcome.long
            total.explained += outcome.explained
            total.found += outcome.found
            for difference in outcome.found[: options.show]:
                print(difference, flush=True)
            if time.monotonic() - said > 30:
                said = time.monotonic()
                print(f"{total.programs} of {options.count}", file=sys.stderr, flush=True)
    seconds = time.monotonic() - began
    if options.reasons:
        for name, count in total.explained.most_common():
            print(f"{count:8} {name}")
    print(
        f"seed {options.seed}: {total.programs} programs, {total.lines} lines in {seconds:.0f} s, "
        f"{total.long} took too long; "
        f"{total.explained.total()} differ as explained, {len(total.found)} otherwise"
    )
    if options.record:
        record("differential", options.seed, total.programs, seconds, len(total.found))
    return 1 if total.found else 0


def main(words: str, arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tests/fuzz/differential", description=words)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first program")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=1, help="batches at a time")
    parser.add_argument("--show", type=int, default=20, help="differences of a batch to print")
    parser.add_argument("--source", action="store_true", help="print the programs, run nothing")
    parser.add_argument("--reasons", action="store_true", help="count what was explained")
    parser.add_argument("--record", action="store_true", help="add the run to the record")
    parser.add_argument("--image", type=Path, help="an image other than the ASan build's")
    options = parser.parse_args(arguments)
    if options.source:
        for number in range(options.first, options.first + options.count):
            print(make(options.seed, number).source)
        return 0
    if sys.version_info[:2] != (3, 11):
        print(f"error: this is Python {sys.version.split()[0]}", file=sys.stderr)
        print("hint: the programs are compared with CPython 3.11 (Debian 12)", file=sys.stderr)
        return 3
    board, _ = boards.find_machine("hosted", None, None)
    return run(options, options.image or building.build(board, "address"))
