// SPDX-License-Identifier: MIT
// Questions to the collector's tables that upstream answers only inside py/gc.c, and what stands in
// front of its functions that free or move memory.
#ifndef SAFE_BLOCKS_H
#define SAFE_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

// The first byte of the allocation that contains the address, or NULL: free, or not of this heap.
void *safe_block_head(uintptr_t address);

// The allocation is no object any more: no finaliser may run on it.
void safe_block_forget_finaliser(void *head);

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
