# SPDX-License-Identifier: MIT
"""Fixtures that all tests share."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from target import Target


@pytest.fixture
def machine() -> Iterator[Callable[..., Target]]:
    """machine(arch, name, cores=...) gives a Target that is stopped after the test.

    All that it said is in the report of a test that fails.
    """
    made: list[Target] = []

    def make(*args: Any, **options: Any) -> Target:
        made.append(Target(*args, **options))
        return made[-1]

    yield make
    for target in made:
        target.stop()
