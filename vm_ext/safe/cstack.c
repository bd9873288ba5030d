// SPDX-License-Identifier: MIT
// The C stack: what port/common/mpconfigport.h asks before an alloca() takes more than a few words. The stack
// check of upstream leaves a margin of some KiB; an argument list, a frame or a dotted name of any length
// steps over that, and over any guard page.
#include "py/cstack.h"
#include "py/runtime.h"

size_t safe_stack_bytes(size_t bytes) {
    size_t used = mp_cstack_usage();
    if (used >= MP_STATE_THREAD(stack_limit) || bytes >= MP_STATE_THREAD(stack_limit) - used) {
        m_malloc_fail(bytes);
    }
    return bytes;
}
