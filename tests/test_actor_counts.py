# SPDX-License-Identifier: MIT
"""What sending, switching, spawning take, in instructions: no more than 5 % above the baseline.

A change that costs more on purpose runs `bench/actors --write-counts` and commits the file.
"""

import sys

import pytest

from antaresia_tools import paths

sys.path.append(str(paths.ROOT / "bench"))

from antaresia_bench import counts  # noqa: E402


@pytest.mark.parametrize("arch", counts.NAMES)
def test_operations_take_no_more_instructions(arch):
    found = counts.count(arch)
    assert counts.grown(arch, found) == []
    more = {name: n * 107 // 100 + 1 for name, n in counts.baseline()[arch].items()}
    assert len(counts.grown(arch, more)) == len(counts.NAMES[arch])  # this test can fail
