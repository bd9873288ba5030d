// SPDX-License-Identifier: MIT
// Finalisers run after a collection, not in it. Upstream calls them while it sweeps: the finaliser of a file
// on a file system that is written in Python then runs Python in the middle of whatever allocated, and on
// objects that are freed a moment later even if it stores them somewhere. Here objects with a finaliser
// survive the collection that finds them unused, with all they refer to. A few of them at a time wait in a
// root pointer; the scheduler runs their __del__ between two bytecodes, or gc.collect() before it returns.
// After that they are ordinary garbage. At a soft reset gc_sweep_all() finalises the rest, without Python.
#include <string.h>

#include "py/gc.h"
#include "py/mpstate.h"
#include "py/runtime.h"
#if PORT_HW
#include "vm_ext/hw/capobj.h"
#endif
#include "vm_ext/isolate/isolate.h"
#include "vm_ext/modactor/buffer.h"
#include "vm_ext/modactor/mail.h"
#include "vm_ext/safe/blocks.h"

#define WAITING_MAX (6)

void safe_gc_collect_and_finalise(void);

MP_REGISTER_ROOT_POINTER(mp_obj_t safe_finalisers_waiting[6]);

void safe_finalisers_init(void) {
    isolate_cur()->finalisers_scheduled = false;
    memset(MP_STATE_VM(safe_finalisers_waiting), 0, sizeof(MP_STATE_VM(safe_finalisers_waiting)));
}

void safe_finalisers_run(void) {
    // A block device or a stream that is at work: closing a file could enter its file system again. Later.
    if (MP_STATE_VM(safe_busy_innermost) != NULL) {
        return;
    }
    mp_obj_t *waiting = MP_STATE_VM(safe_finalisers_waiting);
    for (size_t i = 0; i < WAITING_MAX; i++) {
        mp_obj_t object = waiting[i];
        if (object == MP_OBJ_NULL) {
            continue;
        }
        waiting[i] = MP_OBJ_NULL;
        mp_obj_t method[2];
        mp_load_method_maybe(object, MP_QSTR___del__, method);
        if (method[0] != MP_OBJ_NULL) {
            mp_call_function_1_protected(method[0], method[1]);
        }
    }
}

static mp_obj_t run_scheduled(mp_obj_t unused) {
    isolate_cur()->finalisers_scheduled = false;
    safe_finalisers_run();
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(run_scheduled_obj, run_scheduled);

// Their finalisers are C that runs no Python and allocates nothing, and there can be many of them.
static bool finalised_in_sweep(const mp_obj_type_t *type) {
    if (type == &actor_type_buffer || type == &actor_type_call) {
        return true;
    }
    #if PORT_HW
    return capobj_is_type(type);
    #else
    return false;
    #endif
}

// The object waits, or if there is no room it is found again by the next collection. An object without a type
// is not complete, and has nothing to finalise.
static void keep(void *head) {
    const mp_obj_type_t *type = ((mp_obj_base_t *)head)->type;
    if (type == NULL || finalised_in_sweep(type)) {
        return;
    }
    gc_collect_root(&head, 1);
    mp_obj_t *waiting = MP_STATE_VM(safe_finalisers_waiting);
    for (size_t i = 0; i < WAITING_MAX; i++) {
        if (waiting[i] == MP_OBJ_NULL) {
            waiting[i] = MP_OBJ_FROM_PTR(head);
            safe_block_forget_finaliser(head);
            return;
        }
    }
}

void safe_keep_finalisable(void) {
    safe_finish_marking();
    safe_each_finalisable(keep);
    bool *scheduled = &isolate_cur()->finalisers_scheduled;
    if (!*scheduled && *MP_STATE_VM(safe_finalisers_waiting) != MP_OBJ_NULL) {
        *scheduled = mp_sched_schedule(MP_OBJ_FROM_PTR(&run_scheduled_obj), mp_const_none);
    }
}

// For gc.collect().
void safe_gc_collect_and_finalise(void) {
    gc_collect();
    safe_finalisers_run();
}
