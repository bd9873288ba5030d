// SPDX-License-Identifier: MIT
// What the cores other than core 0 do until actors exist: count themselves in, halt, and make a
// call when asked to.
// Invariant: calls[core].arg is written while calls[core].fn is NULL, and by the caller that will
// set fn.
#include "port/common/common.h"
#include "hal/cpu.h"
#include "hal/irq.h"
#include "hal/smp.h"

static unsigned online = 1; // core 0

#if !PORT_ACTORS
static struct {
    void (*fn)(void *arg);
    void *arg;
} calls[SMP_MAX_CORES];
#endif

unsigned smp_cores_online(void) {
    // Acquire: pairs with the add in smp_core_main(), so that what a core did to come up is
    // visible.
    return __atomic_load_n(&online, __ATOMIC_ACQUIRE);
}

void smp_count_in(void) {
    __atomic_fetch_add(&online, 1, __ATOMIC_ACQ_REL); // pairs with smp_cores_online()
}

#if !PORT_ACTORS
void smp_on_ipi(void) {
    // An interrupt that ends hal_cpu_idle(); there is nothing to do yet.
}

bool smp_call(unsigned core, void (*fn)(void *arg), void *arg) {
    if (__atomic_load_n(&calls[core].fn, __ATOMIC_ACQUIRE) != NULL) {
        return false;
    }
    calls[core].arg = arg;
    __atomic_store_n(&calls[core].fn, fn, __ATOMIC_RELEASE); // pairs with smp_core_main()
    hal_smp_ipi(core);
    return true;
}

void smp_core_main(unsigned core) {
    smp_count_in();
    for (;;) {
        hal_irq_disable();
        void (*fn)(void *arg) = __atomic_load_n(&calls[core].fn, __ATOMIC_ACQUIRE);
        if (fn != NULL) {
            fn(calls[core].arg);
            __atomic_store_n(&calls[core].fn, NULL, __ATOMIC_RELEASE); // pairs with smp_call()
        } else {
            hal_cpu_idle();
        }
    }
}
#endif
