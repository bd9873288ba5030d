// SPDX-License-Identifier: MIT
// Whether a word of the running actor's C stack points into a Buffer that is to be sent: a C function up the stack
// may hold the address, when it has called Python that sends. No frame in here holds an address within the data,
// which the search would find. In a file of its own because it reads the whole stack, red zones included.
#include "py/mpstate.h"

#include "hal/cpu.h"
#include "vm_ext/modactor/buffer.h"

typedef struct {
    const buffer_block_t *block;
    bool found;
} search_t;

static void search_stack(void *sp, void *arg) {
    search_t *search = arg;
    uintptr_t start = (uintptr_t)search->block->data, end = start + search->block->size_bytes;
    uintptr_t *top = (uintptr_t *)MP_STATE_THREAD(stack_top);
    for (uintptr_t *word = sp; word < top; word++) {
        search->found |= *word >= start && *word <= end;
    }
}

// Only what view_get_buffer() gave can be held by a function that calls Python.
bool buffer_is_held(const buffer_block_t *block) {
    search_t search = {block, false};
    if (block->was_shown) {
        hal_cpu_with_saved_regs(search_stack, &search);
    }
    return search.found;
}
