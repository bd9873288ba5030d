// SPDX-License-Identifier: MIT
// What making files is made of: random numbers, bytes, changes.
#include <string.h>

#include "tests/fuzz/mpy/make.h"

static const uint8_t opcodes[] = {
    0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x1b, 0x1c, 0x20, 0x21, 0x22, 0x23,
    0x24, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x2b, 0x2c, 0x2d, 0x2e, 0x2f, 0x30, 0x31, 0x32,
    0x33, 0x34, 0x35, 0x36, 0x37, 0x40, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a,
    0x4b, 0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x5b, 0x5c, 0x5d,
    0x5e, 0x5f, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x80, 0x81, 0xb0, 0xb1, 0xb2,
    0xc0, 0xc1, 0xd3, 0xdf, 0xe5, 0xef,
};

void made_begin(made_t *made, uint64_t seed, uint64_t number) {
    // splitmix64 of the pair, so that neighbours have nothing in common.
    uint64_t z = seed * UINT64_C(0x9e3779b97f4a7c15) + number + 1;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    made->random = (z ^ z >> 31) | 1;
    made->len = 0;
    made->first = 4;
}

// Below `below`, which is not 0.
uint32_t made_random(made_t *made, uint32_t below) {
    made->random ^= made->random >> 12;
    made->random ^= made->random << 25;
    made->random ^= made->random >> 27;
    return (made->random * UINT64_C(0x2545f4914f6cdd1d) >> 32) % below;
}

void made_byte(made_t *made, unsigned byte) {
    if (made->len < FILE_MAX) {
        made->bytes[made->len++] = byte;
    }
}

void made_uint(made_t *made, uint32_t value) {
    for (int shift = 28; shift > 0; shift -= 7) {
        if (value >> shift != 0) {
            made_byte(made, 0x80 | (value >> shift & 0x7f));
        }
    }
    made_byte(made, value & 0x7f);
}

static void change_one(made_t *made) {
    uint8_t *bytes = made->bytes;
    size_t from = made_random(made, 8) ? made->first : 4;
    size_t at = from + made_random(made, made->len - from);
    size_t other = from + made_random(made, made->len - from);
    switch (made_random(made, 6)) {
        case 0:
            bytes[at] ^= 1 << made_random(made, 8);
            break;
        case 1:
            bytes[at] = made_random(made, 256);
            break;
        case 2:
            bytes[at] = opcodes[made_random(made, sizeof(opcodes))];
            break;
        case 3:
            bytes[at] += made_random(made, 2) ? 1 : -1;
            break;
        case 4: {
            uint8_t kept = bytes[at];
            bytes[at] = bytes[other];
            bytes[other] = kept;
            break;
        }
        default: {
            size_t n = 1 + made_random(made, 4);
            size_t last = at > other ? at : other;
            memmove(bytes + at, bytes + other, last + n <= made->len ? n : made->len - last);
            break;
        }
    }
}

void made_change(made_t *made, unsigned times) {
    while (made->len > made->first && times-- > 0) {
        change_one(made);
    }
}

void made_copy(made_t *made, const source_t *corpus, size_t n) {
    const source_t *source = &corpus[made_random(made, n)];
    made->len = source->len < FILE_MAX ? source->len : FILE_MAX;
    memcpy(made->bytes, source->bytes, made->len);
}
