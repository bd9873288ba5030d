# SPDX-License-Identifier: MIT
"""A short run of the image fuzzer: mutated file systems and streams, under AddressSanitizer."""

import re
import subprocess

from antaresia_tools import paths


def test_mutated_images_are_refused_or_mounted():
    result = subprocess.run(
        [paths.ROOT / "tests" / "fuzz" / "images", "--seed", "11", "--count", "1500"],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 hung, 0 crashed" in result.stdout
    match = re.search(r"(\d+) refused, (\d+) mounted, (\d+) read", result.stdout)
    assert match and all(int(number) > 0 for number in match.groups()), result.stdout
