# SPDX-License-Identifier: MIT
"""Upstream's tests/perf_bench programs, put together as upstream's run-perfbench.py does it.

A program is the file, benchrun.py, and a last line bm_run(N, M), which picks parameters for a CPU
of about N MHz with M KiB of heap, times the work with the machine's own clock, and prints
"microseconds norm result". The score is norm per second: higher is better.
"""

from dataclasses import dataclass
from pathlib import Path

_PREFIX = b"import sys\nsys.path.remove('')\n\n"


@dataclass(frozen=True)
class Reading:
    """One run: its score and the program's result, or the reason why there is none."""

    score: float | None
    result: str | None
    reason: str | None = None
    microseconds: int | None = None


def names(upstream: Path) -> list[str]:
    """All programs but the viper ones, which need native code."""
    found = (path.stem for path in (upstream / "tests" / "perf_bench").glob("*.py"))
    return sorted(name for name in found if name != "benchrun" and not name.startswith("viper_"))


def program(upstream: Path, name: str, n: int, m: int) -> bytes:
    folder = upstream / "tests" / "perf_bench"
    files = (folder / f"{name}.py", folder / "benchrun.py")
    return _PREFIX + b"".join(path.read_bytes() for path in files) + b"bm_run(%d, %d)\n" % (n, m)


def reading(output: str, errors: str = "") -> Reading:
    """What a run printed, as a reading."""
    lines = (errors.strip() or output.strip() or "no output").splitlines()
    words = output.strip().split(None, 2)
    if errors.strip() or len(words) < 3 or not (words[0].isdigit() and words[1].isdigit()):
        return Reading(None, None, lines[-1])
    microseconds, norm, result = int(words[0]), int(words[1]), words[2]
    score = 1e6 * norm / max(microseconds, 1)
    return Reading(score, "\n".join(result.splitlines()), microseconds=microseconds)
