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

#include "changed/py/gc.c"
