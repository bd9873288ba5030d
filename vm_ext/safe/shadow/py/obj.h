// SPDX-License-Identifier: MIT
// Upstream's py/obj.h, found before it, whose macros for objects with a variable part multiply without looking for
// overflow; see misc.h.
#ifndef VM_EXT_SAFE_SHADOW_OBJ_H
#define VM_EXT_SAFE_SHADOW_OBJ_H

#include_next "py/obj.h"

#undef mp_obj_malloc_var
#undef mp_obj_malloc_var_with_finaliser

#define mp_obj_malloc_var(struct_type, var_field, var_type, var_num, obj_type) \
    ((struct_type *)mp_obj_malloc_helper(safe_size(offsetof(struct_type, var_field), sizeof(var_type), var_num), \
    obj_type))
#define mp_obj_malloc_var_with_finaliser(struct_type, var_type, var_num, obj_type) \
    ((struct_type *)mp_obj_malloc_with_finaliser_helper(safe_size(sizeof(struct_type), sizeof(var_type), var_num), \
    obj_type))

#endif
