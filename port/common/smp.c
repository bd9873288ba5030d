// SPDX-License-Identifier: MIT
// What the cores other than core 0 do first: count themselves in.
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

void smp_count_in(void) {
    __atomic_fetch_add(&online, 1, __ATOMIC_ACQ_REL); // pairs with smp_cores_online()
}

