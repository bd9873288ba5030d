// SPDX-License-Identifier: MIT
// The VM's heap as the address sanitizer sees it (vm_ext/safe/visible.h), by standing in front of
// the collector's functions (ld --wrap). What it reports as an error:
//  - bytes behind the size that was asked for, up to the end of the allocation's last block, and at
//    least GUARD_BYTES: each allocation is made that much larger;
//  - free blocks: since a sweep, or since an explicit free. Such a block is not given out again
//    before the next collection, as long as less than HELD_MAX_BYTES wait for it;
//  - memory that belongs to no heap.
// What vm_ext/safe/memory.c has set aside stays readable: a C frame may still hold it.
// Low memory, for fuzzing: asan_heap_faults makes allocations fail, or collect.
// Invariant: the collector's own files and this one are not instrumented (sanitize.mk), since
// marking reads whole blocks; the words of memset() and memcpy() in them come here, for the same
// reason.
#include <sanitizer/asan_interface.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "py/gc.h"
#include "py/mpstate.h"
#include "vm_ext/safe/blocks.h"
#include "vm_ext/safe/visible.h"

#include "asan_heap.h"

enum { GUARD_BYTES = VISIBLE_GUARD_BYTES, HELD_MAX_BYTES = 256 * 1024 };

asan_heap_faults_t asan_heap_faults;
static size_t held_bytes;

void *asan_heap_memset(void *to, int byte, size_t size_bytes);
void *asan_heap_memcpy(void *to, const void *from, size_t size_bytes);
void *__real_gc_alloc(size_t size_bytes, unsigned flags);
void *__wrap_gc_alloc(size_t size_bytes, unsigned flags);
void __real_gc_free(void *head);
void __wrap_gc_free(void *head);
void *__real_gc_realloc(void *head, size_t size_bytes, bool allow_move);
void *__wrap_gc_realloc(void *head, size_t size_bytes, bool allow_move);
void __real_gc_collect_end(void);
void __wrap_gc_collect_end(void);

// --- what vm_ext/safe/visible.h declares

void visible_none(const void *start, size_t size_bytes) {
    __asan_poison_memory_region(start, size_bytes);
}

void visible_all(const void *start, size_t size_bytes) {
    __asan_unpoison_memory_region(start, size_bytes);
}

void visible_use(void *head, size_t size_bytes) {
    __asan_unpoison_memory_region(head, size_bytes);
}

// --- the collector's memset() and memcpy()

// What the collector clears is an allocation that it gives out, or its own tables.
void *asan_heap_memset(void *to, int byte, size_t size_bytes) {
    __asan_unpoison_memory_region(to, size_bytes);
    return memset(to, byte, size_bytes);
}

// Whole blocks are copied, with what is behind the size asked for.
void *asan_heap_memcpy(void *to, const void *from, size_t size_bytes) {
    for (size_t i = 0; i < size_bytes; ++i) {
        ((volatile char *)to)[i] = ((const char *)from)[i];
    }
    return to;
}

// --- allocations

static void show(void *head, size_t size_bytes) {
    size_t have = gc_nbytes(head);
    __asan_unpoison_memory_region(head, size_bytes);
    __asan_poison_memory_region((char *)head + size_bytes, have - size_bytes);
}

// Counts allocations; says whether this one is to fail.
static bool fails(void) {
    asan_heap_faults_t *faults = &asan_heap_faults;
    ++faults->count;
    if (faults->collect_every != 0 && faults->count % faults->collect_every == 0
        && !gc_is_locked() && MP_STATE_MEM(gc_auto_collect_enabled)) {
        gc_collect();
    }
    return faults->count - faults->fail_first < faults->fail_count;
}

void *__wrap_gc_alloc(size_t size_bytes, unsigned flags) {
    if (size_bytes == 0 || size_bytes > SIZE_MAX - 2 * MICROPY_BYTES_PER_GC_BLOCK || fails()) {
        return NULL;
    }
    void *head = __real_gc_alloc(size_bytes + GUARD_BYTES, flags);
    if (head != NULL) {
        show(head, size_bytes);
    }
    return head;
}

