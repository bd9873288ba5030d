// SPDX-License-Identifier: MIT
// vm_ext/actor/pages.c and slab.c under threads that take, pass on and free at random. Each block
// is filled with what its owner knows and looked at before it goes; in the end every page must be
// back. First the threads fight for the few pages of one word of the map.
// usage: memory_stress THREADS ROUNDS SEED
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hal/cpu.h"
#include "vm_ext/actor/memory.h"
#include "vm_ext/actor/pages.h"

enum { HELD = 200, MAILBOXES = 64, MEMORY_BYTES = 24 << 20, THREADS_MAX = 8 };

typedef struct {
    unsigned char *start;
    size_t bytes;
    size_t pages;               // 0: of rt_alloc()
    unsigned char mark;
} held_t;

static held_t *mailboxes[MAILBOXES]; // atomic: blocks on their way to whoever comes next
static _Thread_local unsigned me;
static unsigned rounds, seed;

unsigned hal_cpu_id(void) {
    return me;
}

static uint32_t next(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

static void fail(const char *what) {
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static size_t size_of(const held_t *held) {
    return held->pages != 0 ? held->pages * RT_PAGE_BYTES : held->bytes;
}

static void take(held_t *held, uint64_t *state) {
    memset(held, 0, sizeof(*held));
    if (next(state) % 8 == 0) {
        held->pages = next(state) % 4 == 0 ? 1 + next(state) % 200 : 1 + next(state) % 40;
        held->start = rt_pages_alloc(held->pages);
    } else {
        held->bytes = 1 + next(state) % (next(state) % 16 == 0 ? 10000 : 600);
        held->start = rt_alloc(held->bytes);
    }
    if (held->start == NULL) {
        return;
    }
    if ((uintptr_t)held->start % (held->pages != 0 ? RT_PAGE_BYTES : 16) != 0) {
        fail("not aligned");
    }
    held->mark = next(state);
    memset(held->start, held->mark, size_of(held));
}

static void give(held_t *held) {
    for (size_t i = 0; held->start != NULL && i < size_of(held); ++i) {
        if (held->start[i] != held->mark) {
            fail("somebody else wrote here");
        }
    }
    if (held->pages != 0) {
        if (held->start != NULL) {
            rt_pages_free(held->start, held->pages);
        }
    } else {
        rt_free(held->start, held->bytes);
    }
    held->start = NULL;
}

// Few pages, and nothing else to do: two that get the same page notice.
static void *fight(void *arg) {
    me = (uintptr_t)arg;
    for (unsigned i = 0; i < 20 * rounds; ++i) {
        size_t n = 1 + (i + me) % 3;
        uintptr_t *pages = rt_pages_alloc(n);
        if (pages == NULL) {
            continue;
        }
        pages[0] = me + 1;
        pages[n * RT_PAGE_BYTES / sizeof(*pages) - 1] = me + 1;
        if (pages[0] != me + 1 || pages[n * RT_PAGE_BYTES / sizeof(*pages) - 1] != me + 1) {
            fail("two have the same page");
        }
        rt_pages_free(pages, n);
    }
    return NULL;
}

static void *thread(void *arg) {
    me = (uintptr_t)arg;
    uint64_t state = seed * 1000003u + me;
    held_t *held[HELD];
    for (unsigned i = 0; i < HELD; ++i) {
        held[i] = calloc(1, sizeof(held_t));
    }
    for (unsigned i = 0; i < rounds; ++i) {
        held_t **slot = &held[next(&state) % HELD];
        // In exchange for another's block, which is then freed here.
        *slot = __atomic_exchange_n(&mailboxes[next(&state) % MAILBOXES], *slot, __ATOMIC_ACQ_REL);
        if (*slot == NULL) {
            *slot = calloc(1, sizeof(held_t));
        }
        give(*slot);
        take(*slot, &state);
        if (i % 1000 == 0) {
            rt_mem_trim();
        }
    }
    for (unsigned i = 0; i < HELD; ++i) {
        give(held[i]);
        free(held[i]);
    }
    return NULL;
}

static void on_all(unsigned n_threads, void *(*body)(void *arg)) {
    pthread_t threads[THREADS_MAX];
    for (uintptr_t i = 0; i < n_threads; ++i) {
        pthread_create(&threads[i], NULL, body, (void *)i);
    }
    for (unsigned i = 0; i < n_threads; ++i) {
        pthread_join(threads[i], NULL);
    }
}

static void run(unsigned n_threads) {
    on_all(n_threads, thread);
    for (unsigned i = 0; i < MAILBOXES; ++i) {
        if (mailboxes[i] != NULL) {
            give(mailboxes[i]);
            free(mailboxes[i]);
            mailboxes[i] = NULL;
        }
    }
    for (me = 0; me < n_threads; ++me) {
        rt_mem_trim();
    }
    me = 0;
}

int main(int argc, char **argv) {
    unsigned n_threads = argc > 1 ? atoi(argv[1]) : 1;
    rounds = argc > 2 ? atoi(argv[2]) : 1;
    seed = argc > 3 ? atoi(argv[3]) : 1;
    char *memory = aligned_alloc(RT_PAGE_BYTES, MEMORY_BYTES);
    rt_mem_add(memory + (5 << 20) + RT_PAGE_BYTES, 9 * RT_PAGE_BYTES);
    on_all(n_threads, fight);
    // Regions of odd sizes, with holes.
    rt_mem_add(memory + 100, 5 << 20);
    rt_mem_add(memory + (6 << 20), MEMORY_BYTES - (6 << 20) - 5000);
    size_t before = rt_pages_free_count(), largest = rt_pages_largest();
    if (before < 5000 || largest < 4500 || largest > before) {
        fail("not all pages are there");
    }
    void *all = rt_pages_alloc(largest);
    if (all == NULL || rt_pages_alloc(largest) != NULL || rt_pages_largest() >= largest) {
        fail("the largest run is not");
    }
    rt_pages_free(all, largest);
    run(n_threads);
    if (rt_pages_free_count() != before || rt_pages_largest() != largest) {
        fail("pages are missing");
    }
    return 0;
}
