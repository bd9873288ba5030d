// SPDX-License-Identifier: MIT
// Upstream's py/misc.h, found before it, whose allocation macros multiply without looking for overflow: a
// size that does not fit is SIZE_MAX here, which no heap has, so the allocation fails as usual.
#ifndef VM_EXT_SAFE_SHADOW_MISC_H
#define VM_EXT_SAFE_SHADOW_MISC_H

#include_next "py/misc.h"

// `first` and `item` are constants, so this is one comparison.
static inline size_t safe_size(size_t first, size_t item, size_t count) {
    return count > (SIZE_MAX / 2 - first) / item ? SIZE_MAX / 2 : first + item * count;
}

#undef m_new
#undef m_new_maybe
#undef m_new0
#undef m_new_obj_var
#undef m_new_obj_var0
#undef m_new_obj_var_maybe
#undef m_renew
#undef m_renew_maybe

#define m_new(type, num)        ((type *)(m_malloc(safe_size(0, sizeof(type), num))))
#define m_new_maybe(type, num)  ((type *)(m_malloc_maybe(safe_size(0, sizeof(type), num))))
#define m_new0(type, num)       ((type *)(m_malloc0(safe_size(0, sizeof(type), num))))
#define m_new_obj_var(obj_type, var_field, var_type, var_num) \
    ((obj_type *)m_malloc(safe_size(offsetof(obj_type, var_field), sizeof(var_type), var_num)))
#define m_new_obj_var0(obj_type, var_field, var_type, var_num) \
    ((obj_type *)m_malloc0(safe_size(offsetof(obj_type, var_field), sizeof(var_type), var_num)))
#define m_new_obj_var_maybe(obj_type, var_field, var_type, var_num) \
    ((obj_type *)m_malloc_maybe(safe_size(offsetof(obj_type, var_field), sizeof(var_type), var_num)))
#if MICROPY_MALLOC_USES_ALLOCATED_SIZE
#define m_renew(type, ptr, old_num, new_num) \
    ((type *)(m_realloc((ptr), sizeof(type) * (old_num), safe_size(0, sizeof(type), new_num))))
#define m_renew_maybe(type, ptr, old_num, new_num, allow_move) \
    ((type *)(m_realloc_maybe((ptr), sizeof(type) * (old_num), safe_size(0, sizeof(type), new_num), (allow_move))))
#else
#define m_renew(type, ptr, old_num, new_num) \
    ((type *)(m_realloc((ptr), safe_size(0, sizeof(type), new_num))))
#define m_renew_maybe(type, ptr, old_num, new_num, allow_move) \
    ((type *)(m_realloc_maybe((ptr), safe_size(0, sizeof(type), new_num), (allow_move))))
#endif

#endif
