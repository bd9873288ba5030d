// SPDX-License-Identifier: MIT
// Text on the screen that the loader left: VGA text mode, or a linear framebuffer with letters of
// our own. It understands what a Python prompt sends: CR, LF, backspace, ESC [ n D (left) and ESC [
// K (clear to the end of the line). There is a cursor; there is no colour.
// Invariant: what cells[] says is what is on the screen, so that scrolling draws only the letters
// that change: a framebuffer is slow to write, and is never read.
#include <string.h>

#include "font.h"
#include "hal/mmio.h"
#include "x86.h"

enum { COLUMNS_MAX = 320, ROWS_MAX = 160 };
enum { CELL_WIDTH = X86_FONT_COLUMNS + 1, CELL_HEIGHT = X86_FONT_ROWS + 2 };
enum { DOUBLED_FROM_WIDTH = 960 };  // at which 80 letters of twice the size fit a row
enum { TEXT_ATTRIBUTE = 0x0700, PARAMETER_MAX = 999 };
// VGA's own cursor stays where the loader had it: it is switched off (IBM VGA Technical Reference).
enum { CRTC_INDEX = 0x3d4, CRTC_CURSOR_START = 0x0a, CRTC_CURSOR_OFF = 0x20 };
enum { CURSOR = X86_FONT_FIRST + X86_FONT_LETTERS }; // drawn as a full cell

static uint8_t cells[ROWS_MAX][COLUMNS_MAX];
static unsigned columns, rows, column, row;
static unsigned scale;
static enum { PLAIN, ESCAPE, BRACKET } state;
static unsigned parameter;

static uint64_t screen_bytes(void) {
    const x86_screen_t *screen = &x86_bootinfo.screen;
    return (uint64_t)screen->pitch_bytes * screen->height;
}

// --- cells

static bool is_dot(uint8_t letter, unsigned x, unsigned y) {
    if (letter == CURSOR) {
        return true;
    }
    unsigned index = letter - X86_FONT_FIRST;
    return y < X86_FONT_ROWS && x < X86_FONT_COLUMNS
           && (x86_font[index][y] >> (X86_FONT_COLUMNS - 1 - x) & 1);
}

static void put_pixel(uintptr_t at, unsigned bytes, bool lit) {
    uint32_t value = lit ? 0xffffffff : 0;
    if (bytes == 4) {
        hal_mmio_write32(at, value);
        return;
    }
    for (unsigned i = 0; i < bytes; ++i) {
        hal_mmio_write8(at + i, value);
    }
}

static void draw_letter(unsigned at_column, unsigned at_row, uint8_t letter) {
    const x86_screen_t *screen = &x86_bootinfo.screen;
    unsigned bytes = (screen->depth_bits + 7) / 8;
    uintptr_t line = screen->base + (uint64_t)at_row * CELL_HEIGHT * scale * screen->pitch_bytes
        + (uint64_t)at_column * CELL_WIDTH * scale * bytes;
    for (unsigned y = 0; y < CELL_HEIGHT * scale; ++y, line += screen->pitch_bytes) {
        for (unsigned x = 0; x < CELL_WIDTH * scale; ++x) {
            put_pixel(line + x * bytes, bytes, is_dot(letter, x / scale, y / scale));
        }
    }
}

static void draw(unsigned at_column, unsigned at_row, uint8_t letter) {
    if (x86_bootinfo.screen.kind == X86_SCREEN_RGB) {
        draw_letter(at_column, at_row, letter);
        return;
    }
    uint16_t code = letter == CURSOR ? '_' : letter == CURSOR - 1 ? '?' : letter;
    uintptr_t line = x86_bootinfo.screen.base + at_row * x86_bootinfo.screen.pitch_bytes;
    hal_mmio_write16(line + at_column * 2, TEXT_ATTRIBUTE | code);
}

static void set(unsigned at_column, unsigned at_row, uint8_t letter) {
    if (cells[at_row][at_column] != letter) {
        cells[at_row][at_column] = letter;
        draw(at_column, at_row, letter);
    }
}

