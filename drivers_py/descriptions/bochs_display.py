# SPDX-License-Identifier: MIT
"""QEMU's bochs-display: docs/specs/standard-vga of QEMU, the registers of the Bochs interface."""

from description import Device, Field, Register, Write

DEVICE = Device(
    "bochs_display",
    "A framebuffer: bochs-display",
    ids=(("pci", 0x1234, 0x1111),),
    windows=(("bar", 2, 0x500, 20),),
    config=("bar", 0),
    line=False,
    notes="It uses no memory of the machine: the framebuffer is its own, and the driver's window.",
    registers=(
        Register("ID", 0, 16, "ro", "0xb0c0 to 0xb0c5"),
        Register("XRES", 2, 16),
        Register("YRES", 4, 16),
        Register("BPP", 6, 16, text="bits of a pixel"),
        Register(
            "ENABLE",
            8,
            16,
            fields=(Field("ON", 0), Field("LINEAR", 6), Field("KEEP", 7, "is not cleared")),
        ),
        Register("BANK", 10, 16),
        Register("VIRT_WIDTH", 12, 16),
        Register("VIRT_HEIGHT", 14, 16),
        Register("X_OFFSET", 16, 16),
        Register("Y_OFFSET", 18, 16),
    ),
    reset=(Write("ENABLE", 0),),
)
