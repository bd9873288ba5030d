# SPDX-License-Identifier: MIT
"""ARM PrimeCell General Purpose Input/Output (PL061), DDI 0190."""

from description import Device, Register, Write

_PINS = "a bit for each pin"

DEVICE = Device(
    "pl061",
    "ARM PL061, eight pins",
    ids=(("tree", "arm,pl061"),),
    windows=(("registers",),),
    registers=(
        Register("DATA", 0x3FC, 32, "rw", "all eight pins (3.3.1)"),
        Register("DIR", 0x400, 32, "rw", _PINS + ": 1 is an output"),
        Register("IS", 0x404, 32, "rw", _PINS + ": 1 interrupts on a level, 0 on an edge"),
        Register("IBE", 0x408, 32, "rw", _PINS + ": on both edges"),
        Register("IEV", 0x40C, 32, "rw", _PINS + ": on a rising edge, a high level"),
        Register("IE", 0x410, 32, "rw", _PINS + ": it interrupts"),
        Register("RIS", 0x414, 32, "ro", _PINS + ": it was raised"),
        Register("MIS", 0x418, 32, "ro", _PINS + ": it was raised, and interrupts"),
        Register("IC", 0x41C, 32, "wo", _PINS + ": 1 clears what was raised"),
    ),
    reset=(Write("IE", 0), Write("DIR", 0)),
)
