// SPDX-License-Identifier: MIT
// Cores and their stacks. A core's number is the order of its arrival, so the numbers are dense
// even if one fails to start; its slot (stacks, MPIDR) is fixed before. Slot 0 is the boot core.
// Invariant: by_index[i] is set before a core is counted, and never changes.
#include "hal/smp.h"

#include "a64.h"
#include "hal/cpu.h"
#include "hal/irq.h"
#include "hal/mem.h"
#include "hal/time.h"
#include "platform.h"
#include "sysreg.h"

#define MPIDR_AFFINITY  (0xff00fffffful)
#define START_WAIT_NS   (1000000000ul)
#define CLOSED          (0x10000u) // added to tickets: who comes later stays out

a64_core_t a64_cores[A64_CORES_MAX];
static a64_core_t *by_index[A64_CORES_MAX];
static unsigned n_slots = 1;
static unsigned tickets, arrived; // besides the boot core
static unsigned n_running = 1;

unsigned a64_core_slots(void) {
    return n_slots;
}

a64_core_t *a64_core_by_index(unsigned index) {
    return by_index[index];
}

static void prepare_slot(a64_core_t *core, uint64_t mpidr, size_t stack_bytes) {
    char *run = a64_bootmem_alloc(2 * A64_PAGE + stack_bytes + A64_EXCEPTION_STACK_BYTES);
    core->mpidr = mpidr;
    core->stack_bottom = (uintptr_t)run + A64_PAGE;
    core->stack_top = core->stack_bottom + stack_bytes;
    core->exception_stack_bottom = core->stack_top + A64_PAGE;
    core->exception_stack_top = core->exception_stack_bottom + A64_EXCEPTION_STACK_BYTES;
}

void a64_smp_prepare(void) {
    uint64_t self = A64_READ(mpidr_el1) & MPIDR_AFFINITY;
    prepare_slot(&a64_cores[0], self, A64_BOOT_STACK_BYTES);
    by_index[0] = &a64_cores[0];
    for (unsigned i = 0; i < a64_platform.n_cores && n_slots < A64_CORES_MAX; ++i) {
        if (a64_platform.core_mpidr[i] != self) {
            prepare_slot(&a64_cores[n_slots++], a64_platform.core_mpidr[i], A64_CORE_STACK_BYTES);
        }
    }
}

// Where entry.S sends every core but the first.
void a64_core_main(void) {
    a64_core_t *core = a64_core();
    unsigned index = __atomic_fetch_add(&tickets, 1, __ATOMIC_RELAXED) + 1;
    if (index >= CLOSED) {
        a64_stop();
    }
    core->index = index;
    by_index[index] = core;
    a64_core_init(core);
    __atomic_fetch_add(&arrived, 1, __ATOMIC_RELEASE); // pairs with the loads in hal_smp_start()
    smp_core_main(index);
}

unsigned hal_smp_start(unsigned max_cores) {
    unsigned started = 0;
    for (unsigned i = 1; i < n_slots && started + 1 < max_cores; ++i) {
        hal_cache_clean(&a64_cores[i], sizeof(a64_cores[i])); // read by entry.S with caches off
        started += a64_core_start(&a64_cores[i]) == 0;
    }
    uint64_t end = hal_time_ns() + START_WAIT_NS;
    while (__atomic_load_n(&arrived, __ATOMIC_ACQUIRE) < started && hal_time_ns() < end) {
        hal_cpu_relax();
    }
    unsigned others = __atomic_fetch_add(&tickets, CLOSED, __ATOMIC_RELAXED);
    while (__atomic_load_n(&arrived, __ATOMIC_ACQUIRE) < others) {
        hal_cpu_relax(); // it has a ticket, so it runs
    }
    n_running = 1 + others;
    return n_running;
}

void hal_smp_ipi(unsigned core) {
    A64_DSB(ishst); // what the other core shall see is visible before the interrupt is
    a64_intc->ipi(core);
}

void hal_smp_stop_others(void) {
    a64_intc->stop_others();
}

unsigned hal_cpu_count(void) {
    return n_running;
}

unsigned hal_cpu_id(void) {
    return a64_core()->index;
}
