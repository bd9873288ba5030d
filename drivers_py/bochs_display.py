# SPDX-License-Identifier: MIT
"""A screen: QEMU's bochs-display and VGA (docs/specs/standard-vga.txt there), as a text console.

    await screen.write("text\\n")            as on a terminal: \\n, \\r, \\b, \\t, and it scrolls
    await screen.clear()
    await screen.draw(x, y, width, pixels)  rows of 2-byte RGB565 pixels, from there down
    await screen.info()                     {"width": .., "height": .., "columns": .., "rows": ..}

It uses no memory but its own. It scrolls by showing another part of that.
"""

import driver
import framebuf

WIDTH, HEIGHT = 640, 480
CELL_WIDTH, CELL_HEIGHT = 8, 10
COLUMNS, ROWS = WIDTH // CELL_WIDTH, HEIGHT // CELL_HEIGHT
_PIXEL_BYTES = 2
_LINE_BYTES = WIDTH * _PIXEL_BYTES
_ON, _OFF = 0x41, 0  # enabled, with a linear framebuffer
_INK, _PAPER = 0xFFFF, 0
_EINVAL = 22


class BochsDisplay(driver.Driver):
    interface = 1
    matches = (("pci", 0x1234, 0x1111),)
    retries = ("info",)

    async def start(self, device):
        self._registers, self._memory = device.registers, device.config
        self._lines = len(self._memory) // _LINE_BYTES  # of pixels, that there is memory for
        registers = device.registers
        registers.ENABLE(_OFF)
        registers.XRES(WIDTH)
        registers.YRES(HEIGHT)
        registers.BPP(8 * _PIXEL_BYTES)
        registers.ENABLE(_ON)
        registers.VIRT_WIDTH(WIDTH)
        self._pixels = bytearray(CELL_HEIGHT * _LINE_BYTES)
        self._row = framebuf.FrameBuffer(self._pixels, WIDTH, CELL_HEIGHT, framebuf.RGB565)
        self._clear()

    async def stop(self):
        self._registers.ENABLE(_OFF)

    def _clear(self):
        self._text = [""] * ROWS
        self._x = self._y = 0
        self._show(0)
        for row in range(ROWS):
            self._paint(row)

    def _show(self, top):
        """The line of pixels that is the screen's first."""
        self._top = top
        self._registers.Y_OFFSET(top)

    def _paint(self, row):
        self._row.fill(_PAPER)
        self._row.text(self._text[row], 0, 1, _INK)
        if row == self._y:
            self._row.hline(self._x * CELL_WIDTH, CELL_HEIGHT - 1, CELL_WIDTH, _INK)
        self._memory.writefrom((self._top + row * CELL_HEIGHT) * _LINE_BYTES, self._pixels)

    def _next_line(self, changed):
        self._x = 0
        changed.add(self._y)
        if self._y + 1 < ROWS:
            self._y += 1
            return
        self._text.pop(0)
        self._text.append("")
        rows = {row - 1 for row in changed if row > 0}
        changed.clear()
        if self._top + CELL_HEIGHT + HEIGHT <= self._lines:
            self._show(self._top + CELL_HEIGHT)  # what is painted moves with it
            changed.update(rows)
        else:
            self._show(0)
            changed.update(range(ROWS))

    def _put(self, letter, changed):
        if letter == "\n":
            self._next_line(changed)
        elif letter == "\r":
            self._x = 0
        elif letter == "\b":
            self._x = max(0, self._x - 1)
        else:
            count = 8 - self._x % 8 if letter == "\t" else 1
            if self._x + count > COLUMNS:
                self._next_line(changed)
            text = self._text[self._y]
            before = text[: self._x] + " " * (self._x - len(text))
            letter = " " * count if letter == "\t" else letter
            self._text[self._y] = before + letter + text[self._x + count :]
            self._x += count

    def write(self, text):
        changed = {self._y}
        for letter in text:
            self._put(letter, changed)
        changed.add(self._y)
        for row in changed:
            self._paint(row)
        return driver.now()

    def clear(self):
        self._clear()
        return driver.now()

    def draw(self, x, y, width, pixels):
        length = width * _PIXEL_BYTES
        if width < 1 or x < 0 or y < 0 or x + width > WIDTH or len(pixels) % length:
            raise OSError(_EINVAL)
        if y + len(pixels) // length > HEIGHT:
            raise OSError(_EINVAL)
        rows = memoryview(pixels)
        at = (self._top + y) * _LINE_BYTES + x * _PIXEL_BYTES
        for start in range(0, len(pixels), length):
            self._memory.writefrom(at, rows[start : start + length], _PIXEL_BYTES)
            at += _LINE_BYTES
        return driver.now()

    def info(self):
        return driver.now({"width": WIDTH, "height": HEIGHT, "columns": COLUMNS, "rows": ROWS})
