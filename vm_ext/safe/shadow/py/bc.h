// SPDX-License-Identifier: MIT
// Upstream's py/bc.h, found before it. Each further byte of a prelude's sizes holds one bit of the number of
// cells and six of the size of the source information; from 32 cells on the shift, of no bits, was longer than
// the type.
#ifndef VM_EXT_SAFE_SHADOW_BC_H
#define VM_EXT_SAFE_SHADOW_BC_H

#include_next "py/bc.h"

#undef MP_BC_PRELUDE_SIZE_DECODE_INTO
#define MP_BC_PRELUDE_SIZE_DECODE_INTO(ip, I, C) \
    do { \
        uint8_t z; \
        C = 0; \
        I = 0; \
        for (unsigned n = 0;; ++n) { \
            z = *(ip)++; \
            C |= (z & 1) << n; \
            I |= (size_t)((z & 0x7e) >> 1) << (6 * n % (8 * sizeof(size_t))); \
            if (!(z & 0x80)) { \
                break; \
            } \
        } \
    } while (0)

#endif
