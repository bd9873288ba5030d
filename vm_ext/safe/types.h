// SPDX-License-Identifier: MIT
// What the checked forms of upstream's files in this folder know of objects and their types.
#ifndef VM_EXT_SAFE_TYPES_H
#define VM_EXT_SAFE_TYPES_H

#include "py/obj.h"

// The native object within an instance of a class with a native base; MP_OBJ_NULL if `self` is no such
// instance, or while its native constructor has not run.
mp_obj_t safe_native_part(mp_obj_t self);

// Completes an exception whose native constructor has not run, with no arguments.
void safe_build_exception(mp_obj_t self);

// The C protocol that instances of a class derived from `base` have, or NULL.
const void *safe_inherited_protocol(const mp_obj_type_t *base);

// Whether the protocol slot of `type` is a stream's; a file system's is not.
bool safe_is_stream_type(const mp_obj_type_t *type);
bool safe_is_vfs_type(const mp_obj_type_t *type);

#endif
