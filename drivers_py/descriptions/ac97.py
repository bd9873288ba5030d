# SPDX-License-Identifier: MIT
"""Intel 82801AA AC'97 audio: I/O Controller Hub datasheet, 13; Audio Codec '97 revision 2.3."""

from description import Device, Field, Register, Ring, Until, Write

_STATUS = (
    Field("DCH", 0, "ro", "halted"),
    Field("CELV", 1, "ro", "the last entry was played"),
    Field("LVBCI", 2, "w1c", "interrupt: the last entry was played"),
    Field("BCIS", 3, "w1c", "interrupt: an entry was played"),
    Field("FIFOE", 4, "w1c", "interrupt: samples came too late"),
)

DEVICE = Device(
    "ac97",
    "Intel 82801AA AC'97 audio",
    ids=(("pci", 0x8086, 0x2415),),
    windows=(("bar", 0), ("bar", 1)),
    notes="Window 0 is the codec's mixer, window 1 the bus master. Recording is left out.",
    registers=(
        Register("RESET", 0x00, 16, "wo", "any value resets the codec (5.7.1)"),
        Register(
            "MASTER",
            0x02,
            16,
            text="volume: steps of 1.5 dB down (5.7.2)",
            fields=(Field("RIGHT", (5, 0)), Field("LEFT", (13, 8)), Field("MUTE", 15)),
        ),
        Register(
            "PCM",
            0x18,
            16,
            text="volume of what is played: 8 is 0 dB",
            fields=(Field("RIGHT", (4, 0)), Field("LEFT", (12, 8)), Field("MUTE", 15)),
        ),
        Register("EXTENDED", 0x28, 16, "ro", "what it can", fields=(Field("VRA", 0),)),
        Register("EXTENDED_ON", 0x2A, 16, fields=(Field("VRA", 0, "other rates than 48000"),)),
        Register("RATE", 0x2C, 16, text="samples in a second"),
        Register("PI_CR", 0x0B, 8, "kernel", window=1, fields=(Field("RR", 1),)),
        Register("PO_BDBAR", 0x10, 32, "kernel", "where the ring is (13.2.1)", window=1),
        Register("PO_CIV", 0x14, 8, "ro", "the entry that is played", window=1),
        Register("PO_LVI", 0x15, 8, "kernel", "the last entry", window=1),
        Register("PO_SR", 0x16, 16, text="status (13.2.4)", window=1, fields=_STATUS),
        Register("PO_PICB", 0x18, 16, "ro", "samples left in this entry", window=1),
        Register(
            "PO_CR",
            0x1B,
            8,
            text="control (13.2.7)",
            window=1,
            fields=(
                Field("RPBM", 0, "runs"),
                Field("RR", 1, "kernel", "resets, and clears itself"),
                Field("LVBIE", 2, "interrupts on LVBCI"),
                Field("FEIE", 3, "interrupts on FIFOE"),
                Field("IOCE", 4, "interrupts on BCIS"),
            ),
        ),
        Register("MC_CR", 0x2B, 8, "kernel", window=1, fields=(Field("RR", 1),)),
        Register("GLOB_CNT", 0x2C, 32, "kernel", window=1, fields=(Field("COLD", 1),)),
        Register(
            "GLOB_STA", 0x30, 32, "ro", window=1, fields=(Field("PCR", 8, "the codec is ready"),)
        ),
    ),
    rings=(
        Ring(
            "play",
            "Samples of 16 bits, left and right in turn (13.1.1).",
            stride=8,
            count=32,
            base="PO_BDBAR",
            head="PO_CIV",
            tail="PO_LVI",
            last=True,
            idle=("PO_SR", "CELV"),
            unit=2,
            align=4,
            entry=(
                Field("address", (31, 0), "address"),
                Field("length", (47, 32), "length", "in samples"),
                Field("BUP", 62, "wo", "goes on with the last sample, not with silence"),
                Field("IOC", 63, "wo", "interrupts when it was played"),
            ),
        ),
    ),
    reset=(
        Write("GLOB_CNT", COLD=1),
        Write("PO_CR", 0),
        Until("PO_SR", DCH=1),
        Write("PO_CR", RR=1),
        Write("PI_CR", RR=1),
        Write("MC_CR", RR=1),
        Until("PO_CR", RR=0),
    ),
)
