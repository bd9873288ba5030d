# SPDX-License-Identifier: MIT
# Runs on the hosted port, for tests/test_descriptions.py: what C makes of descriptions, and of
# wrong ones, on a page that stands for registers.
import _hw
import description
import dma
from description import Address, Device, Field, Register, Write


def refused(function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except Exception as error:
        return type(error).__name__ + ": " + str(error)
    return "NOT REFUSED"


base, length = _hw.windows()[0]
window = _hw.region(base, 64)
widget = Device(
    "widget",
    "",
    ids=(),
    windows=(("bar", 0),),
    registers=(
        Register(
            "A",
            0,
            fields=(
                Field("LOW", (3, 0)),
                Field("ONCE", 4, "w1c"),
                Field("TOP", 31),
                Field("OUT", 5, "wo"),
                Field("IN", 6, "ro"),
            ),
        ),
        Register("B", 8, 64),
        Register("C", 16, 8, "ro"),
        Register("D", 18, 16, "rc"),
        Address("WHERE", 24, 64, needs=100),
    ),
    reset=(Write("B", 7),),
)
device = description.make(widget, (window,))
window.write32(0, 0x80000050)
device.A.LOW = 5
print(hex(window.read32(0)), device.A.LOW, device.A.TOP, device.A.IN, device.A.ONCE)
device.A(ONCE=1, TOP=0)
print(hex(window.read32(0)), refused(getattr, device.A, "OUT"), refused(setattr, device.A, "IN", 1))
print(refused(setattr, device.A, "LOW", 16), refused(setattr, device.A, "NO", 1))
print(refused(delattr, device.A, "LOW"), refused(device.A, 1, LOW=1), refused(device.A, 128))
device.B((1 << 64) - 2)
print(hex(device.B()), refused(device.C, 1), refused(device.D, 1), sorted(device.dump()))
memory = _hw.memory(65536)
print(
    refused(device.WHERE, base), refused(device.WHERE), refused(device.A, dma.Buffer(memory, 200))
)
print(refused(device.WHERE, dma.Buffer(memory, 99)), refused(device.WHERE, dma.Buffer(memory, 100)))
print(window.read64(24) > 4096, refused(device.WHERE, dma.Buffer(memory, 100)), dma.stats()[2] < 3)
device.reset()
print(window.read64(8), refused(device.WHERE, dma.Buffer(memory, 100)))
A = ("A", 0, 0, 4, 15, 15, 0, 0, ())
W = ("W", 0, 0, 4, 0, 0, 1, 64, ())
step = (False, 0, 0, 4, 0, 0)


def ring(**given):
    parts = [
        "r",
        2,
        8,
        (0, 0, 4),
        None,
        None,
        None,
        (0, 4, 4),
        False,
        None,
        0,
        False,
        1,
        1,
        0,
        (0, 32),
        (32, 16),
        None,
        (63, 1),
        1,
        (0, 0),
        (),
        1,
    ]
    for key, value in given.items():
        parts[int(key[1:])] = value
    return parts


def bad(registers, reset, *rings):
    print(refused(_hw.device, (window,), registers, reset, rings=rings))


bad((), (), ring())
bad((W,), ())
bad((A, W), (step,))
bad((A,), (step,), ring())
bad((("A", 0, 62, 4, 15, 15, 0, 0, ()),), ())
bad((("A", 1, 0, 4, 15, 15, 0, 0, ()),), ())
bad((("A", 0, 0, 3, 15, 15, 0, 0, ()),), ())
bad((("A", 0, -4, 4, 15, 15, 0, 0, ()),), ())
bad((("A", 0, 0, 4, 15, 15, 0, 0, (("F", 31, 2, 3),)),), ())
bad((("A", 0, 0, 4, 15, 15, 0, 0, (("F", 0, 1, 9),)),), ())
bad((("A" * 24, 0, 0, 4, 15, 15, 0, 0, ()),), ())
bad((), (step,), ring(_1=9))
bad((), (step,), ring(_2=257))
bad((), (step,), ring(_3=None))
bad((), (step,), ring(_3=(0, 62, 4)))
bad((), (step,), ring(_15=(40, 32)))
bad((), (step,), ring(_15=(0, 33)))
bad((), (step,), ring(_16=None))
bad((), (step,), ring(_18=None))
bad((), (step,), ring(_21=(("F", 31, 1, 3),)))
bad((), (step,), ring(_21=(("F", 32, 1, 2),)))
bad((), (step,), ring(_20=(0,)))
bad((), (step,), ring()[:-1])
bad((), (step,) * 17)
bad((A,) * 129, ())
wide = {"_1": 4, "_3": (0, 0, 8), "_7": (0, 8, 4), "_15": (0, 64), "_16": (64, 16)}
wide.update({"_18": (127, 1), "_20": (0, 0, 0, 0)})
bad((), (step,), ring(**wide))
