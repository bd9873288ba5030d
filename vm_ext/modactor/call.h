// SPDX-License-Identifier: MIT
// What mail turns into that is not a plain message: a Call that wants an answer, Down and Exit; and the answer.
#ifndef VM_EXT_MODACTOR_CALL_H
#define VM_EXT_MODACTOR_CALL_H

#include "py/obj.h"

#include "vm_ext/actor/rt.h"

mp_obj_t call_from_message(rt_msg_t *msg); // of kind ASK, DOWN, EXIT; used up
mp_obj_t call_answer(rt_msg_t *msg); // of kind REPLY, ROOM; used up. Raises what it says.

#endif
