// SPDX-License-Identifier: MIT
// Questions to the collector's tables that upstream answers only inside py/gc.c, and what stands in
// front of its functions that free or move memory.
#ifndef SAFE_BLOCKS_H
#define SAFE_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "py/mpstate.h"

// The allocation table of py/gc.c: two bits a block. Outside of a collection nothing is marked; a look at the
// C stack (vm_ext/safe/memory.c) borrows the mark and gives it back.
enum { BLOCK_FREE, BLOCK_HEAD, BLOCK_TAIL, BLOCK_MARK, BLOCKS_PER_BYTE = 4 };

#if MICROPY_GC_SPLIT_HEAP
#define NEXT_AREA(area) ((area)->next)
#else
#define NEXT_AREA(area) (NULL)
#endif

// The part of the heap that contains the address, or NULL.
static inline mp_state_mem_area_t *safe_area_of(uintptr_t address) {
    for (mp_state_mem_area_t *area = &MP_STATE_MEM(area); area != NULL; area = NEXT_AREA(area)) {
        if (address >= (uintptr_t)area->gc_pool_start && address < (uintptr_t)area->gc_pool_end) {
            return area;
        }
    }
    return NULL;
}

static inline size_t safe_block_number(const mp_state_mem_area_t *area, uintptr_t address) {
    return (address - (uintptr_t)area->gc_pool_start) / MICROPY_BYTES_PER_GC_BLOCK;
}

static inline unsigned safe_block_kind(const mp_state_mem_area_t *area, size_t block) {
    return (area->gc_alloc_table_start[block / BLOCKS_PER_BYTE] >> (2 * (block % BLOCKS_PER_BYTE))) & 3;
}

// Between BLOCK_HEAD and BLOCK_MARK.
static inline void safe_block_mark(mp_state_mem_area_t *area, size_t block, bool marked) {
    uint8_t bit = 2u << (2 * (block % BLOCKS_PER_BYTE));
    uint8_t *byte = &area->gc_alloc_table_start[block / BLOCKS_PER_BYTE];
    *byte = marked ? *byte | bit : *byte & ~bit;
}

// The first block of the allocation that `block` belongs to; the block itself if it is free.
size_t safe_head_of(const mp_state_mem_area_t *area, size_t block);

static inline size_t safe_count_blocks(const mp_state_mem_area_t *area, size_t head) {
    size_t end = head + 1;
    while (safe_block_kind(area, end) == BLOCK_TAIL) {
        end++;
    }
    return end - head;
}

static inline void safe_forget_finaliser(mp_state_mem_area_t *area, size_t block) {
    #if MICROPY_ENABLE_FINALISER
    area->gc_finaliser_table_start[block / 8] &= ~(1u << (block % 8));
    #endif
}

// The first byte of the allocation that contains the address, or NULL: free, or not of this heap.
void *safe_block_head(uintptr_t address);

// The allocation is no object any more, or has nothing to finalise: no finaliser may run on it. And if it has again.
void safe_block_forget_finaliser(void *head);
void safe_block_remember_finaliser(void *head);

// Marks what a word from a C frame or register may point at: any address inside an allocation counts, and
// the one just behind it.
void safe_root_word(uintptr_t word);

// Between gc_collect_start() and gc_collect_end(): finds all that is reachable, also where upstream's
// marking ran out of stack; calls found() for each unreachable allocation with a finaliser.
void safe_finish_marking(void);
void safe_each_finalisable(void (*found)(void *head));

// Between the same two: lets what has a finaliser survive and be finalised later (vm_ext/safe/finalisers.c).
void safe_keep_finalisable(void);

// Forgets what waits to be finalised (a new heap); finalises it now.
void safe_finalisers_init(void);
void safe_finalisers_run(void);

// m_realloc() for storage that other heap objects point at with raw pointers (a memoryview into a
// bytearray): what is left behind by a move is freed by the collector only.
void *m_realloc_shared(void *ptr, size_t old_num_bytes, size_t new_num_bytes);

#endif
