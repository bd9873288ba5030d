// SPDX-License-Identifier: MIT
// Waiting for mail: what receive(), ask() and room() return. In a program that is a coroutine, and in asyncio's
// tasks, that is something to await; in a plain one they block and return the value.
#ifndef VM_EXT_MODACTOR_MAIL_H
#define VM_EXT_MODACTOR_MAIL_H

#include "py/obj.h"

#include "vm_ext/actor/rt.h"

extern const mp_obj_type_t actor_type_wait;
extern const mp_obj_type_t actor_type_call;
extern const mp_obj_type_t actor_type_down;
extern const mp_obj_type_t actor_type_exit;
extern const mp_obj_type_t mp_type_MailboxFull;
extern const mp_obj_type_t mp_type_ActorDead;

mp_obj_t mail_receive(mp_obj_t accept, mp_obj_t timeout_ms);
mp_obj_t mail_receive_any(void); // the same without either; what it returns can be awaited again and again
mp_obj_t mail_ask(rt_ref_t to, mp_obj_t value, mp_obj_t timeout_ms);
mp_obj_t mail_room(rt_ref_t of);
mp_obj_t mail_block(mp_obj_t what); // what one of these gave: its value, waited for in place
mp_obj_t mail_line(mp_obj_t line, mp_obj_t timeout_ms); // the next interrupt of an irq.Line that is open

// Takes the message of an interrupt, which is the next one; receive() gives it later to who listens to its line.
void mail_keep_interrupt(rt_actor_t *self);

// Sends (or asks, if ask_id is not NULL) what message_encode() made; it is used up. The result is the runtime's.
int actor_post(rt_ref_t to, rt_msg_t *msg, uint64_t *ask_id);

qstr actor_reason(unsigned reason);

#endif
