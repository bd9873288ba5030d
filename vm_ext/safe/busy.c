// SPDX-License-Identifier: MIT
// See busy.h.
#include "py/mpstate.h"
#include "py/obj.h"

#include "vm_ext/safe/busy.h"

MP_REGISTER_ROOT_POINTER(struct _safe_busy_t *safe_busy_innermost);

bool safe_is_busy(const void *object) {
    for (safe_busy_t *other = MP_STATE_VM(safe_busy_innermost); other != NULL; other = other->outer) {
        if (other->object == object) {
            return true;
        }
    }
    return false;
}

bool safe_busy_enter(safe_busy_t *entry, const void *object) {
    if (safe_is_busy(object)) {
        return false;
    }
    entry->object = object;
    entry->outer = MP_STATE_VM(safe_busy_innermost);
    MP_STATE_VM(safe_busy_innermost) = entry;
    return true;
}

void safe_busy_leave(safe_busy_t *entry) {
    MP_STATE_VM(safe_busy_innermost) = entry->outer;
}
