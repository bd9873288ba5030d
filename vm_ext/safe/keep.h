// SPDX-License-Identifier: MIT
// Objects that keep another one alive.
#ifndef VM_EXT_SAFE_KEEP_H
#define VM_EXT_SAFE_KEEP_H

#include "py/runtime.h"

// An object of `size` bytes with a finaliser, followed by the pointer `keep`.
static inline void *safe_malloc_keeping(size_t size, const mp_obj_type_t *type, const void *keep) {
    size_t at = (size + sizeof(void *) - 1) / sizeof(void *);
    const void **object = mp_obj_malloc_with_finaliser_helper((at + 1) * sizeof(void *), type);
    object[at] = keep;
    return object;
}

#endif