void __wrap_gc_free(void *head) {
    size_t have = head == NULL ? 0 : gc_nbytes(head);
    if (have == 0) {
        __real_gc_free(head);
        return;
    }
    if (__asan_address_is_poisoned(head)) {
        *(volatile char *)head = asan_heap_checked(head); // a block that is free already: reported
    }
    __asan_poison_memory_region(head, have);
    if (gc_is_locked()) {
        return; // as upstream: the next collection frees it
    }
    safe_block_forget_finaliser(head);
    held_bytes += have;
    if (held_bytes > HELD_MAX_BYTES) {
        __real_gc_free(head);
    }
}

static void *move(void *head, size_t have, size_t size_bytes) {
    void *moved = __wrap_gc_alloc(size_bytes, 0);
    if (moved != NULL) {
        size_t had_bytes = have - GUARD_BYTES;
        asan_heap_memcpy(moved, head, had_bytes < size_bytes ? had_bytes : size_bytes);
        __wrap_gc_free(head);
    }
    return moved;
}

void *__wrap_gc_realloc(void *head, size_t size_bytes, bool allow_move) {
    if (head == NULL) {
        return __wrap_gc_alloc(size_bytes, 0);
    }
    if (size_bytes == 0) {
        __wrap_gc_free(head);
        return NULL;
    }
    if (gc_is_locked() || size_bytes > SIZE_MAX - 2 * MICROPY_BYTES_PER_GC_BLOCK) {
        return NULL;
    }
    size_t had = gc_nbytes(head);
    if (size_bytes > had - GUARD_BYTES && fails()) {
        return NULL;
    }
    if (__real_gc_realloc(head, size_bytes + GUARD_BYTES, false) == NULL) {
        return allow_move ? move(head, had, size_bytes) : NULL;
    }
    size_t have = gc_nbytes(head);
    if (have < had) {
        __asan_poison_memory_region((char *)head + have, had - have);
    }
    show(head, size_bytes);
    return head;
}

// --- collections

static void hide_free_blocks(const mp_state_mem_area_t *area) {
    const uint8_t *table = area->gc_alloc_table_start;
    size_t blocks = area->gc_alloc_table_byte_len * BLOCKS_PER_BYTE;
    size_t run = 0;
    for (size_t block = 0; block <= blocks; ++block) {
        if (block % BLOCKS_PER_BYTE == 0 && block < blocks && table[block / BLOCKS_PER_BYTE] == 0) {
            run += BLOCKS_PER_BYTE;
            block += BLOCKS_PER_BYTE - 1;
            continue;
        }
        unsigned four = block < blocks ? table[block / BLOCKS_PER_BYTE] : 0;
        unsigned kind = (four >> (2 * (block % BLOCKS_PER_BYTE))) & 3;
        bool is_free = block < blocks && kind == BLOCK_FREE;
        if (is_free) {
            ++run;
        } else if (run != 0) {
            __asan_poison_memory_region(
                area->gc_pool_start + (block - run) * MICROPY_BYTES_PER_GC_BLOCK,
                run * MICROPY_BYTES_PER_GC_BLOCK);
            run = 0;
        }
    }
}

void __wrap_gc_collect_end(void) {
    __real_gc_collect_end();
    held_bytes = 0;
    for (const mp_state_mem_area_t *area = &MP_STATE_MEM(area); area != NULL; area = area->next) {
        hide_free_blocks(area);
    }
}

// --- for tests

__attribute__((noinline)) static uintptr_t hidden_garbage(size_t size_bytes) {
    return ~(uintptr_t)__wrap_gc_alloc(size_bytes, 0);
}

void asan_heap_do_wrong(asan_heap_wrong_t what) {
    enum { SIZE_BYTES = 40 };
    volatile bool for_ever = true;
    char *block;
    switch (what) {
        case ASAN_HEAP_END:
            block = __wrap_gc_alloc(SIZE_BYTES, 0);
            asan_heap_checked(block + SIZE_BYTES);
            break;
        case ASAN_HEAP_FREED:
            block = __wrap_gc_alloc(SIZE_BYTES, 0);
            __wrap_gc_free(block);
            asan_heap_checked(block);
            break;
        case ASAN_HEAP_SWEPT: {
            uintptr_t hidden = hidden_garbage(SIZE_BYTES);
            gc_collect();
            asan_heap_checked((char *)~hidden);
            break;
        }
        case ASAN_HEAP_HANG:
            while (for_ever) {
            }
    }
}
