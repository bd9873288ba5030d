# SPDX-License-Identifier: MIT
"""QEMU's device for teaching (docs/specs/edu): without its DMA, whose addresses are either ours or
its own, as another register says."""

from description import Device, Field, Register, Write

DEVICE = Device(
    "edu",
    "QEMU's device for teaching",
    ids=(("pci", 0x1234, 0x11E8),),
    windows=(("bar", 0),),
    registers=(
        Register("ID", 0x00, 32, "ro", fields=(Field("MAJOR", (31, 24)), Field("MINOR", (23, 16)))),
        Register("LIVE", 0x04, 32, "rw", "reads as the complement of what was written"),
        Register("FACTORIAL", 0x08, 32, "rw", "of what is written; modulo 2**32"),
        Register(
            "STATUS",
            0x20,
            fields=(Field("BUSY", 0, "ro"), Field("INTERRUPT", 7, "rw", "when it is done")),
        ),
        Register("RAISED", 0x24, 32, "ro", "why it interrupts", fields=(Field("DONE", 0),)),
        Register("ACK", 0x64, 32, "wo", fields=(Field("DONE", 0),)),
    ),
    reset=(Write("STATUS", INTERRUPT=0), Write("ACK", DONE=1)),
)
