# SPDX-License-Identifier: MIT
"""Devices that come and go in PCIe ports, by QMP's device_add and device_del."""

import time
from pathlib import Path

import pytest
from target import Target

PARTS = Path(__file__).with_name("hotplug_guest.py").read_text().split("# ---\n")
MACHINES = {
    "q35": (
        "x86_64",
        ("-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off"),
    ),
    "virt": ("aarch64", ()),
}
PORTS = tuple(
    word
    for n in (1, 2)
    for word in ("-device", f"pcie-root-port,id=port{n},chassis={n},slot={n},bus=pcie.0")
)


def wait_for_deletion(target: Target, name: str) -> None:
    end = time.monotonic() + 30
    while name in str(target.guest.qmp("qom-list", path="/machine/peripheral")):
        assert time.monotonic() < end, f"{name} does not go"


@pytest.mark.parametrize("machine", MACHINES)
def test_hotplug(machine):
    arch, extra = MACHINES[machine]
    parts = iter(PARTS)
    with Target(arch, machine, cores=2, extra=extra + PORTS) as target:
        target.boot()

        def part() -> str:
            return target.check(next(parts))

        def plug(n: int) -> None:
            target.guest.qmp("device_add", driver="virtio-rng-pci", id=f"rng{n}", bus=f"port{n}")

        assert part() == "ports 2 [False, False]\n[]\n"
        plug(1)
        assert part() == "['virtio_rng']\nworks 100\n"
        target.guest.qmp("device_del", id="rng1")
        assert part() == "[]\ncall ActorDead\nnormal []\n"
        wait_for_deletion(target, "rng1")
        plug(2)
        assert part() == "calls\n"
        target.guest.qmp("device_del", id="rng2")
        assert part() == "killed ('caller', True, True)\nclosed OSError []\nleft 0 0\n"
        wait_for_deletion(target, "rng2")

        assert part() == "[]\n"
        opened = next(parts)
        for n in (1, 2):
            plug(n)
            assert target.check(opened) == "plugged True\n"
            target.guest.qmp("device_del", id=f"rng{n}")
            wait_for_deletion(target, f"rng{n}")
        assert part() == "pulled OSError\n"
