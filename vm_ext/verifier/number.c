// SPDX-License-Identifier: MIT
// The texts that a .mpy file keeps constants as. Upstream's parsers would complain too, but only after a part
// of the file had become objects.
#include <string.h>

#include "vm_ext/verifier/verifier.h"

// Structure only, as upstream's own check: a lead byte, then as many continuations as it announces.
bool text_is_utf8(const uint8_t *text, size_t len) {
    unsigned more = 0;
    size_t i = 0;
    uint32_t four;
    while (i + 4 <= len && (memcpy(&four, text + i, 4), (four & 0x80808080) == 0)) {
        i += 4; // most are ASCII
    }
    for (; i < len; ++i) {
        uint8_t c = text[i];
        if (more > 0) {
            if ((c & 0xc0) != 0x80) {
                return false;
            }
            --more;
        } else if (c >= 0xf8) {
            return false;
        } else if (c >= 0xc0) {
            more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
        } else if (c >= 0x80) {
            return false;
        }
    }
    return more == 0;
}

static size_t digits(const uint8_t *text, size_t len, size_t at) {
    while (at < len && text[at] >= '0' && text[at] <= '9') {
        ++at;
    }
    return at;
}

static size_t sign(const uint8_t *text, size_t len) {
    return len > 0 && (text[0] == '-' || text[0] == '+');
}

bool text_is_int(const uint8_t *text, size_t len) {
    size_t start = sign(text, len);
    return start < len && digits(text, len, start) == len;
}

static bool is_word(const uint8_t *text, size_t len, const char *word) {
    return len == 3 && text[0] == word[0] && text[1] == word[1] && text[2] == word[2];
}

bool text_is_float(const uint8_t *text, size_t len, bool imaginary) {
    if (imaginary) {
        if (len == 0 || text[len - 1] != 'j') {
            return false;
        }
        --len;
    }
    size_t start = sign(text, len);
    if (is_word(text + start, len - start, "inf") || is_word(text + start, len - start, "nan")) {
        return true;
    }
    size_t at = digits(text, len, start);
    size_t n_digits = at - start;
    if (at < len && text[at] == '.') {
        size_t fraction = at + 1;
        at = digits(text, len, fraction);
        n_digits += at - fraction;
    }
    if (at < len && (text[at] | 0x20) == 'e') {
        size_t exponent = at + 1 + sign(text + at + 1, len - at - 1);
        at = digits(text, len, exponent);
        if (at == exponent) {
            return false;
        }
    }
    return n_digits > 0 && at == len;
}
