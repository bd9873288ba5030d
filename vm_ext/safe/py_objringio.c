// SPDX-License-Identifier: MIT
// Upstream's py/objringio.c with a size that fits its 16-bit fields and is not 0, and with a reference to the
// object whose buffer it uses. What is read or written may lie in that buffer, so that it is moved, not copied.
#include <string.h>

#define memcpy(to, from, size) memmove(to, from, size)
#include "py/ringbuf.h"
#include "py/runtime.h"

#include "vm_ext/modactor/buffer.h"

#define RING_BYTES_MAX (UINT16_MAX)

typedef struct {
    mp_obj_base_t base;
    ringbuf_t ringbuffer;
    mp_obj_t owner;
} ringio_t;

static mp_obj_t micropython_ringio_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw,
    const mp_obj_t *args);

// With a bracket after it, the name is upstream's function; without, in the type, it is ours.
#define micropython_ringio_make_new(...) upstream_make_new(__VA_ARGS__)
#undef mp_obj_malloc
#define mp_obj_malloc(struct_type, type) ((struct_type *)mp_obj_malloc_helper(sizeof(ringio_t), type))

#include "py/objringio.c"

#undef micropython_ringio_make_new

static mp_obj_t micropython_ringio_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw,
    const mp_obj_t *args) {
    mp_arg_check_num(n_args, n_kw, 1, 1, false);
    buffer_refuse(args[0]);
    mp_buffer_info_t buf;
    // A ring that is made here has a byte more than it can hold.
    bool given = mp_get_buffer(args[0], &buf, MP_BUFFER_RW);
    mp_int_t size = given ? (mp_int_t)buf.len : mp_obj_get_int(args[0]);
    if (size < given || size > RING_BYTES_MAX - !given) {
        mp_raise_ValueError(MP_ERROR_TEXT("size must be from 1 to 65535"));
    }
    mp_obj_t self = upstream_make_new(type, n_args, n_kw, args);
    ((ringio_t *)MP_OBJ_TO_PTR(self))->owner = args[0];
    return self;
}
