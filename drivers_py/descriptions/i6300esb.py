# SPDX-License-Identifier: MIT
"""Intel 6300ESB I/O Controller Hub datasheet, 16: the watchdog timer."""

from description import Device, Field, Register

DEVICE = Device(
    "i6300esb",
    "Intel 6300ESB watchdog",
    ids=(("pci", 0x8086, 0x25AB),),
    windows=(("bar", 0), ("config", 0x60, 12)),
    line=False,
    notes="It uses no memory. It goes on when its driver ends: the next one feeds it.",
    registers=(
        Register("TIMER1", 0x00, fields=(Field("PRELOAD", (19, 0), "wo", "first stage"),)),
        Register("TIMER2", 0x04, fields=(Field("PRELOAD", (19, 0), "wo", "then it resets"),)),
        Register("GINTSR", 0x08, text="interrupt", fields=(Field("ACTIVE", 0, "w1c"),)),
        Register(
            "RELOAD",
            0x0C,
            16,
            "wo",
            text="0x80 and 0x86 before each write unlock it (16.5.4)",
            fields=(Field("KEY", (7, 0)), Field("AGAIN", 8, "starts anew"), Field("CLEAR", 9)),
        ),
        Register(
            "CONFIG",
            0x00,
            16,
            window=1,
            text="(16.4.13)",
            fields=(
                Field("INTERRUPT", (1, 0), "of the first stage; 3 is none"),
                Field("FAST", 2, "ticks of about 1 us, not of 1 ms"),
                Field("QUIET", 5, "does not reset"),
            ),
        ),
        Register(
            "LOCK",
            0x08,
            8,
            window=1,
            text="(16.4.14)",
            fields=(
                Field("LOCK", 0, "until the next reset"),
                Field("ENABLE", 1),
                Field("FREE", 2, "only counts"),
            ),
        ),
    ),
)
