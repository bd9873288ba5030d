// SPDX-License-Identifier: MIT
// No memory is used again while a C frame can still hold its address. Upstream's C code frees and moves the
// storage of lists, dicts and buffers at once, also while another C function walks it and has called Python
// in between. Here (ld --wrap, in front of py/malloc.c):
//
//  - m_free() puts the allocation aside. When enough has come together, the C stack and the saved
//    registers are read once, and what no word points into is freed; the rest waits for the next look.
//    For that, what is set aside is marked in the collector's table, and a word that points into it
//    takes the mark away. What stays pointed at for long is left to the next collection, which marks by
//    the same rule (safe_root_word), and each collection forgets what is set aside: it frees it itself.
//  - m_realloc() grows in place or moves to a new allocation and sets the old one aside, with its
//    contents. It never cuts an allocation short: that would free a tail that a frame may index.
//  - m_realloc_shared(), for storage that heap objects point at too, leaves the old one to collections.
//
// Buffers that never leave one C function and what it calls (compiler, big integers, formatted strings,
// frames) keep upstream's functions: PRIVATE_MEMORY in port/Makefile names their files and says why.
#include <string.h>

#include "py/gc.h"
#include "py/mpstate.h"

#include "hal/cpu.h"
#include "vm_ext/isolate/isolate.h"
#include "vm_ext/isolate/scratch.h"
#include "vm_ext/safe/blocks.h"
#include "vm_ext/safe/visible.h"

// Smaller ones are left to the next collection. Freed many at a time they would be holes between what lives on,
// and each allocation of more than one block searches through all of them: that costs more than it spares.
#define SET_ASIDE_MIN_BLOCKS (PORT_SMALL ? 1 : 5)
#define SET_ASIDE_MAX_BYTES (PORT_SMALL ? 1024 : 32 * 1024)
// Below this size, or for less than half, cutting an allocation short is not worth a copy.
#define SHRINK_MIN_BYTES (8 * MICROPY_BYTES_PER_GC_BLOCK)

void __real_gc_init(void *start, void *end);
void __wrap_gc_init(void *start, void *end);
void __real_gc_collect_start(void);
void __wrap_gc_collect_start(void);
void __real_gc_sweep_all(void);
void __wrap_gc_sweep_all(void);
void __wrap_m_free(void *ptr, size_t num_bytes);
void *__wrap_m_realloc(void *ptr, size_t old_num_bytes, size_t new_num_bytes);
void *__wrap_m_realloc_maybe(void *ptr, size_t old_num_bytes, size_t new_num_bytes, bool allow_move);

// --- what is set aside

static void forget_aside(void) {
    isolate_cur()->scratch->aside.len = 0;
    isolate_cur()->scratch->aside.bytes = 0;
}

// Where the allocation is in the collector's table.
typedef struct {
    mp_state_mem_area_t *area;
    size_t block;
} place_t;

static place_t place_of(void *head) {
    mp_state_mem_area_t *area = safe_area_of((uintptr_t)head);
    return (place_t) {area, safe_block_number(area, (uintptr_t)head)};
}

typedef struct {
    uintptr_t lowest;
    uintptr_t highest;
} range_t;

// What was set aside twice counts once.
static range_t mark_all(safe_aside_t *aside) {
    range_t range = {UINTPTR_MAX, 0};
    size_t kept = 0;
    for (size_t i = 0; i < aside->len; i++) {
        safe_aside_one_t one = aside->all[i];
        place_t place = place_of(one.head);
        if (safe_block_kind(place.area, place.block) == BLOCK_HEAD) {
            safe_block_mark(place.area, place.block, true);
            range.lowest = MIN(range.lowest, (uintptr_t)one.head);
            range.highest = MAX(range.highest, (uintptr_t)one.head + one.n_blocks * MICROPY_BYTES_PER_GC_BLOCK);
            aside->all[kept++] = one;
        }
    }
    aside->len = kept;
    return range;
}

static void pin(uintptr_t address) {
    mp_state_mem_area_t *area = safe_area_of(address);
    if (area != NULL) {
        size_t head = safe_head_of(area, safe_block_number(area, address));
        if (safe_block_kind(area, head) == BLOCK_MARK) {
            safe_block_mark(area, head, false);
        }
    }
}

// The end counts as inside: a frame may hold "one behind the last".
static void pin_what_frames_hold(void *sp, void *arg) {
    range_t range = *(range_t *)arg;
    uintptr_t *top = (uintptr_t *)MP_STATE_THREAD(stack_top);
    for (uintptr_t *word = sp; word < top; word++) {
        if (*word >= range.lowest && *word <= range.highest) {
            pin(*word);
            if (*word % MICROPY_BYTES_PER_GC_BLOCK == 0) {
                pin(*word - 1);
            }
        }
    }
}

static void free_unpinned(safe_aside_t *aside) {
    size_t kept = 0, kept_bytes = 0;
    for (size_t i = 0; i < aside->len; i++) {
        safe_aside_one_t one = aside->all[i];
        place_t place = place_of(one.head);
        if (safe_block_kind(place.area, place.block) == BLOCK_HEAD) {
            kept_bytes += one.n_blocks * MICROPY_BYTES_PER_GC_BLOCK;
            aside->all[kept++] = one;
            continue;
        }
        safe_block_mark(place.area, place.block, false);
        gc_free(one.head);
    }
    aside->len = kept;
    aside->bytes = kept_bytes;
    if (kept > SAFE_ASIDE_MAX / 2 || kept_bytes > SET_ASIDE_MAX_BYTES / 2) {
        forget_aside(); // the next collection frees it
    }
}

