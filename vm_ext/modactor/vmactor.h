// SPDX-License-Identifier: MIT
// An isolate as the body of an actor: made, run, resumed, taken apart.
//
// A program is "module" or "module:function". A function that is a coroutine is resumed at each step until it waits,
// and holds no C stack while it does; others run in one step and block on their stack.
// Invariant: everything the isolate owns outside of its heap is in its lists whenever it can be killed.
#ifndef VM_EXT_MODACTOR_VMACTOR_H
#define VM_EXT_MODACTOR_VMACTOR_H

#include "py/obj.h"

#include "vm_ext/actor/rt.h"
#include "vm_ext/modactor/caps.h"

typedef struct {
    mp_obj_t program, args; // "module:function", a tuple
    mp_obj_t modules; // names of further modules that it may import, or None
    caps_t caps;
    size_t quota_bytes;
    rt_options_t options;
} vmactor_spawn_t;

// 0 or a negative error number; raises TypeError or ValueError if an argument cannot be sent.
int vmactor_spawn(const vmactor_spawn_t *spawn, rt_ref_t *out, uint64_t *monitor_id);

// From an actor in C: a program in the image, without arguments, with all rights, linked to self.
int vmactor_spawn_first(rt_actor_t *self, const char *program, const char *name, rt_ref_t *out);

// The reason that Python gives for an exit: one of the runtime's, or any text. *text: NULL, or new.
rt_reason_t vmactor_reason(mp_obj_t reason, rt_text_t **text);

// Makes the running isolate the one that `self` runs on this C stack: for a program in C.
void vmactor_init(void);

#endif
