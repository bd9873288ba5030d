// SPDX-License-Identifier: MIT
// See scratch.h.
#include <string.h>

#include "py/mpconfig.h"
#include "py/misc.h"

#include "port/common/common.h"
#include "vm_ext/isolate/isolate.h"
#include "vm_ext/isolate/scratch.h"

void scratch_line_end(void) {
    isolate_scratch_t *scratch = isolate_cur()->scratch;
    size_t len = scratch->line_len;
    scratch->line_len = 0;
    console_write(scratch->line, len);
}

void scratch_line_write(const char *str, size_t len) {
    isolate_scratch_t *scratch = isolate_cur()->scratch;
    while (len > 0) {
        size_t n = MIN(len, SCRATCH_LINE_BYTES - scratch->line_len);
        memcpy(scratch->line + scratch->line_len, str, n);
        scratch->line_len += n;
        str += n;
        len -= n;
        if (scratch->line_len == SCRATCH_LINE_BYTES || scratch->line[scratch->line_len - 1] == '\n') {
            scratch_line_end();
        }
    }
}
