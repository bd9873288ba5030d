# SPDX-License-Identifier: MIT
"""What a tool is about to do, as a list that can be shown before, or instead of, doing it."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Steps:
    """Steps in their order: what each does, in words, and the function that does it."""

    steps: list[tuple[str, Callable[[], None]]] = field(default_factory=list)

    def add(self, words: str, action: Callable[[], None]) -> None:
        self.steps.append((words, action))

    def show(self) -> None:
        for number, (words, _) in enumerate(self.steps, 1):
            print(f"{number}. {words}")

    def run(self) -> None:
        for words, action in self.steps:
            print(words, file=sys.stderr, flush=True)
            action()
