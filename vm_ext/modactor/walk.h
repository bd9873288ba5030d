// SPDX-License-Identifier: MIT
// Going through a value to copy it: the parts of a container, and which containers have been met before.
#ifndef VM_EXT_MODACTOR_WALK_H
#define VM_EXT_MODACTOR_WALK_H

#include "py/obj.h"

// The parts of a tuple, list, dict (each key, then its value) or set. Invariant: no Python runs and nothing changes
// the container while it is walked.
typedef struct {
    size_t n_values;
    size_t next;
    const mp_obj_t *items; // of a tuple or list
    const mp_map_t *map; // of a dict
    mp_obj_t value; // of the key that was given last; MP_OBJ_NULL: none
    mp_obj_t iterator; // of a set
    mp_obj_iter_buf_t iterator_buf;
} walk_t;

void walk_begin(walk_t *walk, mp_obj_t container);
mp_obj_t walk_next(walk_t *walk); // MP_OBJ_NULL: no more

// Numbers for objects, in the order in which they are added.
#define WALK_SEEN_FEW (16)
typedef struct {
    uint32_t n;
    mp_obj_t few[WALK_SEEN_FEW];
    mp_map_t many; // object's address -> number, once there are more
} walk_seen_t;

void walk_seen_init(walk_seen_t *seen);
uint32_t walk_seen_add(walk_seen_t *seen, mp_obj_t object); // its number: seen->n before, if it is new
void walk_seen_free(walk_seen_t *seen);

// Strings with a number below this are the same in every isolate: they are in the image.
size_t walk_shared_qstrs(void);

#endif
