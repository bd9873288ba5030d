# SPDX-License-Identifier: MIT
"""Actors: messages, exits, runaways, faults; one and several cores."""

from pathlib import Path

import pytest
from target import Target, actor_machines

GUEST = Path(__file__).with_name("actors_guest.py")

EXPECTED = """values
can't send a 'function'
('plain', 5)
20
divide by zero True
dead
buffer 7
bad error ValueError
hog nomem MemoryError
deep error
loop killed
long_c killed
null_read fault True True
wild_write fault True True
illegal fault True True
stack fault True True
burst {'normal'}
left ['init', 'shell', 'system']
"""


@pytest.mark.parametrize("cores", [1, 2])
@pytest.mark.parametrize(("arch", "machine"), actor_machines())
def test_actors(arch, machine, cores):
    with Target(arch, machine, cores=cores) as target:
        target.boot()
        out = target.check(GUEST.read_text())
    assert out.replace("\r\n", "\n") == EXPECTED
