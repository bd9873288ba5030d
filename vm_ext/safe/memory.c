// SPDX-License-Identifier: MIT
// No memory is used again while a C frame can still hold its address. Upstream's C code frees and moves the
// storage of lists, dicts and buffers at once, also while another C function walks it and has called Python
// in between. Here (ld --wrap, in front of py/malloc.c):
//
//  - m_free() puts the allocation aside. When enough has come together, the C stack and the saved
//    registers are read once, and what no word points into is freed; the rest waits for the next
//    look. What stays pointed at for long is left to the next collection, which marks by the same rule
//    (safe_root_word), and each collection forgets what is set aside: it frees it itself.
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

static void sort_aside(safe_aside_t *aside) {
    safe_aside_one_t *all = aside->all;
    for (size_t i = 1; i < aside->len; i++) {
        safe_aside_one_t one = all[i];
        size_t j = i;
        for (; j > 0 && all[j - 1].start > one.start; j--) {
            all[j] = all[j - 1];
        }
        all[j] = one;
    }
}

// The end counts as inside: a frame may hold "one behind the last".
static void pin_word(safe_aside_t *aside, uintptr_t word) {
    safe_aside_one_t *all = aside->all;
    size_t low = 0, high = aside->len;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (all[middle].start <= word) {
            low = middle;
        } else {
            high = middle;
        }
    }
    if (word >= all[low].start && word <= all[low].end) {
        all[low].pinned = true;
    }
    if (low > 0 && word == all[low - 1].end) {
        all[low - 1].pinned = true;
    }
}

static void pin_what_frames_hold(void *sp, void *arg) {
    safe_aside_t *aside = arg;
    uintptr_t lowest = aside->all[0].start, highest = aside->all[aside->len - 1].end;
    uintptr_t *top = (uintptr_t *)MP_STATE_THREAD(stack_top);
    for (uintptr_t *word = sp; word < top; word++) {
        if (*word >= lowest && *word <= highest) {
            pin_word(aside, *word);
        }
    }
}

static void free_unpinned(safe_aside_t *aside) {
    size_t kept = 0, kept_bytes = 0;
    uintptr_t last = 0;
    for (size_t i = 0; i < aside->len; i++) {
        safe_aside_one_t *one = &aside->all[i];
        if (one->start == last) {
            continue;
        }
        last = one->start;
        if (!one->pinned) {
            gc_free((void *)one->start);
            continue;
        }
        one->pinned = false;
        kept_bytes += one->end - one->start;
        aside->all[kept++] = *one;
    }
    aside->len = kept;
    aside->bytes = kept_bytes;
    if (kept > SAFE_ASIDE_MAX / 2 || kept_bytes > SET_ASIDE_MAX_BYTES / 2) {
        forget_aside(); // the next collection frees it
    }
}

static void set_aside(void *ptr) {
    safe_block_forget_finaliser(ptr);
    size_t size = gc_nbytes(ptr);
    // In a collection, or under micropython.heap_lock(), the next collection frees it.
    if (gc_is_locked() || size == 0) {
        return;
    }
    safe_aside_t *aside = &isolate_cur()->scratch->aside;
    aside->all[aside->len++] = (safe_aside_one_t) {(uintptr_t)ptr, (uintptr_t)ptr + size, false};
    aside->bytes += size;
    if (aside->len == SAFE_ASIDE_MAX || aside->bytes > SET_ASIDE_MAX_BYTES) {
        sort_aside(aside);
        hal_cpu_with_saved_regs(pin_what_frames_hold, aside);
        free_unpinned(aside);
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

static void *resize(void *ptr, size_t old_size, size_t size, bool allow_move, bool shared) {
    if (ptr == NULL) {
        return gc_alloc(size, 0);
    }
    if (gc_is_locked() && size > old_size) {
        return NULL;
    }
    if (size == 0) {
        if (!shared) {
            set_aside(ptr);
        }
        return NULL;
    }
    size_t have = gc_nbytes(ptr);
    if (size <= have) {
        if (shared || !allow_move || have <= SHRINK_MIN_BYTES || size > have / 2) {
            return ptr;
        }
        void *smaller = move(ptr, size, size, shared);
        return smaller != NULL ? smaller : ptr;
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
