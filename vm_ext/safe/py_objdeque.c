// SPDX-License-Identifier: MIT
// Upstream's py/objdeque.c with flags that are set, and with an extend() that Ctrl-C ends: a deque that is
// extended by itself never does.
#include <unistd.h>

#include "py/runtime.h"

#undef mp_obj_malloc
#define mp_obj_malloc(struct_type, object_type) new_deque(object_type)
static void *new_deque(const mp_obj_type_t *type);

#include "py/objdeque.c"

static void *new_deque(const mp_obj_type_t *type) {
    mp_obj_deque_t *self = m_new0(mp_obj_deque_t, 1);
    self->base.type = type;
    return self;
}
