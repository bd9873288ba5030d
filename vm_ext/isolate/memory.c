// SPDX-License-Identifier: MIT
// See memory.h.
#include "vm_ext/actor/memory.h"
#include "vm_ext/actor/rt.h"
#include "vm_ext/isolate/isolate.h"
#include "vm_ext/isolate/memory.h"

void isolate_nopreempt_enter(void) {
    rt_nopreempt_enter(isolate_cur()->actor);
}

void isolate_nopreempt_leave(void) {
    rt_nopreempt_leave(isolate_cur()->actor);
}

bool isolate_memory_take(size_t size_bytes) {
    isolate_t *isolate = isolate_cur();
    if (size_bytes > isolate->quota_bytes - isolate->used_bytes) {
        return false;
    }
    isolate->used_bytes += size_bytes;
    return true;
}

void isolate_memory_give(size_t size_bytes) {
    isolate_cur()->used_bytes -= size_bytes;
}

void *isolate_memory_alloc(size_t size_bytes) {
    if (!isolate_memory_take(size_bytes)) {
        return NULL;
    }
    void *memory = rt_alloc(size_bytes);
    if (memory == NULL) {
        isolate_memory_give(size_bytes);
    }
    return memory;
}

void isolate_memory_free(void *memory, size_t size_bytes) {
    rt_free(memory, size_bytes);
    isolate_memory_give(size_bytes);
}

void isolate_memory_free_given(void *memory, size_t size_bytes) {
    rt_free(memory, size_bytes);
}
