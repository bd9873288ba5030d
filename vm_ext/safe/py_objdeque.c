// SPDX-License-Identifier: MIT
// Upstream's py/objdeque.c with flags that are set, and with an extend() that ends where a deque is extended by
// itself: by what it holds at the start.
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

#define mp_getiter(of, buf) iterator_for(self_in, of, buf)
static mp_obj_t iterator_for(mp_obj_t deque, mp_obj_t of, mp_obj_iter_buf_t *buf);

#include "py/objdeque.c"

static void *new_deque(const mp_obj_type_t *type) {
    mp_obj_deque_t *self = m_new0(mp_obj_deque_t, 1);
    self->base.type = type;
    return self;
}

#undef mp_getiter

static mp_obj_t iterator_for(mp_obj_t deque, mp_obj_t of, mp_obj_iter_buf_t *buf) {
    mp_obj_t iterator = mp_getiter(of, buf);
    mp_obj_deque_it_t *own = MP_OBJ_TO_PTR(iterator);
    if (!mp_obj_is_type(iterator, &mp_type_polymorph_iter) || own->iternext != deque_it_iternext
        || own->deque != deque) {
        return iterator;
    }
    mp_obj_t held = mp_obj_new_list(0, NULL), item;
    while ((item = deque_it_iternext(iterator)) != MP_OBJ_STOP_ITERATION) {
        mp_obj_list_append(held, item);
    }
    return mp_getiter(held, buf);
}
