# SPDX-License-Identifier: MIT
"""tests/fuzz/record.toml: what the fuzzers have run so far, an entry per run.

[[run]]
fuzzer = "mpy_files generated"
date = 2026-11-21
seed = 1
count = 100000
seconds = 190.5
findings = 0
commit = "0123abc"
"""

import datetime
import subprocess
import tomllib
from typing import Any

from antaresia_tools import paths

RECORD = paths.ROOT / "tests" / "fuzz" / "record.toml"
HEADER = (
    "# SPDX-License-Identifier: MIT\n# What was run, see tools/antaresia_tools/fuzz_record.py.\n"
)


def commit() -> str:
    """What the run's tree is."""
    command = ["git", "describe", "--always", "--dirty=+", "--exclude", "*"]
    done = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def record(fuzzer: str, seed: int, count: int, seconds: float, findings: int) -> None:
    entry = (
        f'\n[[run]]\nfuzzer = "{fuzzer}"\ndate = {datetime.date.today()}\nseed = {seed}\n'
        f"count = {count}\nseconds = {seconds:.1f}\nfindings = {findings}\n"
        f'commit = "{commit()}"\n'
    )
    with RECORD.open("a") as file:
        if file.tell() == 0:
            file.write(HEADER)
        file.write(entry)


def runs() -> list[dict[str, Any]]:
    if not RECORD.exists():
        return []
    found: list[dict[str, Any]] = tomllib.loads(RECORD.read_text()).get("run", [])
    return found
