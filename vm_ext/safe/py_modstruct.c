// SPDX-License-Identifier: MIT
// Upstream's py/modstruct.c, which adds and multiplies counts from a format without looking for overflow
// and loops as often as they say. Here a format's size is bounded before anything is computed from it,
// and an offset is cut to a value that is beyond every buffer but cannot wrap. Bytes that are packed may lie in
// the buffer that they are packed into.
#include <string.h>

#include "py/binary.h"
#include "py/objtuple.h"
#include "py/runtime.h"

#include "vm_ext/safe/limits.h"

#define FORMAT_BYTES_MAX (1 << 28)
#define ITEM_BYTES_MAX   (8)

// Each item counts as the largest one with its padding.
static const char *checked_format(mp_obj_t format_in) {
    const char *format = mp_obj_str_get_str(format_in);
    uint64_t total = 0, count = 0;
    for (const char *p = format; *p != 0; ++p) {
        if (unichar_isdigit(*p)) {
            count = count * 10 + (*p - '0');
        } else {
            total += *p == 's' || *p == 'x' ? count : ITEM_BYTES_MAX * (count + 1);
            count = 0;
        }
        if (count > FORMAT_BYTES_MAX || total > FORMAT_BYTES_MAX) {
            mp_raise_ValueError(MP_ERROR_TEXT("format too large"));
        }
    }
    return format;
}

#define mp_obj_str_get_str(format) checked_format(format)
#define mp_obj_get_int(offset) safe_clamped_int(offset)
#define memcpy(to, from, size) memmove(to, from, size)

#include "py/modstruct.c"
