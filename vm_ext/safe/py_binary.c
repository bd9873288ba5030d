// SPDX-License-Identifier: MIT
// Upstream's py/binary.c without the type codes that are pointers: O (any word becomes an object), S (reads
// a string at any address) and P. Every array and every format is sized by mp_binary_get_size() first.
#include "py/binary.h"
#include "py/runtime.h"

#define mp_binary_get_size upstream_get_size
size_t upstream_get_size(char struct_type, char val_type, size_t *palign);

#include "py/binary.c"

#undef mp_binary_get_size

size_t mp_binary_get_size(char struct_type, char val_type, size_t *palign) {
    if (val_type == 'O' || val_type == 'P' || val_type == 'S') {
        mp_raise_ValueError(MP_ERROR_TEXT("bad typecode"));
    }
    return upstream_get_size(struct_type, val_type, palign);
}
