// SPDX-License-Identifier: MIT
// Upstream's py/formatfloat.c, which adds to the precision that a format asks for before it cuts it to what
// the buffer holds: near the largest int that wraps, and the digits leave the buffer.
#include "py/mpconfig.h"
#if MICROPY_FLOAT_IMPL != MICROPY_FLOAT_IMPL_NONE
#include "py/misc.h"

#define PRECISION_MAX (1000)

#define mp_format_float upstream_format_float

#include "py/formatfloat.c"

#undef mp_format_float

int mp_format_float(FPTYPE f, char *buf, size_t buf_size, char fmt, int prec, char sign);

int mp_format_float(FPTYPE f, char *buf, size_t buf_size, char fmt, int prec, char sign) {
    return upstream_format_float(f, buf, buf_size, fmt, MIN(prec, PRECISION_MAX), sign);
}
#endif
