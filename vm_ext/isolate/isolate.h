// SPDX-License-Identifier: MIT
// An isolate: one VM state with everything that belongs to it and is not in its heap.
// The running isolate is where vmstate_arch.h says. Invariant: an isolate is used by one C stack at a time; what
// interrupts it never touches it but through isolate_interrupt().
#ifndef VM_EXT_ISOLATE_H
#define VM_EXT_ISOLATE_H

#include <stdbool.h>

#include "py/mpstate.h"
#include "py/obj.h"

#include "vm_ext/actor/rt.h"
#include "vm_ext/cap/cap.h"

struct _heap_area_t;
struct _isolate_scratch_t;

typedef struct {
    uint32_t pad, n, d;
    uint8_t dat;
    bool seeded;
} isolate_random_t; // extmod_modrandom.c

typedef struct _isolate_t {
    mp_state_ctx_t ctx; // first: vmstate_get() is a pointer to it
    mp_obj_module_t main_module; // __main__, over ctx.vm.dict_main
    struct _heap_area_t *heap_areas; // port/common/heap.c
    mp_state_mem_area_t *heap_areas_to_keep;
    struct _isolate_scratch_t *scratch; // scratch.h: of the C stack that this runs on
    isolate_random_t random;
    bool finalisers_scheduled; // vm_ext/safe/finalisers.c
    uint8_t rights; // rights.h

    // vm_ext/modactor: NULL, 0, false in an isolate that no actor runs
    rt_actor_t *actor;
    struct _buffer_block_t *buffers; // that it owns
    uint32_t n_buffer_orphans; // of them, those that no object names
    cap_holder_t caps; // its capabilities
    size_t buffer_bytes, buffer_bytes_kept; // of them all; of those that the last collection made for them left
    size_t first_bytes; // of the block that begins with this and goes on with the heap's first area
    size_t quota_bytes, used_bytes;
    struct _isolate_account_t *account; // memory.h; NULL: none
    size_t account_bytes; // that it pays there beside used_bytes
    uint64_t rest_until_ns; // of the coroutine that has just been resumed
    uint64_t poll_until_ns; // when something that is polled will be ready without mail; 0: never
    uint32_t mail_arrived; // how much there had been when a wait ended
    const char *first_program; // vmactor_spawn_first(); NULL for others
    bool has_asyncio; // its core was imported once
    bool has_begun, has_rested, in_coroutine, is_waiting;
} isolate_t;

static inline isolate_t *isolate_cur(void) {
    return (isolate_t *)vmstate_get();
}

// Makes the isolate raise KeyboardInterrupt at its next jump or wait. From an interrupt on the core that runs it.
void isolate_interrupt(isolate_t *isolate);

#endif
