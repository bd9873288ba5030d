// SPDX-License-Identifier: MIT
// Upstream's py/objdeque.c with flags that are set, and with an extend() that Ctrl-C ends: a deque that is
// extended by itself never does.
#include <unistd.h>

#include "py/runtime.h"

// A deque has room for one element more than its length.
static mp_int_t get_int(mp_obj_t value_in) {
    mp_int_t value = mp_obj_get_int(value_in);
    if (value == MP_SSIZE_MAX) {
        m_malloc_fail((size_t)-1);
    }
    return value;
}
#define mp_obj_get_int get_int

#undef mp_obj_malloc
#define mp_obj_malloc(struct_type, object_type) new_deque(object_type)
static void *new_deque(const mp_obj_type_t *type);

#include "py/objdeque.c"

static void *new_deque(const mp_obj_type_t *type) {
    mp_obj_deque_t *self = m_new0(mp_obj_deque_t, 1);
    self->base.type = type;
    return self;
}
