// SPDX-License-Identifier: MIT
// See walk.h.
#include <string.h>

#include "py/objlist.h"
#include "py/objtuple.h"
#include "py/qstr.h"
#include "py/runtime.h"

#include "vm_ext/modactor/walk.h"

void walk_begin(walk_t *walk, mp_obj_t container) {
    memset(walk, 0, sizeof(*walk));
    if (mp_obj_is_type(container, &mp_type_dict)) {
        walk->map = mp_obj_dict_get_map(container);
        walk->n_values = walk->map->used * 2;
    } else if (mp_obj_is_type(container, &mp_type_tuple) || mp_obj_is_type(container, &mp_type_list)) {
        mp_obj_t *items;
        mp_obj_get_array(container, &walk->n_values, &items);
        walk->items = items;
    } else {
        walk->n_values = MP_OBJ_SMALL_INT_VALUE(mp_obj_len(container));
        walk->iterator = mp_getiter(container, &walk->iterator_buf);
    }
}

static mp_obj_t next_of_dict(walk_t *walk) {
    if (walk->value != MP_OBJ_NULL) {
        mp_obj_t value = walk->value;
        walk->value = MP_OBJ_NULL;
        return value;
    }
    while (walk->next < walk->map->alloc) {
        size_t slot = walk->next++;
        if (mp_map_slot_is_filled(walk->map, slot)) {
            walk->value = walk->map->table[slot].value;
            return walk->map->table[slot].key;
        }
    }
    return MP_OBJ_NULL;
}

mp_obj_t walk_next(walk_t *walk) {
    if (walk->map != NULL) {
        return next_of_dict(walk);
    }
    if (walk->iterator != MP_OBJ_NULL) {
        mp_obj_t value = mp_iternext(walk->iterator);
        return value == MP_OBJ_STOP_ITERATION ? MP_OBJ_NULL : value;
    }
    return walk->next < walk->n_values ? walk->items[walk->next++] : MP_OBJ_NULL;
}

void walk_seen_init(walk_seen_t *seen) {
    seen->n = 0;
    mp_map_init(&seen->many, 0);
}

// Heap addresses have their lowest bits clear, so this is a small int that no other object gives.
static mp_obj_t address_key(mp_obj_t object) {
    return MP_OBJ_NEW_SMALL_INT((mp_int_t)((uintptr_t)object >> 2));
}

static uint32_t add_to_many(walk_seen_t *seen, mp_obj_t object) {
    mp_map_elem_t *slot = mp_map_lookup(&seen->many, address_key(object), MP_MAP_LOOKUP_ADD_IF_NOT_FOUND);
    if (slot->value == MP_OBJ_NULL) {
        slot->value = MP_OBJ_NEW_SMALL_INT(seen->n++);
    }
    return MP_OBJ_SMALL_INT_VALUE(slot->value);
}

uint32_t walk_seen_add(walk_seen_t *seen, mp_obj_t object) {
    if (seen->many.alloc != 0) {
        return add_to_many(seen, object);
    }
    for (uint32_t i = 0; i < seen->n; i++) {
        if (seen->few[i] == object) {
            return i;
        }
    }
    if (seen->n < WALK_SEEN_FEW) {
        seen->few[seen->n] = object;
        return seen->n++;
    }
    uint32_t n = seen->n;
    seen->n = 0;
    for (uint32_t i = 0; i < n; i++) {
        add_to_many(seen, seen->few[i]);
    }
    return add_to_many(seen, object);
}

void walk_seen_free(walk_seen_t *seen) {
    mp_map_deinit(&seen->many);
}

size_t walk_shared_qstrs(void) {
    extern const qstr_pool_t mp_qstr_frozen_const_pool; // MICROPY_QSTR_EXTRA_POOL
    return mp_qstr_frozen_const_pool.total_prev_len + mp_qstr_frozen_const_pool.len;
}
