// SPDX-License-Identifier: MIT
// A ring of events per core, written by that core alone. Off, it costs one predictable branch per event.
#include <errno.h>

#include "vm_ext/actor/core.h"
#include "vm_ext/actor/memory.h"
#include "hal/time.h"

static rt_trace_t *rings[RT_MAX_CORES];
static uint32_t ring_entries;

static size_t ring_pages(unsigned entries) {
    return (entries * sizeof(rt_trace_t) + RT_PAGE_BYTES - 1) / RT_PAGE_BYTES;
}

void trace_put(rt_core_t *core, rt_trace_kind_t kind, const rt_actor_t *actor, uint64_t arg) {
    rt_trace_t *ring = at_load_acq(&core->trace); // pairs with rt_trace_start()
    if (ring != NULL) {
        uint32_t at = core->trace_at;
        ring[at & (ring_entries - 1)] = (rt_trace_t) {
            .ns = hal_time_ns(), .kind = kind, .actor = actor == NULL ? UINT32_MAX : actor->index, .arg = arg,
        };
        at_store_rel(&core->trace_at, at + 1); // pairs with rt_trace_read()
    }
}

// Rings are kept for ever, and so their size: a core may still be writing its last event when tracing stops.
int rt_trace_start(unsigned entries) {
    if (rt_cores[0].trace != NULL) {
        return -EBUSY;
    }
    if (entries == 0 || (entries & (entries - 1)) != 0 || (ring_entries != 0 && ring_entries != entries)) {
        return -EINVAL;
    }
    ring_entries = entries;
    for (unsigned i = 0; i < rt_n_cores; ++i) {
        if (rings[i] == NULL) {
            rings[i] = rt_pages_alloc(ring_pages(entries));
        }
        at_store(&rt_cores[i].trace_at, 0);
        at_store_rel(&rt_cores[i].trace, rings[i]); // NULL, without memory: that core stays silent
    }
    return rings[0] == NULL ? -ENOMEM : 0;
}

void rt_trace_stop(void) {
    for (unsigned i = 0; i < rt_n_cores; ++i) {
        at_store(&rt_cores[i].trace, NULL);
    }
}

int rt_trace_read(unsigned core, unsigned i, rt_trace_t *out) {
    uint32_t end = core < rt_n_cores ? at_load_acq(&rt_cores[core].trace_at) : 0;
    uint32_t first = end > ring_entries ? end - ring_entries : 0;
    if (i >= end - first || rings[core] == NULL) {
        return -ENOENT;
    }
    *out = rings[core][(first + i) & (ring_entries - 1)];
    return 0;
}

void rt_trace(rt_actor_t *self, rt_trace_kind_t kind, uint64_t arg) {
    rt_nopreempt_enter(self);
    trace(self->core, kind, self, arg);
    rt_nopreempt_leave(self);
}
