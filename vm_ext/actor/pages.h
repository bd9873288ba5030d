// SPDX-License-Identifier: MIT
// What memory.h does not need to say of pages: for counting, and for whoever wants the largest run.
#ifndef VM_EXT_ACTOR_PAGES_H
#define VM_EXT_ACTOR_PAGES_H

#include <stddef.h>

// Pages that are free, and the most that rt_pages_alloc() could give at once. Each looks at the whole map, while others
// take and free pages: true of no single moment.
size_t rt_pages_free_count(void);
size_t rt_pages_largest(void);

// What was asked for in blocks that are not freed: exact when nothing is under way, whatever the slabs keep.
size_t rt_mem_used_bytes(void);

// Gives back what this core keeps of empty slabs, and takes in what others freed of its blocks.
void rt_mem_trim(void);

#endif
