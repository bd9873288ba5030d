// SPDX-License-Identifier: MIT
// What spawn(caps=) says: rights, which are names, and objects, which the new actor finds in actor.caps by name.
#ifndef VM_EXT_MODACTOR_CAPS_H
#define VM_EXT_MODACTOR_CAPS_H

#include "py/obj.h"

typedef struct {
    uint8_t rights;
    mp_obj_t objects; // a dict, or None: no objects
} caps_t;

// None: nothing. 'all': what the running isolate has itself. A dict: objects. Else an iterable of names of rights and
// of pairs (name, object). ValueError for a name that is no right, or one that the running isolate does not have.
caps_t caps_parse(mp_obj_t caps);

// actor.caps of the running isolate, a dict.
mp_obj_t caps_objects(void);
void caps_set_objects(mp_obj_t objects);

#endif
