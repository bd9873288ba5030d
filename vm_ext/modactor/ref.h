// SPDX-License-Identifier: MIT
// actor.Ref: the right to send to an actor. A full one is also the right to end it; a narrow one is not.
#ifndef VM_EXT_MODACTOR_REF_H
#define VM_EXT_MODACTOR_REF_H

#include "py/obj.h"

#include "vm_ext/actor/rt.h"

extern const mp_obj_type_t actor_type_ref;

mp_obj_t actor_new_ref(rt_ref_t ref);
mp_obj_t actor_new_narrow_ref(rt_ref_t ref);
const rt_ref_t *actor_ref_value(mp_obj_t ref); // of an object that is a Ref
bool actor_ref_is_narrow(mp_obj_t ref);
rt_ref_t actor_get_ref(mp_obj_t object); // TypeError for another object
rt_ref_t actor_get_full_ref(mp_obj_t object); // OSError(EPERM) for a narrow one

// A message is sent, or an exception raised: MailboxFull, or nothing if the actor is gone.
void actor_send(rt_ref_t to, mp_obj_t value);

#endif
