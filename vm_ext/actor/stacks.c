// SPDX-License-Identifier: MIT
// C stacks for steps. Each core keeps a few, the one used last on top, since it is in the cache; what it has beyond
// that lies in `spare`, where any core may take all of them and pass on what it does not need.
// They come from hal_stack_alloc(), with a guard below each, and are never given back: their number is bounded
// there, and so is the number of actors that can be blocked or preempted at once. Where RT_STACK_BYTES is set, more
// come from the page allocator when they are needed, and go back when a core has enough.
#include "vm_ext/actor/core.h"
#include "vm_ext/actor/memory.h"
#include "hal/stack.h"

enum { ALIGN = 64 };

static rt_stack_t *new_in(void *bottom, void *top, bool from_pages) {
    if (bottom == NULL) {
        return NULL;
    }
    rt_stack_t *stack = (rt_stack_t *)((uintptr_t)top - ALIGN);
    stack->bottom = bottom;
    stack->from_pages = from_pages;
    return stack;
}

#if RT_STACK_BYTES

static rt_stack_t *from_pages(void) {
    char *bottom = rt_pages_alloc(RT_STACK_BYTES / RT_PAGE_BYTES);
    return new_in(bottom, bottom + RT_STACK_BYTES, true);
}

static bool to_pages(rt_stack_t *stack) {
    if (stack->from_pages) {
        rt_pages_free(stack->bottom, RT_STACK_BYTES / RT_PAGE_BYTES);
    }
    return stack->from_pages;
}

#else

static rt_stack_t *from_pages(void) {
    return NULL;
}

static bool to_pages(rt_stack_t *stack) {
    return false;
}

#endif

static rt_stack_t *stack_new(void) {
    void *top;
    void *bottom = hal_stack_alloc(&top);
    return bottom == NULL ? from_pages() : new_in(bottom, top, false);
}

#if RT_SMP

static void spare_put(rt_core_t *core, rt_stack_t *stack) {
    rt_stack_t *old = at_load(&core->spare);
    do {
        stack->next = old;
    } while (!at_cas_acq_rel(&core->spare, &old, stack)); // release: pairs with take_all()
}

// All of another's (or one's own): one to use, a few to keep, the rest becomes spare here.
static rt_stack_t *take_all(rt_core_t *core, rt_core_t *from) {
    rt_stack_t *stack = at_swap_acq_rel(&from->spare, NULL); // acquire: pairs with the pushes
    rt_stack_t *rest = stack == NULL ? NULL : stack->next;
    while (rest != NULL && core->n_stacks < RT_STACKS_KEPT) {
        rt_stack_t *next = rest->next;
        rest->next = core->stacks;
        core->stacks = rest;
        ++core->n_stacks;
        rest = next;
    }
    rt_stack_t *none = NULL;
    if (rest != NULL && !at_cas_acq_rel(&core->spare, &none, rest)) { // as spare_put(), all at once
        while (rest != NULL) {
            rt_stack_t *next = rest->next;
            spare_put(core, rest);
            rest = next;
        }
    }
    return stack;
}

static rt_stack_t *spare_get(rt_core_t *core) {
    for (unsigned i = 0; i < rt_n_cores; ++i) {
        rt_core_t *from = &rt_cores[(core->id + i) % rt_n_cores];
        rt_stack_t *stack = at_load(&from->spare) == NULL ? NULL : take_all(core, from);
        if (stack != NULL) {
            return stack;
        }
    }
    return NULL;
}

#else

static void spare_put(rt_core_t *core, rt_stack_t *stack) {
    stack->next = core->stacks;
    core->stacks = stack;
    ++core->n_stacks;
}

static rt_stack_t *spare_get(rt_core_t *core) {
    return NULL;
}

#endif

static rt_stack_t *take(rt_core_t *core) {
    rt_stack_t *stack = core->stacks;
    if (stack != NULL) {
        core->stacks = stack->next;
        --core->n_stacks;
        return stack;
    }
    stack = spare_get(core);
    return stack != NULL ? stack : stack_new();
}

rt_stack_t *stack_get(rt_core_t *core) {
    rt_stack_t *stack = take(core);
    at_bump(&core->stacks_out, stack != NULL);
    return stack;
}

uint32_t stacks_in_use(void) {
    uint32_t sum = 0;
    for (unsigned i = 0; i < rt_n_cores; ++i) {
        sum += at_load(&rt_cores[i].stacks_out);
    }
    return sum;
}

void stack_put(rt_core_t *core, rt_stack_t *stack) {
    at_bump(&core->stacks_out, -1);
    if (core->n_stacks < RT_STACKS_KEPT) {
        stack->next = core->stacks;
        core->stacks = stack;
        ++core->n_stacks;
    } else if (!to_pages(stack)) {
        spare_put(core, stack);
    }
}

bool stack_spare(rt_core_t *core) {
    if (core->stacks == NULL) {
        rt_stack_t *stack = stack_get(core);
        if (stack != NULL) {
            stack_put(core, stack);
        }
    }
    return core->stacks != NULL;
}
