// SPDX-License-Identifier: MIT
// Pages, by a bitmap that all cores change without a lock. A set bit is a page that is taken, or for a moment claimed
// by somebody who will find that its neighbours are not free. Memory comes in regions; the map of each lies in its own
// first pages, which are taken for ever, as are the bits behind its last page.
// Invariants: a bit is set by one CAS and cleared by whoever set it; a run that crosses words is claimed from the
// lowest word up, so of those who are in each other's way the one that is furthest up gets on. NULL for a large run can
// therefore mean that another core was trying for one that overlaps.
// Setting is acquire and clearing release: who gets a page sees it as the last owner left it.
#include <stdint.h>
#include <string.h>

#include "vm_ext/actor/atomic.h"
#include "vm_ext/actor/memory.h"
#include "vm_ext/actor/pages.h"
#include "hal/cpu.h"

enum { REGIONS_MAX = RT_SMP ? 32 : 2, WORD_BITS = 8 * sizeof(uintptr_t) };

typedef struct {
    uintptr_t base;             // of page 0
    uintptr_t *map;
    size_t n_words;
} region_t;

static region_t regions[REGIONS_MAX];
static unsigned n_regions;      // both written before the cores run

// Where each core looks first: region and word. A hint, written by its core only.
static struct {
    _Alignas(RT_SMP ? 64 : sizeof(uintptr_t)) uint32_t region, word;
} cursors[RT_MAX_CORES];

void rt_mem_add(void *base, size_t len_bytes) {
    uintptr_t start = ((uintptr_t)base + RT_PAGE_BYTES - 1) & ~(uintptr_t)(RT_PAGE_BYTES - 1);
    uintptr_t end = ((uintptr_t)base + len_bytes) & ~(uintptr_t)(RT_PAGE_BYTES - 1);
    if (n_regions == REGIONS_MAX || end <= start) {
        return;
    }
    size_t n_pages = (end - start) / RT_PAGE_BYTES;
    region_t *region = &regions[n_regions++];
    region->base = start;
    region->map = (uintptr_t *)start;
    region->n_words = (n_pages + WORD_BITS - 1) / WORD_BITS;
    memset(region->map, 0xff, region->n_words * sizeof(uintptr_t));
    size_t own = (region->n_words * sizeof(uintptr_t) + RT_PAGE_BYTES - 1) / RT_PAGE_BYTES;
    for (size_t i = own; i < n_pages; ++i) {
        region->map[i / WORD_BITS] &= ~((uintptr_t)1 << i % WORD_BITS);
    }
    // Spread the cores over what there is most of: the last large region wins.
    for (unsigned core = 0; core < RT_MAX_CORES && region->n_words > regions[cursors[0].region].n_words / 2; ++core) {
        cursors[core].region = n_regions - 1;
        cursors[core].word = core * (region->n_words / RT_MAX_CORES);
    }
}

// Bits [bit, bit + n) of a word.
static uintptr_t mask_of(unsigned bit, size_t n) {
    return (n >= WORD_BITS ? ~(uintptr_t)0 : ((uintptr_t)1 << n) - 1) << bit;
}

// The lowest bit of n clear ones in a row, or WORD_BITS.
static unsigned clear_run(uintptr_t word, unsigned n) {
    uintptr_t starts = ~word;   // after a step: bits at which `have` clear ones begin
    for (unsigned have = 1; have < n && starts != 0;) {
        unsigned more = have < n - have ? have : n - have;
        starts &= starts >> more;
        have += more;
    }
    return starts == 0 ? WORD_BITS : __builtin_ctzll(starts);
}

static void *page_at(const region_t *region, size_t page) {
    return (void *)(region->base + page * RT_PAGE_BYTES);
}

// All bits of the mask, or none: one CAS.
static bool claim_word(uintptr_t *word, uintptr_t mask) {
    uintptr_t seen = at_load(word);
    while ((seen & mask) == 0) {
        if (at_cas_acq_rel(word, &seen, seen | mask)) { // acquire: pairs with release_run()
            return true;
        }
    }
    return false;
}

static void release_run(const region_t *region, size_t page, size_t n) {
    while (n > 0) {
        unsigned bit = page % WORD_BITS;
        size_t here = n < WORD_BITS - bit ? n : WORD_BITS - bit;
        at_and_sc(&region->map[page / WORD_BITS], ~mask_of(bit, here)); // release: pairs with claim_word()
        page += here;
        n -= here;
    }
}

