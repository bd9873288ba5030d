// SPDX-License-Identifier: MIT
// Python values in messages: copied out of one heap into a runtime message, and from there into another.
//
// Can be sent: None, bool, int of any size, float, str, bytes, bytearray, tuple, list, dict, set, frozenset, Ref,
// Buffer and capabilities, of exactly these types. Values that occur twice stay one value, cycles included. A Buffer
// moves: it is dead for the sender when the message is sent. Of a capability the receiver gets a child of the
// sender's. Limits: MESSAGE_DEPTH_MAX containers inside of each other.
//
// Invariant: the bytes of a message are written by message_encode() only, so message_decode() trusts them. No
// Python runs in either.
#ifndef VM_EXT_MODACTOR_MESSAGE_H
#define VM_EXT_MODACTOR_MESSAGE_H

#include <stdbool.h>

#include "py/obj.h"

#include "vm_ext/actor/rt.h"

#define MESSAGE_DEPTH_MAX (PORT_SMALL ? 16 : 64)

// A message that holds a copy of the value, of kind RT_MSG_USER; its Buffers are still the sender's until
// message_moves(). TypeError names the type that cannot be sent, ValueError a Buffer that is gone or occurs twice or
// nesting that is too deep; MemoryError.
rt_msg_t *message_encode(mp_obj_t value);

// Within the nopreempt section that sends it: the Buffers leave the sender, their objects are dead; or, if the message
// was not taken, they are back.
void message_moves(rt_msg_t *msg);
void message_stays(rt_msg_t *msg);

// The value, in the running isolate's heap; the Buffers become this isolate's. The message is still to be freed.
// MemoryError; RuntimeError: the C stack is too short for it.
mp_obj_t message_decode(rt_msg_t *msg);

// The same, and the message is freed, also if it cannot be read.
mp_obj_t message_take(rt_msg_t *msg);

// An answer that is an exception: a tuple of type's name, argument and traceback text.
void message_set_error(rt_msg_t *msg);
bool message_is_error(const rt_msg_t *msg);

// For rt_set_discard_hook(): frees the Buffers of a message that nobody will receive.
void message_discard(rt_msg_t *msg);

#endif
