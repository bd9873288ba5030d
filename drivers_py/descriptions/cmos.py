# SPDX-License-Identifier: MIT
"""Motorola MC146818A real-time clock, as PCs have it."""

from description import Device, Field, Register

DEVICE = Device(
    "cmos",
    "MC146818A clock of a PC",
    ids=(("isa", "cmos"),),
    windows=(("ports", 0x70, 2),),
    line=8,
    notes="Bit 7 of INDEX, which masks interrupts of another kind, is left out.",
    registers=(
        Register("INDEX", 0, 8, "wo", "which byte", fields=(Field("BYTE", (6, 0)),)),
        Register("DATA", 1, 8, "rw", "that byte", reads="byte 12 clears it"),
    ),
)
