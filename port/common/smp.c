// SPDX-License-Identifier: MIT
// What the cores other than core 0 do until actors exist: count themselves in and halt.
#include "port/common/common.h"
#include "hal/cpu.h"
#include "hal/irq.h"
#include "hal/smp.h"

static unsigned online = 1; // core 0

unsigned smp_cores_online(void) {
    // Acquire: pairs with the add in smp_core_main(), so that what a core did to come up is
    // visible.
    return __atomic_load_n(&online, __ATOMIC_ACQUIRE);
}

void smp_on_ipi(void) {
    // An interrupt that ends hal_cpu_idle(); there is nothing to do yet.
}

void smp_core_main(unsigned core) {
    (void)core;
    __atomic_fetch_add(&online, 1, __ATOMIC_ACQ_REL); // pairs with smp_cores_online()
    for (;;) {
        hal_irq_disable();
        hal_cpu_idle();
    }
}
