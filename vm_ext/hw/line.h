// SPDX-License-Identifier: MIT
// Interrupt lines of drivers. The handler counts and posts; a line that the device holds up until it is served is
// masked from then until the driver waits again, a message (MSI) is not, unless a storm comes.
// Invariant: a line is opened by one node at a time, `user`, whose end detaches the handler. Its memory is never
// given back, because a handler or a message may be under way when that happens.
#ifndef VM_EXT_HW_LINE_H
#define VM_EXT_HW_LINE_H

#include "py/obj.h"

#include "vm_ext/actor/memory.h"
#include "vm_ext/actor/rt.h"
#include "vm_ext/cap/cap.h"

typedef struct hw_line {
    rt_line_t line; // first
    struct hw_line *next;
    cap_node_t *user; // atomic
    unsigned number;
    bool message;
    bool masked; // by the handler; cleared before it is unmasked
    uint32_t pending; // the user's: taken out of the mail, not waited for yet
    uint32_t storms;
} hw_line_t;

void line_init(void);
hw_line_t *line_find(unsigned number, bool message); // in nopreempt; NULL: no memory

// How many interrupts were taken from the mail; if none, the line may come again. Raises if it was revoked.
uint32_t line_poll(mp_obj_t line);

// The object that listens to a line whose message was taken from the mail, or MP_OBJ_NULL.
mp_obj_t line_listener(const rt_line_t *line);

#endif
