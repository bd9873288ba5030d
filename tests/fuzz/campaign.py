# SPDX-License-Identifier: MIT
"""The command tests/fuzz/programs: many programs, their outcomes counted, findings made small."""

import argparse
import collections
import hashlib
import json
import multiprocessing
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import generate
import machine
import mutate
import surface
from minimise import minimise

from antaresia_tools import boards, building, paths
from antaresia_tools.fuzz_record import record

BATCH = 200
FINDINGS = paths.ROOT / "build" / "fuzz" / "findings"


@dataclass
class Setting:
    image: Path
    seed: int
    end: int
    makers: tuple[str, ...]
    surface: surface.Surface
    tests: list[str]


@dataclass
class Outcome:
    first: int
    tally: collections.Counter[str] = field(default_factory=collections.Counter)
    found: list[tuple[machine.Finding, str]] = field(default_factory=list)


_setting: Setting


def settings(image: Path, seed: int, end: int, maker: str = "both") -> Setting:
    makers = ("generate", "generate", "mutate") if maker == "both" else (maker,)
    return Setting(image, seed, end, makers, surface.ask(image), mutate.load_tests())


def make(setting: Setting, number: int) -> str:
    rng = random.Random(f"{setting.seed}/{number}")
    if setting.makers[number % len(setting.makers)] == "mutate":
        return mutate.program(rng, setting.tests)
    return generate.program(rng, setting.surface)


def _start(setting: Setting) -> None:
    global _setting
    _setting = setting


def _run_batch(first: int) -> Outcome:
    setting = _setting
    outcome = Outcome(first)
    programs = [make(setting, n) for n in range(first, min(first + BATCH, setting.end))]
    with tempfile.TemporaryDirectory() as place:
        batch = Path(place) / "batch"
        machine.write_batch(batch, [text.encode("utf-8", "surrogateescape") for text in programs])
        for result in machine.run(setting.image, batch, len(programs)):
            if isinstance(result, machine.Finding):
                outcome.tally["found"] += 1
                outcome.found.append((result, programs[result.number]))
                result.number += first
            else:
                outcome.tally[result[1]] += 1
    return outcome


class Findings:
    """Files in a folder, one for each signature."""

    def __init__(self, folder: Path, image: Path, small: bool) -> None:
        self.folder = folder
        self.image = image
        self.small = small
        self.seen: collections.Counter[str] = collections.Counter()

    def add(self, found: machine.Finding, text: str) -> None:
        signature = found.signature()
        self.seen[signature] += 1
        if self.seen[signature] > 1:
            return
        told = machine.check(self.image, text.encode("utf-8", "surrogateescape"), symbols=True)
        words = told.brief() if told else f"only after other programs: {found.brief()}"
        name = hashlib.sha256(signature.encode()).hexdigest()[:10]
        print(
            f"\nprogram {found.number}: {found.kind}: {words}\n  {self.folder / name}.py",
            flush=True,
        )
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"{name}.py").write_text(text)
        (self.folder / f"{name}.txt").write_text(told.report if told else found.report)
        if told and self.small and found.kind == "crash":
            smaller = minimise(self.image, text, lambda words: None)
            (self.folder / f"{name}.py").write_text(smaller)


def _say(done: int, wanted: int, seconds: float, findings: int, end: str) -> None:
    rate = done / max(seconds, 0.001)
    text = f"{done} of {wanted} programs, {rate:.0f} a second, {findings} findings"
    print(f"\r{text}" if sys.stdout.isatty() else text, end=end, flush=True)


class State:
    """How far a seed has come, for --resume."""

    def __init__(self, seed: int, resume: bool) -> None:
        self.path = paths.ROOT / "build" / "fuzz" / f"programs-{seed}.json"
        self.done: set[int] = set()
        self.seconds = 0.0
        if resume and self.path.exists():
            state = json.loads(self.path.read_text())
            self.done, self.seconds = set(state["batches"]), state["seconds"]

    def save(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps({"batches": sorted(self.done), "seconds": self.seconds}))


def run(options: argparse.Namespace, setting: Setting) -> int:
    findings = Findings(options.findings, setting.image, not options.large)
    state = State(options.seed, options.resume)
    starts = [n for n in range(options.first, setting.end, BATCH) if n not in state.done]
    tally: collections.Counter[str] = collections.Counter()
    began = said = time.monotonic()
    before = state.seconds
    done = 0
    with multiprocessing.Pool(options.jobs, _start, (setting,)) as pool:
        for outcome in pool.imap_unordered(_run_batch, starts):
            tally += outcome.tally
            done += min(BATCH, setting.end - outcome.first)
            for found, text in outcome.found:
                findings.add(found, text)
            now = time.monotonic()
            state.done.add(outcome.first)
            state.seconds = before + now - began
            if now - said > (1 if sys.stdout.isatty() else 30):
                said = now
                state.save()
                _say(done, len(starts) * BATCH, now - began, len(findings.seen), "")
                print("" if sys.stdout.isatty() else "\n", end="")
    state.save()
    seconds = time.monotonic() - began
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(tally.items()))
    print(
        f"\nseed {options.seed}: {done} programs in {seconds:.0f} s, "
        f"{done / seconds:.0f} a second, {len(findings.seen)} findings ({kinds})"
    )
    if options.record:
        record("programs", options.seed, done, seconds, len(findings.seen))
    return 1 if findings.seen else 0


def replay(image: Path, files: list[Path]) -> int:
    bad = 0
    for path in files:
        found = machine.check(image, path.read_bytes(), symbols=True)
        print(f"{path}: {found.kind + ': ' + found.brief() if found else 'nothing'}")
        bad += found is not None
    return 1 if bad else 0


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/fuzz/programs", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first program")
    parser.add_argument("--count", type=int, default=10000)
    parser.add_argument("--jobs", type=int, default=1, help="programs at a time")
    parser.add_argument("--resume", action="store_true", help="go on with a seed's broken off run")
    parser.add_argument(
        "--record", action="store_true", help="add the run to tests/fuzz/record.toml"
    )
    parser.add_argument("--make", choices=("generate", "mutate", "both"), default="both")
    parser.add_argument("--show", action="store_true", help="print the programs, run nothing")
    parser.add_argument("--large", action="store_true", help="do not make findings small")
    parser.add_argument("--findings", type=Path, default=FINDINGS, help="where findings go")
    parser.add_argument("--replay", type=Path, nargs="+", help="run these files")
    parser.add_argument("--minimise", type=Path, help="make this file small, in place")
    parser.add_argument("--image", type=Path, help="an image other than the ASan build's")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    board, _ = boards.find_machine("hosted", None, None)
    image = options.image or building.build(board, "address")
    if options.replay:
        return replay(image, options.replay)
    if options.minimise:
        text = options.minimise.read_text()
        options.minimise.write_text(minimise(image, text, print))
        return 0
    end = options.first + options.count
    setting = settings(image, options.seed, end, options.make)
    if options.show:
        for number in range(options.first, end):
            print(make(setting, number))
        return 0
    return run(options, setting)