// The cursor is drawn over its cell, and what cells[] says of that cell is drawn to remove it.
static void show_cursor(bool on) {
    unsigned at = column < columns ? column : columns - 1;
    draw(at, row, on ? CURSOR : cells[row][at]);
}

// --- what is written

static void next_line(void) {
    if (row + 1 < rows) {
        ++row;
        return;
    }
    for (unsigned y = 0; y < rows; ++y) {
        for (unsigned x = 0; x < columns; ++x) {
            set(x, y, y + 1 < rows ? cells[y + 1][x] : ' ');
        }
    }
}

static void put_letter(uint8_t letter) {
    if (column == columns) {
        column = 0;
        next_line();
    }
    set(column++, row, letter);
}

static void put_plain(uint8_t c) {
    if (c == '\r') {
        column = 0;
    } else if (c == '\n') {
        next_line();
    } else if (c == '\b') {
        column -= column > 0;
    } else if (c == 0x1b) {
        state = ESCAPE;
    } else if (c >= ' ' && c < 0x7f) {
        put_letter(c);
    } else if (c >= 0xc0) {
        put_letter(CURSOR - 1); // one mark for the bytes of one character in UTF-8
    }
}

static void finish_sequence(uint8_t c) {
    if (c == 'D') {
        unsigned left = parameter > 0 ? parameter : 1;
        column = column > left ? column - left : 0;
    } else if (c == 'K' && parameter == 0) {
        for (unsigned x = column; x < columns; ++x) {
            set(x, row, ' ');
        }
    }
    state = PLAIN;
}

static void put(uint8_t c) {
    if (state == PLAIN) {
        put_plain(c);
    } else if (state == ESCAPE) {
        state = c == '[' ? BRACKET : PLAIN;
        parameter = 0;
    } else if (c >= '0' && c <= '9') {
        parameter = parameter < PARAMETER_MAX ? parameter * 10 + c - '0' : parameter;
    } else if (c != ';') {
        finish_sequence(c);
    }
}

void x86_screen_write(const char *buf, size_t len_bytes) {
    if (columns == 0) {
        return;
    }
    show_cursor(false);
    while (len_bytes-- > 0) {
        put(*buf++);
    }
    show_cursor(true);
}

// --- start

// Before the kernel's own page tables: the loader's four GiB hold the screen, or there is none.
static bool is_usable(const x86_screen_t *screen) {
    uint64_t end = screen->base + screen_bytes();
    return screen->base != 0 && end > screen->base && end <= 1ull << 32
           && (screen->kind == X86_SCREEN_TEXT
               || (screen->kind == X86_SCREEN_RGB && screen->depth_bits >= 16));
}

void x86_screen_init(void) {
    const x86_screen_t *screen = &x86_bootinfo.screen;
    if (!is_usable(screen)) {
        x86_bootinfo.screen.kind = X86_SCREEN_NONE;
        return;
    }
    bool is_text = screen->kind == X86_SCREEN_TEXT;
    scale = screen->width >= DOUBLED_FROM_WIDTH ? 2 : 1;
    unsigned fit_x = is_text ? screen->width : screen->width / (CELL_WIDTH * scale);
    unsigned fit_y = is_text ? screen->height : screen->height / (CELL_HEIGHT * scale);
    columns = fit_x < COLUMNS_MAX ? fit_x : COLUMNS_MAX;
    rows = fit_y < ROWS_MAX ? fit_y : ROWS_MAX;
    if (rows == 0) {
        columns = 0;
    }
    if (is_text) {
        x86_outb(CRTC_INDEX, CRTC_CURSOR_START);
        x86_outb(CRTC_INDEX + 1, CRTC_CURSOR_OFF);
    }
    for (unsigned y = 0; y < rows; ++y) {
        for (unsigned x = 0; x < columns; ++x) {
            set(x, y, ' ');
        }
    }
}

void x86_screen_map(void) {
    const x86_screen_t *screen = &x86_bootinfo.screen;
    if (screen->kind == X86_SCREEN_RGB) {
        x86_paging_map(screen->base, screen->base + screen_bytes(),
            X86_MAP_WRITE | X86_MAP_UNCACHED);
    }
}
