# SPDX-License-Identifier: MIT
"""At the prompt: starts a row's programs, and says when they have done their work."""

import actor

drivers = []


def prepare(module, count, *args, **options):
    """Starts `count` actors that run `module`.main(boss, *args), and waits until all are ready."""
    me = actor.self()
    for _ in range(count):
        drivers.append(actor.spawn(module + ":main", me, *args, monitor=True, **options))
    for _ in range(count):
        _answer()


def go(n, only=None):
    """Has each, or the one with this number, do its work n times."""
    working = drivers if only is None else [drivers[only]]
    for driver in working:
        driver.send(n)
    for _ in working:
        _answer()


def _answer():
    said = actor.receive()
    if said is not None:
        raise RuntimeError(said.reason, said.text)