static MP_NOINLINE void look(safe_aside_t *aside) {
    range_t range = mark_all(aside);
    hal_cpu_with_saved_regs(pin_what_frames_hold, &range);
    free_unpinned(aside);
}

static void set_aside(void *ptr) {
    mp_state_mem_area_t *area = safe_area_of((uintptr_t)ptr);
    if (area == NULL) {
        return;
    }
    size_t block = safe_block_number(area, (uintptr_t)ptr);
    safe_forget_finaliser(area, block);
    // In a collection, or under micropython.heap_lock(), the next collection frees it.
    if (MP_STATE_THREAD(gc_lock_depth) != 0 || safe_block_kind(area, block) != BLOCK_HEAD) {
        return;
    }
    size_t n_blocks = safe_count_blocks(area, block);
    if (n_blocks < SET_ASIDE_MIN_BLOCKS) {
        return;
    }
    safe_aside_t *aside = &isolate_cur()->scratch->aside;
    aside->all[aside->len++] = (safe_aside_one_t) {ptr, n_blocks};
    aside->bytes += n_blocks * MICROPY_BYTES_PER_GC_BLOCK;
    if (aside->len == SAFE_ASIDE_MAX || aside->bytes > SET_ASIDE_MAX_BYTES) {
        look(aside);
    }
}

void __wrap_gc_init(void *start, void *end) {
    forget_aside();
    safe_finalisers_init();
    __real_gc_init(start, end);
}

void __wrap_gc_collect_start(void) {
    forget_aside();
    __real_gc_collect_start();
}

void __wrap_gc_sweep_all(void) {
    safe_finalisers_run();
    forget_aside();
    __real_gc_sweep_all();
}

// --- resizing

static void *move(void *ptr, size_t copy, size_t size, bool shared) {
    void *moved = gc_alloc(size, 0);
    if (moved != NULL) {
        memcpy(moved, ptr, copy);
        if (!shared) {
            set_aside(ptr);
        }
    }
    return moved;
}

static size_t bytes_at(void *ptr) {
    mp_state_mem_area_t *area = safe_area_of((uintptr_t)ptr);
    if (area == NULL) {
        return 0;
    }
    size_t n_blocks = safe_count_blocks(area, safe_block_number(area, (uintptr_t)ptr));
    return n_blocks * MICROPY_BYTES_PER_GC_BLOCK - VISIBLE_GUARD_BYTES;
}

static void *shrink(void *ptr, size_t have, size_t size, bool may_move) {
    if (!may_move || have <= SHRINK_MIN_BYTES || size > have / 2) {
        return ptr;
    }
    void *smaller = move(ptr, size, size, false);
    return smaller != NULL ? smaller : ptr;
}

static void *resize(void *ptr, size_t old_size, size_t size, bool allow_move, bool shared) {
    if (ptr == NULL) {
        return gc_alloc(size, 0);
    }
    if (MP_STATE_THREAD(gc_lock_depth) != 0 && size > old_size) {
        return NULL;
    }
    if (size == 0) {
        if (!shared) {
            set_aside(ptr);
        }
        return NULL;
    }
    size_t have = bytes_at(ptr);
    if (size <= have) {
        visible_use(ptr, MAX(size, old_size));
        return shrink(ptr, have, size, allow_move && !shared);
    }
    void *grown = gc_realloc(ptr, size, false);
    if (grown != NULL || !allow_move) {
        return grown;
    }
    return move(ptr, have, size, shared);
}

// --- py/malloc.c's functions; its statistics are kept as it keeps them

static void count_bytes(size_t more) {
    #if MICROPY_MEM_STATS
    MP_STATE_MEM(total_bytes_allocated) += more;
    MP_STATE_MEM(current_bytes_allocated) += more;
    if (MP_STATE_MEM(current_bytes_allocated) > MP_STATE_MEM(peak_bytes_allocated)) {
        MP_STATE_MEM(peak_bytes_allocated) = MP_STATE_MEM(current_bytes_allocated);
    }
    #endif
}

static void *resize_or_raise(void *ptr, size_t old_num_bytes, size_t new_num_bytes, bool shared) {
    void *resized = resize(ptr, old_num_bytes, new_num_bytes, true, shared);
    if (resized == NULL && new_num_bytes != 0) {
        m_malloc_fail(new_num_bytes);
    }
    count_bytes(new_num_bytes - old_num_bytes);
    return resized;
}

void __wrap_m_free(void *ptr, size_t num_bytes) {
    if (ptr != NULL) {
        set_aside(ptr);
    }
    #if MICROPY_MEM_STATS
    MP_STATE_MEM(current_bytes_allocated) -= num_bytes;
    #endif
}

void *__wrap_m_realloc(void *ptr, size_t old_num_bytes, size_t new_num_bytes) {
    return resize_or_raise(ptr, old_num_bytes, new_num_bytes, false);
}

void *m_realloc_shared(void *ptr, size_t old_num_bytes, size_t new_num_bytes) {
    return resize_or_raise(ptr, old_num_bytes, new_num_bytes, true);
}

void *__wrap_m_realloc_maybe(void *ptr, size_t old_num_bytes, size_t new_num_bytes, bool allow_move) {
    void *resized = resize(ptr, old_num_bytes, new_num_bytes, allow_move, false);
    if (resized != NULL || new_num_bytes == 0) {
        count_bytes(new_num_bytes - old_num_bytes);
    }
    return resized;
}
