// SPDX-License-Identifier: MIT
// Which allocation contains an address. Upstream asks only for heads; a C frame may hold any address in
// between, since compilers keep "next element" and "end" rather than the start.
#include <string.h>

#include "py/gc.h"
#include "py/mpstate.h"
#include "vm_ext/safe/blocks.h"

#define BYTE_OF_TAILS (0xaa)
#define WORD_OF_TAILS (UINT64_C(0xaaaaaaaaaaaaaaaa))

// From the last block of a table's byte back over bytes that are all tails, 32 blocks at a time where it
// can: a long buffer must not make each word that points into it expensive.
static size_t skip_tails(const uint8_t *table, size_t block) {
    size_t i = block / BLOCKS_PER_BYTE;
    uint64_t word;
    while (i >= 8 && (memcpy(&word, table + i - 7, 8), word == WORD_OF_TAILS)) {
        i -= 8;
    }
    while (i > 0 && table[i] == BYTE_OF_TAILS) {
        i--;
    }
    return i * BLOCKS_PER_BYTE + BLOCKS_PER_BYTE - 1;
}

size_t safe_head_of(const mp_state_mem_area_t *area, size_t block) {
    while (safe_block_kind(area, block) == BLOCK_TAIL) {
        block--;
        if (block % BLOCKS_PER_BYTE == BLOCKS_PER_BYTE - 1) {
            block = skip_tails(area->gc_alloc_table_start, block);
        }
    }
    return block;
}

void *safe_block_head(uintptr_t address) {
    mp_state_mem_area_t *area = safe_area_of(address);
    if (area == NULL) {
        return NULL;
    }
    size_t block = safe_head_of(area, safe_block_number(area, address));
    if (safe_block_kind(area, block) == BLOCK_FREE) {
        return NULL;
    }
    return area->gc_pool_start + block * MICROPY_BYTES_PER_GC_BLOCK;
}

void safe_block_forget_finaliser(void *head) {
    mp_state_mem_area_t *area = safe_area_of((uintptr_t)head);
    if (area != NULL) {
        safe_forget_finaliser(area, safe_block_number(area, (uintptr_t)head));
    }
}

void safe_block_remember_finaliser(void *head) {
    #if MICROPY_ENABLE_FINALISER
    mp_state_mem_area_t *area = safe_area_of((uintptr_t)head);
    size_t block = safe_block_number(area, (uintptr_t)head);
    area->gc_finaliser_table_start[block / 8] |= 1u << (block % 8);
    #endif
}

static void root_block_at(uintptr_t address) {
    void *head = safe_block_head(address);
    if (head != NULL) {
        gc_collect_root(&head, 1);
    }
}

void safe_root_word(uintptr_t word) {
    root_block_at(word);
    if (word % MICROPY_BYTES_PER_GC_BLOCK == 0) {
        root_block_at(word - 1);
    }
}

// Upstream marks depth first with a stack of fixed size; when that overflows, gc_collect_end() goes over all
// marked blocks again, which is too late here.
static void mark_children(mp_state_mem_area_t *area, size_t block) {
    void **words = (void **)(area->gc_pool_start + block * MICROPY_BYTES_PER_GC_BLOCK);
    gc_collect_root(words, safe_count_blocks(area, block) * MICROPY_BYTES_PER_GC_BLOCK / sizeof(void *));
}

void safe_finish_marking(void) {
    while (MP_STATE_MEM(gc_stack_overflow)) {
        MP_STATE_MEM(gc_stack_overflow) = 0;
        for (mp_state_mem_area_t *area = &MP_STATE_MEM(area); area != NULL; area = NEXT_AREA(area)) {
            for (size_t block = 0; block <= area->gc_last_used_block; block++) {
                if (safe_block_kind(area, block) == BLOCK_MARK) {
                    mark_children(area, block);
                }
            }
        }
    }
}

void safe_each_finalisable(void (*found)(void *head)) {
    #if MICROPY_ENABLE_FINALISER
    for (mp_state_mem_area_t *area = &MP_STATE_MEM(area); area != NULL; area = NEXT_AREA(area)) {
        const uint8_t *table = area->gc_finaliser_table_start;
        size_t bytes = area->gc_last_used_block / 8 + 1;
        for (size_t i = 0; i < bytes; i++) {
            uint64_t eight;
            if (i + 8 <= bytes && (memcpy(&eight, table + i, 8), eight == 0)) {
                i += 7;
                continue;
            }
            unsigned flags = table[i];
            for (size_t block = i * 8; flags != 0; flags >>= 1, block++) {
                if ((flags & 1) && safe_block_kind(area, block) == BLOCK_HEAD) {
                    found(area->gc_pool_start + block * MICROPY_BYTES_PER_GC_BLOCK);
                }
            }
        }
    }
    #endif
}
