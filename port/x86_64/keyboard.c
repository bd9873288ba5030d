// SPDX-License-Identifier: MIT
// A PS/2 keyboard with the US layout, for typing at the prompt of a PC without a serial line, until
// a driver in Python takes it over. The controller (Intel 8042) translates to scan code set 1, as
// firmware leaves it: a code per key, bit 7 set when it is released, 0xe0 in front of some. One
// producer, the interrupt handler, and one consumer, hal_console_getc(), both on core 0 with
// interrupts disabled: the queue needs no atomics. A full queue drops the key.
#include <string.h>

#include "hal/irq.h"
#include "x86.h"

enum { PORT_DATA = 0x60, PORT_STATUS = 0x64, PORT_COMMAND = 0x64, KEYBOARD_IRQ = 1 };
enum { STATUS_OUTPUT_FULL = 1, STATUS_INPUT_FULL = 2, STATUS_FROM_MOUSE = 0x20, NOBODY = 0xff };
enum { COMMAND_READ_CONFIG = 0x20, COMMAND_WRITE_CONFIG = 0x60, COMMAND_ENABLE = 0xae };
enum { CONFIG_IRQ = 1, CONFIG_OFF = 0x10, CONFIG_TRANSLATE = 0x40, POLLS_MAX = 100000 };
enum { KEY_EXTENDED = 0xe0, KEY_RELEASED = 0x80, QUEUE_BYTES = 64 };
enum { KEY_CTRL = 0x1d, KEY_LEFT_SHIFT = 0x2a, KEY_RIGHT_SHIFT = 0x36, KEY_CAPS = 0x3a };

// By scan code from 1 on: escape, the digits' row, and so on to the space bar.
static const char plain[] =
    "\x1b" "1234567890-=\x7f\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
static const char shifted[] =
    "\x1b" "!@#$%^&*()_+\x7f\tQWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";
// Keys with 0xe0 in front, and what a terminal sends for them.
static const struct {
    uint8_t code;
    const char *text;
} extended[] = {
    { 0x1c, "\r" }, { 0x35, "/" }, { 0x47, "\x1b[H" }, { 0x48, "\x1b[A" }, { 0x4b, "\x1b[D" },
    { 0x4d, "\x1b[C" }, { 0x4f, "\x1b[F" }, { 0x50, "\x1b[B" }, { 0x53, "\x1b[3~" },
};

static bool present, shift, control, caps, after_extended;
static char queue[QUEUE_BYTES];
static unsigned head, tail; // free-running

static void put(char c) {
    if (tail - head < QUEUE_BYTES) {
        queue[tail++ % QUEUE_BYTES] = c;
    }
}

static void key_extended(uint8_t code) {
    for (unsigned i = 0; i < sizeof(extended) / sizeof(extended[0]); ++i) {
        if (extended[i].code == code) {
            for (const char *c = extended[i].text; *c != 0; ++c) {
                put(*c);
            }
        }
    }
}

static void key_plain(uint8_t code) {
    if (code == 0 || code >= sizeof(plain)) {
        return;
    }
    char c = shift ? shifted[code - 1] : plain[code - 1];
    char lower = c | 0x20;
    bool is_letter = lower >= 'a' && lower <= 'z';
    if (is_letter && caps) {
        c ^= 0x20;
    }
    if (control && (is_letter || (c >= '[' && c <= '_'))) {
        c &= 0x1f;
    }
    if (c != 0) {
        put(c);
    }
}

static bool modifier(uint8_t code, bool down) {
    switch (code) {
        case KEY_CTRL:
            control = down;
            return true;
        case KEY_LEFT_SHIFT:
        case KEY_RIGHT_SHIFT:
            // An extended key's false shift, sent for the sake of old programs, is none.
            shift = after_extended ? shift : down;
            return true;
        case KEY_CAPS:
            caps ^= down;
            return true;
        default:
            return false;
    }
}

static void take(uint8_t byte) {
    if (byte == KEY_EXTENDED) {
        after_extended = true;
        return;
    }
    bool down = !(byte & KEY_RELEASED);
    uint8_t code = byte & ~KEY_RELEASED;
    if (!modifier(code, down) && down) {
        if (after_extended) {
            key_extended(code);
        } else {
            key_plain(code);
        }
    }
    after_extended = false;
}

void x86_keyboard_poll(void) {
    uint8_t status;
    while (present && (status = x86_inb(PORT_STATUS)) & STATUS_OUTPUT_FULL) {
        uint8_t byte = x86_inb(PORT_DATA);
        if (!(status & STATUS_FROM_MOUSE)) {
            take(byte);
        }
    }
}

int x86_keyboard_getc(void) {
    hal_irq_state_t state = hal_irq_disable();
    int c = head != tail ? (uint8_t)queue[head++ % QUEUE_BYTES] : -1;
    hal_irq_restore(state);
    return c;
}

static bool wait_for(uint8_t mask, uint8_t value) {
    for (unsigned polls = 0; polls < POLLS_MAX; ++polls) {
        if ((x86_inb(PORT_STATUS) & mask) == value) {
            return true;
        }
    }
    return false;
}

static bool send(uint16_t port, uint8_t value) {
    bool ready = wait_for(STATUS_INPUT_FULL, 0);
    if (ready) {
        x86_outb(port, value);
    }
    return ready;
}

// What the user typed ahead is in the controller; it has no place for it once commands are sent.
static bool configure(void) {
    while (x86_inb(PORT_STATUS) & STATUS_OUTPUT_FULL) {
        x86_inb(PORT_DATA);
    }
    if (!send(PORT_COMMAND, COMMAND_READ_CONFIG)
        || !wait_for(STATUS_OUTPUT_FULL, STATUS_OUTPUT_FULL)) {
        return false;
    }
    uint8_t config = x86_inb(PORT_DATA);
    config = (config | CONFIG_IRQ | CONFIG_TRANSLATE) & ~CONFIG_OFF;
    return send(PORT_COMMAND, COMMAND_WRITE_CONFIG) && send(PORT_DATA, config)
           && send(PORT_COMMAND, COMMAND_ENABLE);
}

void x86_keyboard_start(void (*on_interrupt)(void *arg, unsigned line)) {
    if (x86_inb(PORT_STATUS) != NOBODY && configure()) {
        present = true;
        hal_irq_attach(x86_isa_gsi(KEYBOARD_IRQ), on_interrupt, NULL);
    }
}
