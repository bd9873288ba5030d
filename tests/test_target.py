# SPDX-License-Identifier: MIT
"""The harness itself: what a test says to a machine arrives, and what goes wrong is told."""

import pytest
from target import TargetError


def test_command_and_program_share_one_machine(machine):
    target = machine("x86_64").boot()
    assert "Antaresia" in target.banner or "MicroPython" in target.banner
    assert target.command("6 * 7") == "42"
    assert target.check("print('in raw mode')") == "in raw mode\n"
    assert target.command("'back'") == "'back'"


def test_program_that_raises_fails_check(machine):
    target = machine("x86_64").boot()
    with pytest.raises(TargetError, match="ZeroDivisionError"):
        target.check("1 // 0")


def test_panic_ends_a_wait_at_once(machine):
    target = machine("x86_64").boot()
    target.send("import _fault; _fault.trigger('critical')\r")
    with pytest.raises(TargetError, match="PANIC"):
        target.read_until("never comes", timeout_s=60)


def test_machine_that_cannot_start_says_why(machine):
    target = machine("x86_64", extra=("-device", "no-such-device"))
    with pytest.raises(Exception, match="no-such-device"):
        target.boot()
