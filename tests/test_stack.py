# SPDX-License-Identifier: MIT
"""C stacks: the switch, forced in the middle of a computation, from core to core; their guards."""

import pytest
from target import all_machines

MANY_CORES = [("x86_64", "q35"), ("aarch64", "virt"), ("aarch64", "raspi3b"), ("hosted", "process")]


def cores(name: str) -> dict[str, int]:
    return {} if name == "raspi3b" else {"cores": 2}  # that board has four


@pytest.mark.parametrize("arch,name", all_machines())
def test_switch_keeps_what_was_left(machine, arch, name):
    target = machine(arch, name).boot()
    target.check(
        "import _stack\n"
        "for n in (1, 2, 1000):\n    assert _stack.ping_pong(n) > 0\n"
        "assert _stack.preempt(1000) > 1000\n"
    )


@pytest.mark.parametrize("arch,name", MANY_CORES)
def test_context_moves_from_core_to_core(machine, arch, name):
    target = machine(arch, name, **cores(name)).boot()
    said = target.check("import _stack\nfor _ in range(3):\n    print(_stack.migrate(300))\n")
    # 300 slices, and one or two more to come to an end, shared out evenly.
    for line in said.splitlines():
        count = list(map(int, line.strip("[]").split(", ")))
        assert len(count) > 1 and min(count) >= 300 // len(count), said


@pytest.mark.parametrize("sanitize", ["address", "thread"])
def test_sanitizers_follow(machine, sanitize):
    target = machine("hosted", sanitize=sanitize, cores=2).boot()
    target.check(
        "import _stack\n"
        "_stack.ping_pong(1000)\n_stack.preempt(300)\n"
        "assert min(_stack.migrate(300)) >= 150\n"
    )


@pytest.mark.parametrize("arch,name", all_machines())
def test_stack_has_a_guard(machine, arch, name):
    target = machine(arch, name).boot()
    target.send("import _stack; _stack.overflow()\r")
    target.expect_line(r"CPUFault: (C )?stack overflow.*")
    target.expect_prompt()
    target.check("import _stack\nassert _stack.preempt(100) > 0\n")
