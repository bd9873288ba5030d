# SPDX-License-Identifier: MIT
# Where PORT_HW is set: with the drivers.
include("manifest.py")
freeze(
    "../../drivers_py",
    (
        "blockdev.py",
        "bootconf.py",
        "devices.py",
        "driver.py",
        "hardware.py",
        "hotplug.py",
        "pci.py",
        "virtio_blk.py",
        "virtio_console.py",
        "virtio_input.py",
        "virtio_net.py",
        "virtio_rng.py",
    ),
)
# Those that have a description, which goes with them.
DESCRIBED = (
    "ac97",
    "bochs_display",
    "cmos",
    "e1000",
    "i6300esb",
    "pl031",
    "pl061",
    "uart16550",
)
freeze("../../drivers_py", ("described.py", "description.py"))
freeze("../../drivers_py", tuple(name + ".py" for name in DESCRIBED))
freeze("../../drivers_py", tuple("descriptions/" + name + ".py" for name in DESCRIBED))
# Whose driver is the example of docs/drivers.md.
freeze("../../drivers_py", ("descriptions/edu.py",))
