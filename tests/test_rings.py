# SPDX-License-Identifier: MIT
"""Rings of descriptors on a real device of QEMU's, under drivers that mean harm."""

from pathlib import Path

import pytest
from target import Target

GUEST = Path(__file__).with_name("ring_guest.py")
CARDS = (
    *("-netdev", "hubport,hubid=0,id=a", "-netdev", "hubport,hubid=0,id=b"),
    *("-device", "e1000,netdev=a,mac=02:00:00:00:00:0a"),
    *("-device", "e1000,netdev=b,mac=02:00:00:00:00:0b"),
)


@pytest.mark.parametrize(("arch", "machine"), [("x86_64", "q35"), ("aarch64", "virt")])
def test_rings(arch, machine):
    with Target(arch, machine, cores=2, extra=CARDS) as target:
        target.boot()
        out = target.check(GUEST.read_text()).replace("\r\n", "\n")
    assert out == GUEST.with_suffix(".txt").read_text()
