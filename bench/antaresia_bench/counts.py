# SPDX-License-Identifier: MIT
"""What the runtime's operations take in instructions: exact, since the machine's clock counts them.

tests/actor_counts.toml keeps what they took; a test compares.
"""

import re
import tomllib

from antaresia_bench.figures import Row
from antaresia_bench.guest import COUNTED, our_session
from antaresia_bench.repl import Repl
from antaresia_tools import paths
from antaresia_tools.errors import ToolError

PROGRAM = paths.ROOT / "bench" / "actor_programs" / "counts.py"
BASELINE = paths.ROOT / "tests" / "actor_counts.toml"
ACTORS = ("send", "receive", "actor_switch", "spawn", "start_and_exit", "timer_wake")
HARDWARE = ("register_read", "register_write", "region_read", "region_write", "interrupt")
NAMES = {"x86_64": ACTORS + HARDWARE, "aarch64": ACTORS + HARDWARE}
DEVICE = ("-device", "edu")
GROWTH = 1.05


def count(arch: str) -> dict[str, int]:
    """Each operation's instructions on this architecture's default machine."""
    with our_session(arch, (*COUNTED, *DEVICE)) as session:
        output, errors = Repl(session).run(PROGRAM.read_bytes())
    if errors:
        raise ToolError(f"counting on {arch} failed", errors.strip().splitlines()[-1])
    found = {name: int(n) for name, n in re.findall(r"^count (\w+) (-?\d+)\r?$", output, re.M)}
    if set(found) != set(NAMES[arch]):
        raise ToolError(
            f"counting on {arch} gave {sorted(found)}", f"expected {sorted(NAMES[arch])}"
        )
    return found


def baseline() -> dict[str, dict[str, int]]:
    return tomllib.loads(BASELINE.read_text()) if BASELINE.exists() else {}


def write_baseline(counts: dict[str, dict[str, int]]) -> None:
    lines = ["# SPDX-License-Identifier: MIT"]
    lines += ["# Instructions per operation; bench/actors --write-counts changes this on purpose."]
    for arch, found in counts.items():
        lines += ["", f"[{arch}]", *(f"{name} = {found[name]}" for name in NAMES[arch])]
    BASELINE.write_text("\n".join(lines) + "\n")


def rows(counts: dict[str, dict[str, int]]) -> list[Row]:
    """Ours now, beside what the baseline says."""
    known = baseline()
    return [
        Row(
            f"{arch}/{name}, counted",
            "instructions",
            n,
            known.get(arch, {}).get(name),
            "baseline",
            "<= 1.05 times",
        )
        for arch, found in counts.items()
        for name, n in found.items()
    ]


def grown(arch: str, found: dict[str, int]) -> list[str]:
    """What takes more than 5 % more than the baseline says."""
    known = baseline()[arch]
    return [
        f"{name}: {found[name]} instructions, were {known[name]}"
        for name in NAMES[arch]
        if found[name] > known[name] * GROWTH
    ]
