// SPDX-License-Identifier: MIT
// A function's frame goes on the C stack where the heap has no room for it, however large it is. The stack
// check leaves a margin of a few KiB; a frame of 65,535 slots steps over that and over any guard page.
#include "py/cstack.h"
#include "py/runtime.h"

enum { CHECK_FROM_BYTES = 256 };

static inline size_t checked_frame(size_t bytes) {
    if (bytes > CHECK_FROM_BYTES && mp_cstack_usage() + bytes >= MP_STATE_THREAD(stack_limit)) {
        m_malloc_fail(bytes);
    }
    return bytes;
}

#undef alloca
#define alloca(bytes) __builtin_alloca(checked_frame(bytes))

#include "py/objfun.c"
