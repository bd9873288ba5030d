// SPDX-License-Identifier: MIT
// Upstream's py/gc.c, with the stack that it marks with in the scratch memory of the C stack.
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "py/gc.h"
#include "py/runtime.h"

#include "vm_ext/isolate/isolate.h"
#include "vm_ext/isolate/scratch.h"

#undef MICROPY_ALLOC_GC_STACK_SIZE
#define MICROPY_ALLOC_GC_STACK_SIZE SCRATCH_GC_STACK_LEN
#undef MP_STATE_MEM
#define MP_STATE_MEM(name) IN_##name
#define IN_gc_area_stack (isolate_cur()->scratch->gc_area_stack)
#define IN_gc_block_stack (isolate_cur()->scratch->gc_block_stack)
#define IN_area (mp_state_ctx.mem.area)
#define IN_gc_alloc_amount (mp_state_ctx.mem.gc_alloc_amount)
#define IN_gc_alloc_threshold (mp_state_ctx.mem.gc_alloc_threshold)
#define IN_gc_auto_collect_enabled (mp_state_ctx.mem.gc_auto_collect_enabled)
#define IN_gc_collected (mp_state_ctx.mem.gc_collected)
#define IN_gc_last_free_area (mp_state_ctx.mem.gc_last_free_area)
#define IN_gc_stack_overflow (mp_state_ctx.mem.gc_stack_overflow)

#define LONG_SEARCH (64) // bytes of the allocation table, four blocks each

// A new actor's heap is small, and is collected after a few allocations. As long as it is, it grows when a
// collection leaves more than half of it in use, and not only when nothing is left.
#define SMALL_HEAP_BYTES (PORT_TINY ? 1024 : 64 * 1024)
// A new area is as large as all others together, or a quarter of it where memory is scarce; and this much larger
// than the allocation that it is for.
#define GROW_BYTES(total_bytes) (PORT_TINY ? MAX((total_bytes) / 4, 448) : (total_bytes))
#define GROW_EXTRA_BYTES (PORT_TINY ? 128 : 2048)

#if MICROPY_GC_SPLIT_HEAP_AUTO
static bool heap_should_grow(void) {
    size_t bytes = 0, used = 0;
    for (const mp_state_mem_area_t *area = &MP_STATE_MEM(area); area != NULL; area = area->next) {
        bytes += area->gc_alloc_table_byte_len;
        if (bytes > SMALL_HEAP_BYTES / MICROPY_BYTES_PER_GC_BLOCK / 4) {
            return false;
        }
        for (size_t i = 0; i < area->gc_alloc_table_byte_len; i++) {
            unsigned four = area->gc_alloc_table_start[i]; // two bits each
            unsigned in_use = (four | four >> 1) & 0x55;
            unsigned twos = (in_use & 0x11) + (in_use >> 2 & 0x11);
            used += (twos + (twos >> 4)) & 7;
        }
    }
    return used > bytes * 4 / 2;
}
#endif

#include "changed/py/gc.c"
