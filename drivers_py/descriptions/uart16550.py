# SPDX-License-Identifier: MIT
"""National Semiconductor PC16550D UART, at the ports of a PC's second serial line."""

from description import Device, Field, Register, Write

DEVICE = Device(
    "uart16550",
    "PC16550D serial line",
    ids=(("isa", "com2"),),
    windows=(("ports", 0x2F8, 8),),
    line=3,
    notes="RBR and THR are the divisor while LCR.DLAB is set.",
    registers=(
        Register("RBR", 0, 8, "ro", "a byte that came", reads="takes it"),
        Register("THR", 0, 8, "wo", "a byte to send"),
        Register(
            "IER",
            1,
            8,
            text="interrupts that are on",
            fields=(
                Field("RECEIVED", 0),
                Field("EMPTY", 1),
                Field("LINE", 2),
                Field("MODEM", 3),
                Field("HIGH", (7, 4), "kernel"),
            ),
        ),
        Register("DLH", 1, 8, "wo", "the divisor's high byte, while LCR.DLAB is set"),
        Register(
            "IIR",
            2,
            8,
            "ro",
            text="why it interrupts",
            reads="clears EMPTY",
            fields=(Field("NONE", 0), Field("WHY", (3, 1)), Field("FIFO", (7, 6))),
        ),
        Register(
            "FCR",
            2,
            8,
            "wo",
            text="queues of 16 bytes",
            fields=(
                Field("ON", 0),
                Field("CLEAR_IN", 1),
                Field("CLEAR_OUT", 2),
                Field("AT", (7, 6)),
            ),
        ),
        Register(
            "LCR",
            3,
            8,
            fields=(
                Field("BITS", (1, 0), "5 to 8"),
                Field("STOP2", 2),
                Field("PARITY", (5, 3), "0 none, 1 odd, 3 even"),
                Field("BREAK", 6),
                Field("DLAB", 7),
            ),
        ),
        Register(
            "MCR",
            4,
            8,
            fields=(
                Field("DTR", 0),
                Field("RTS", 1),
                Field("OUT1", 2),
                Field("OUT2", 3, "its interrupts arrive, on a PC"),
                Field("LOOP", 4, "what is sent comes back"),
            ),
        ),
        Register(
            "LSR",
            5,
            8,
            "ro",
            reads="clears the errors",
            fields=(
                Field("READY", 0, "a byte has come"),
                Field("OVERRUN", 1, "a byte was lost"),
                Field("THRE", 5, "there is room to send"),
                Field("TEMT", 6, "all was sent"),
            ),
        ),
        Register("MSR", 6, 8, "ro", "modem lines", reads="clears their changes"),
    ),
    reset=(Write("LCR", 3), Write("IER", 0), Write("MCR", 0)),
)
