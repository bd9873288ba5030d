# SPDX-License-Identifier: MIT
"""A known defect: a build with ThreadSanitizer does not come up in about one start of thirty."""

import functools
from collections.abc import Callable
from typing import Any


def again(test: Callable[..., None]) -> Callable[..., None]:
    """The test, up to three times where it runs under ThreadSanitizer; see docs/testing.md."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        for _ in range(2 if kwargs.get("sanitize") == "thread" else 0):
            try:
                return test(*args, **kwargs)
            except Exception as error:
                print("again, after", error)
        return test(*args, **kwargs)

    return run
