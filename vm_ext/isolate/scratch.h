// SPDX-License-Identifier: MIT
// What a VM needs while it runs and not while it rests: it belongs to the C stack, and isolates that run there one
// after the other share it. Nothing in it means anything to the next one: safe_scratch_reset() is called between.
#ifndef VM_EXT_ISOLATE_SCRATCH_H
#define VM_EXT_ISOLATE_SCRATCH_H

#include "py/mpstate.h"

#include "vm_ext/safe/memory.h"

#define SCRATCH_GC_STACK_LEN (PORT_SMALL ? 24 : 64)
#define SCRATCH_LOOKUP_CACHE_LEN (128)
#define SCRATCH_LINE_BYTES (PORT_SMALL ? 40 : 128)

typedef struct _isolate_scratch_t {
    safe_aside_t aside; // vm_ext/safe/memory.c
    // py_gc.c: blocks that are marked and whose contents are not
    MICROPY_GC_STACK_ENTRY_TYPE gc_block_stack[SCRATCH_GC_STACK_LEN];
    #if MICROPY_GC_SPLIT_HEAP
    mp_state_mem_area_t *gc_area_stack[SCRATCH_GC_STACK_LEN];
    #endif
    #if MICROPY_OPT_MAP_LOOKUP_CACHE
    uint8_t map_lookup_cache[SCRATCH_LOOKUP_CACHE_LEN]; // py_map.c: where to look first; a guess, never trusted
    #endif
    // What an actor has printed of a line that has not ended; kept together on the console.
    size_t line_len;
    char line[SCRATCH_LINE_BYTES];
} isolate_scratch_t;

// The running isolate prints: lines come to the console whole if they are not too long. The rest of one that does not
// end with "\n" comes with scratch_line_end().
void scratch_line_write(const char *str, size_t len);
void scratch_line_end(void);

#endif
