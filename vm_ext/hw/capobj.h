// SPDX-License-Identifier: MIT
// Capabilities as Python objects: a handle, of a type that says what can be done with it. The isolate holds the nodes;
// an object that is collected drops its node.
// Invariant: an object's handle is never changed once it names a node; nothing but an object of one of these types
// gives a right.
#ifndef VM_EXT_HW_CAPOBJ_H
#define VM_EXT_HW_CAPOBJ_H

#include "py/obj.h"

#include "hal/cpu.h"
#include "vm_ext/cap/cap.h"
#include "vm_ext/isolate/isolate.h"

typedef struct {
    mp_obj_base_t base;
    cap_t cap;
} capobj_t;

extern const mp_obj_type_t mmio_type_region;
extern const mp_obj_type_t pio_type_ports;
extern const mp_obj_type_t irq_type_line;
extern const mp_obj_type_t dma_type_memory;
extern const mp_obj_type_t mp_type_Revoked;

bool capobj_is_type(const mp_obj_type_t *type);

// NULL if it is none.
capobj_t *capobj_of(mp_obj_t object);
capobj_t *capobj_get(mp_obj_t object); // TypeError

// An object of the kind's type that names nothing yet, to be filled in nopreempt.
capobj_t *capobj_new(cap_kind_t kind);

cap_kind_t capobj_kind(const capobj_t *self);

// Raises what a negative result of cap.h stands for.
void capobj_check(int result);
NORETURN void capobj_raise_revoked(void);

// For the message codec, in nopreempt. The place in the message, unaligned, holds a cap_t: the sender's, then the
// child that belongs to nobody, then nothing.
void capobj_moves(void *place);
void capobj_discard(void *place);
// Not in nopreempt; MemoryError. A loan ends with the answer to msg.
mp_obj_t capobj_from_message(void *place, bool loan, const rt_msg_t *msg);

void capobj_print(const mp_print_t *print, mp_obj_t self_in, mp_print_kind_t kind);
extern const mp_obj_fun_builtin_fixed_t capobj_del_obj;

// Between these, if it says true, the right cannot be taken away. No Python, nothing that raises.
static inline bool capobj_enter_at(const cap_t *cap, unsigned *core) { // read as late as can be: in fewer registers
    rt_nopreempt_enter(isolate_cur()->actor);
    *core = hal_cpu_id();
    return cap_enter(*core, *cap);
}

static inline bool capobj_enter(cap_t cap, unsigned *core) {
    rt_nopreempt_enter(isolate_cur()->actor);
    *core = hal_cpu_id();
    return cap_enter(*core, cap);
}

static inline void capobj_leave(unsigned core) {
    cap_leave(core);
    rt_nopreempt_leave(isolate_cur()->actor);
}

#endif
