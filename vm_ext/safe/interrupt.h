// SPDX-License-Identifier: MIT
// Ctrl-C, for loops in C that run no Python and end late or never.
#ifndef VM_EXT_SAFE_INTERRUPT_H
#define VM_EXT_SAFE_INTERRUPT_H

#include "py/runtime.h"

// Raises what is pending, such as KeyboardInterrupt. The caller's frames must bear being jumped over.
static inline void safe_poll_interrupt(void) {
    mp_obj_t pending = MP_STATE_THREAD(mp_pending_exception);
    if (MP_UNLIKELY(pending != MP_OBJ_NULL)) {
        MP_STATE_THREAD(mp_pending_exception) = MP_OBJ_NULL;
        nlr_raise(pending);
    }
}

#endif
