// SPDX-License-Identifier: MIT
// Ctrl-C, for loops in C that run no Python and end late or never. The interpreter looks for a pending exception
// at each jump; a loop in C that Python can make as long as it likes has to look itself.
#ifndef VM_EXT_SAFE_INTERRUPT_H
#define VM_EXT_SAFE_INTERRUPT_H

#include "py/runtime.h"

NORETURN void safe_raise_pending(void);

// Raises what is pending, such as KeyboardInterrupt: a load and a branch if nothing is. The caller's frames must
// bear being jumped over, as they do where an allocation can fail.
static inline void safe_poll_interrupt(void) {
    if (MP_UNLIKELY(MP_STATE_THREAD(mp_pending_exception) != MP_OBJ_NULL)) {
        safe_raise_pending();
    }
}

#endif
