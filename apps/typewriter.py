# SPDX-License-Identifier: MIT
"""Shows on a screen what is typed on a keyboard, on a machine that has both.

tools/run --qemu '-device bochs-display -device virtio-keyboard-pci -vnc :0' \\
    --put apps/typewriter.py --exec 'import actor, typewriter; typewriter.main(); actor.receive()'
"""

import actor
import service


def drivers(*names):
    """A Proxy of the first device with each of these drivers."""
    import hardware

    found = hardware.find()
    return [hardware.start([one for one in found if one.name == name][0]) for name in names]


async def copy(keyboard, screen):
    keyboard, screen = service.connect(keyboard), service.connect(screen)
    while True:
        text = await keyboard.text()
        await screen.write(text.replace("\b", "\b \b"))


def main():
    keyboard, screen = drivers("virtio_input", "bochs_display")
    screen.write("Type:\n")
    refs = service.ref_of(keyboard), service.ref_of(screen)
    return keyboard, screen, actor.spawn("typewriter:copy", *refs, monitor=True)
