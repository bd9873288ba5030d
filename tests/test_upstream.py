# SPDX-License-Identifier: MIT
"""A part of upstream's own test suite on each architecture; tools/upstream-tests runs all of it."""

import re
import subprocess
import tomllib

import pytest

from antaresia_tools import boards, deps, paths

SKIPS = paths.ROOT / "tests" / "upstream_skips.toml"


def upstream_tests(*args: str) -> subprocess.CompletedProcess[str]:
    command = [paths.ROOT / "tools" / "upstream-tests", *args]
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize("arch", [arch for arch in boards.arches() if arch != "x86_64"])
def test_fast_part_passes(arch):
    done = upstream_tests("--arch", arch, "--fast")
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(re.search(r"(\d+) passed, 0 failed", done.stdout)[1]) > 50


def test_whole_suite_passes_on_x86_64():
    done = upstream_tests("--arch", "x86_64")
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(re.search(r"(\d+) passed, 0 failed", done.stdout)[1]) > 800


def test_skips_name_tests_that_exist_and_say_why():
    folder = deps.micropython_dir() / "tests"
    for entry in tomllib.loads(SKIPS.read_text())["skip"]:
        assert len(entry["reason"]) > 20
        assert [test for test in entry["tests"] if not (folder / test).is_file()] == []


def test_pattern_selects_and_unknown_one_is_an_error():
    listed = upstream_tests("--list", "basics/int_big1").stdout.splitlines()
    assert listed == ["basics/int_big1.py"]
    done = upstream_tests("no_such_test_anywhere")
    assert done.returncode == 2 and done.stderr.startswith("error: no such test")
