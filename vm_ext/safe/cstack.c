// SPDX-License-Identifier: MIT
// The C stack: what port/common/mpconfigport.h asks before an alloca() takes more than a few words. The stack
// check of upstream leaves a margin of some KiB; an argument list, a frame or a dotted name of any length
// steps over that, and over any guard page.
// And what C is about to use more of than that margin: file systems, imports.
#include "py/cstack.h"
#include "py/runtime.h"

#include "vm_ext/safe/cstack.h"

bool safe_stack_has(size_t bytes) {
    size_t used = mp_cstack_usage();
    return used < MP_STATE_THREAD(stack_limit) && bytes < MP_STATE_THREAD(stack_limit) - used;
}

size_t safe_stack_bytes(size_t bytes) {
    if (!safe_stack_has(bytes)) {
        m_malloc_fail(bytes);
    }
    return bytes;
}

void safe_stack_need(size_t bytes) {
    if (!safe_stack_has(bytes)) {
        mp_raise_recursion_depth();
    }
}
