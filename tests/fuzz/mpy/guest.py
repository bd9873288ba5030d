# SPDX-License-Identifier: MIT
# Runs in the machine: batches of .mpy files, and what became of them. The host calls main().
import gc
import sys

import _mpyfuzz


def make_globals():
    # Made anew for each file, so that none depends on what another one left behind.
    class Manager:
        def __enter__(self):
            return self

        def __exit__(self, kind, value, traceback):
            return kind is ValueError

    class Thing:
        def __init__(self, value=3):
            self.x = value

        def __getitem__(self, key):
            return key

        def __add__(self, other):
            return other

    def generator(n=3):
        try:
            yield n
            yield Thing
        finally:
            n = None

    return {
        "__name__": "case",
        "manager": Manager(),
        "generator": generator,
        "Thing": Thing,
        "thing": Thing(),
        "x": [1, 2, 3],
        "y": {"a": 1},
    }


def main(corpus, seed, first, count, batch, marks):
    modules = dict(sys.modules)
    said = print
    for number in range(first, first + count, batch):
        size = min(batch, first + count - number)
        said("\n@@@", number, size, *_mpyfuzz.run(seed, number, size, corpus, make_globals, marks))
        sys.modules.clear()
        sys.modules.update(modules)
        gc.collect()
