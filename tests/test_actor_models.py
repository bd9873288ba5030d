# SPDX-License-Identifier: MIT
"""The Promela models of the actor runtime: each holds in every interleaving, and can fail.

A model names its mutants in a line `// mutants: A B`: with A defined it is broken on purpose, and
spin must find that.
"""

import re
import subprocess
from pathlib import Path

import pytest

from antaresia_tools import debian, paths

MODELS = sorted((paths.ROOT / "vm_ext").glob("*/models/*.pml"))


@pytest.fixture(scope="module", autouse=True)
def spin() -> None:
    debian.ensure([*debian.TO_CHECK, "gcc", "libc6-dev"])


def mutants(model: Path) -> list[str]:
    found = re.search(r"^// mutants: (.+)$", model.read_text(), re.MULTILINE)
    assert found, f"{model.name} names no mutants"
    return found[1].split()


def verify(model: Path, folder: Path, *defines: str) -> str:
    """spin's report of a search through all states."""

    def run(*command: object) -> str:
        words = [str(word) for word in command]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("spin", *[f"-D{name}" for name in defines], "-a", model)
    run("gcc", "-O1", "-DSAFETY", "-DNOFAIR", "-o", "pan", "pan.c")
    report = run("./pan", "-m1000000")
    assert "max search depth too small" not in report
    return report


def errors(report: str) -> int:
    found = re.search(r"errors: (\d+)", report)
    assert found, report
    return int(found[1])


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.stem)
def test_model_holds(tmp_path, model):
    report = verify(model, tmp_path)
    assert errors(report) == 0, report


@pytest.mark.parametrize(
    "model,mutant",
    [(model, mutant) for model in MODELS for mutant in mutants(model)],
    ids=lambda value: value.stem if isinstance(value, Path) else value,
)
def test_broken_model_is_found_out(tmp_path, model, mutant):
    assert (
        f"ifdef {mutant}" in model.read_text()
        or f"ifndef {mutant}" in model.read_text()
        or (f"defined({mutant})" in model.read_text())
    )
    assert errors(verify(model, tmp_path, mutant)) > 0
