// SPDX-License-Identifier: MIT
// Numbers from Python, cut to what C arithmetic can bear.
#ifndef VM_EXT_SAFE_LIMITS_H
#define VM_EXT_SAFE_LIMITS_H

#include "py/obj.h"

// Beyond every size and position, and far from overflow: sums and differences of a few stay in an int.
#define SAFE_FAR (1 << 28)

static inline mp_int_t safe_clamped_int(mp_obj_t value_in) {
    mp_int_t value = mp_obj_get_int(value_in);
    return value > SAFE_FAR ? SAFE_FAR : value < -SAFE_FAR ? -SAFE_FAR : value;
}

#endif
