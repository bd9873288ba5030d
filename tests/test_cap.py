# SPDX-License-Identifier: MIT
"""Capabilities at the prompt: windows of registers narrowed, lent, revoked; memory for devices."""

from pathlib import Path

import pytest
from target import Target

GUEST = Path(__file__).with_name("cap_guest.py")
MACHINES = [("hosted", "process"), ("x86_64", "q35"), ("aarch64", "virt")]

EXPECTED = """beyond ValueError ValueError
ram ValueError ValueError
widths ValueError ValueError ValueError
types TypeError TypeError TypeError
8 True ValueError OSError
read only OSError
wider ValueError ValueError
bulk True ValueError
bulk to OSError ValueError
third True
lent on 4 True True
its lender died False True
this capability was revoked True
loan True [True]
loan True [False, True]
loan without a call False
dropped True
too many MemoryError
all over False False False Revoked
greedy done
dma 10000 b'cd\\x00\\x00' 12288
over MemoryError ValueError
sent ValueError ValueError
revoked MemoryError
"""


@pytest.mark.parametrize(("arch", "machine"), MACHINES)
def test_capabilities(arch, machine):
    with Target(arch, machine, cores=2) as target:
        target.boot()
        out = target.check(GUEST.read_text())
    assert out.replace("\r\n", "\n") == EXPECTED


def test_capabilities_under_address_sanitizer():
    with Target("hosted", "process", cores=2, sanitize="address") as target:
        target.boot()
        out = target.check(GUEST.read_text())
    assert out.replace("\r\n", "\n") == EXPECTED