// Pages [page, page + n), lowest word first; false, and *stuck behind the word that was not free.
static bool claim_run(const region_t *region, size_t page, size_t n, size_t *stuck) {
    size_t at = page;
    for (size_t left = n; left > 0;) {
        unsigned bit = at % WORD_BITS;
        size_t here = left < WORD_BITS - bit ? left : WORD_BITS - bit;
        if (!claim_word(&region->map[at / WORD_BITS], mask_of(bit, here))) {
            release_run(region, page, at - page);
            *stuck = (at / WORD_BITS + 1) * WORD_BITS;
            return false;
        }
        at += here;
        left -= here;
    }
    return true;
}

// The first free run at or behind `page`: its length, 0 when there is none. It is not followed beyond n pages.
static size_t next_run(const region_t *region, size_t page, size_t n, size_t *found) {
    size_t end = region->n_words * WORD_BITS, run = 0;
    while (page < end && run < n) {
        uintptr_t word = at_load(&region->map[page / WORD_BITS]) >> page % WORD_BITS;
        unsigned left = WORD_BITS - page % WORD_BITS;
        unsigned clear = word == 0 ? left : (unsigned)__builtin_ctzll(word);
        run += clear;
        page += clear;
        if (clear < left && run > 0) {
            break;
        }
        if (clear < left) {
            uintptr_t behind = ~word; // its lowest set bit is the next free page
            unsigned set = behind == 0 ? left : (unsigned)__builtin_ctzll(behind);
            page += set < left ? set : left;
        }
    }
    *found = page - run;
    return run < n ? run : n;
}

// The first run of n free pages at or behind `page`.
static bool find_run(const region_t *region, size_t page, size_t n, size_t *found) {
    size_t run;
    while ((run = next_run(region, page, n, found)) > 0 && run < n) {
        page = *found + run;
    }
    return run == n;
}

static void *alloc_in_words(const region_t *region, size_t from, size_t to, size_t n, size_t *at) {
    for (size_t i = from; i < to; ++i) {
        uintptr_t word = at_load(&region->map[i]);
        unsigned bit;
        while ((bit = clear_run(word, n)) != WORD_BITS) {
            if (claim_word(&region->map[i], mask_of(bit, n))) {
                *at = i;
                return page_at(region, i * WORD_BITS + bit);
            }
            word = at_load(&region->map[i]);
        }
    }
    return NULL;
}

static void *alloc_across(const region_t *region, size_t n) {
    size_t page = 0, found;
    while (find_run(region, page, n, &found)) {
        if (claim_run(region, found, n, &page)) {
            return page_at(region, found);
        }
    }
    return NULL;
}

void *rt_pages_alloc(size_t n_pages) {
    unsigned core = hal_cpu_id();
    size_t at;
    void *pages = NULL;
    for (unsigned i = 0; n_pages <= WORD_BITS / 2 && i < n_regions && pages == NULL; ++i) {
        unsigned r = (cursors[core].region + i) % n_regions;
        size_t from = i == 0 ? cursors[core].word : 0;
        pages = alloc_in_words(&regions[r], from, regions[r].n_words, n_pages, &at);
        if (pages == NULL && from != 0) {
            pages = alloc_in_words(&regions[r], 0, from, n_pages, &at);
        }
        if (pages != NULL) {
            cursors[core].region = r;
            cursors[core].word = at;
        }
    }
    for (unsigned r = 0; n_pages > 0 && r < n_regions && pages == NULL; ++r) {
        pages = alloc_across(&regions[r], n_pages);
    }
    return n_pages == 0 ? NULL : pages;
}

void rt_pages_free(void *pages, size_t n_pages) {
    for (unsigned r = 0; r < n_regions; ++r) {
        const region_t *region = &regions[r];
        size_t page = ((uintptr_t)pages - region->base) / RT_PAGE_BYTES;
        if ((uintptr_t)pages >= region->base && page < region->n_words * WORD_BITS) {
            unsigned core = hal_cpu_id();
            release_run(region, page, n_pages);
            if (cursors[core].region == r && page / WORD_BITS < cursors[core].word) {
                cursors[core].word = page / WORD_BITS; // low pages first: the large runs stay at the end
            }
            return;
        }
    }
}

size_t rt_pages_free_count(void) {
    size_t sum = 0;
    for (unsigned r = 0; r < n_regions; ++r) {
        for (size_t i = 0; i < regions[r].n_words; ++i) {
            sum += __builtin_popcountll(~(uint64_t)at_load(&regions[r].map[i]) & mask_of(0, WORD_BITS));
        }
    }
    return sum;
}

size_t rt_pages_largest(void) {
    size_t largest = 0, found;
    for (unsigned r = 0; r < n_regions; ++r) {
        for (size_t page = 0, run; (run = next_run(&regions[r], page, SIZE_MAX, &found)) > 0; page = found + run) {
            largest = run > largest ? run : largest;
        }
    }
    return largest;
}
