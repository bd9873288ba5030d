# SPDX-License-Identifier: MIT
"""ARM PrimeCell Real Time Clock (PL031), DDI 0224."""

from description import Device, Field, Register, Write

DEVICE = Device(
    "pl031",
    "ARM PL031 clock",
    ids=(("tree", "arm,pl031"),),
    windows=(("registers",),),
    registers=(
        Register("DR", 0x00, 32, "ro", "seconds since 1970"),
        Register("MR", 0x04, 32, "rw", "the second at which it interrupts"),
        Register("LR", 0x08, 32, "rw", "sets the seconds"),
        Register("CR", 0x0C, fields=(Field("START", 0, "it runs"),)),
        Register("IMSC", 0x10, fields=(Field("ON", 0, "it interrupts"),)),
        Register("RIS", 0x14, 32, "ro", fields=(Field("RAISED", 0),)),
        Register("MIS", 0x18, 32, "ro", fields=(Field("RAISED", 0, "and is on"),)),
        Register("ICR", 0x1C, 32, "wo", fields=(Field("CLEAR", 0),)),
    ),
    reset=(Write("IMSC", 0), Write("ICR", 1)),
)
