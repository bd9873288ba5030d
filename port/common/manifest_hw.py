# SPDX-License-Identifier: MIT
# Where PORT_HW is set: with the drivers.
include("manifest.py")
freeze(
    "../../drivers_py",
    (
        "blockdev.py",
        "bochs_display.py",
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
