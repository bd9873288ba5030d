// SPDX-License-Identifier: MIT
// Starting the Raspberry Pi's cores. The firmware leaves cores 1..3 in a loop in page 0 (wfe, read
// the core's word at 0xd8 + 8 * core, jump there when it is not 0). Page 0 will not be mapped, so
// they are called into a loop of ours at once, which reads words of ours.
#include "a64.h"
#include A64_BOARD_H
#include "hal/mem.h"
#include "sysreg.h"

// Read by cores whose caches are off: cleaned to memory after each write.
a64_core_t *volatile a64_pen[RPI_CORES];

// In x0 nothing; our core is MPIDR's lowest byte, as in the firmware's loop.
__asm(
    ".text\n"
    "pen_entry:\n"
    "    mrs x1, mpidr_el1\n"
    "    and x1, x1, #3\n"
    "    ldr x2, =a64_pen\n"
    "1:  wfe\n"
    "    ldr x0, [x2, x1, lsl #3]\n"
    "    cbz x0, 1b\n"
    "    b a64_secondary_entry\n");
extern char pen_entry[];

// With the MMU off, so that page 0 can be written.
void a64_spintable_park(void) {
    for (uintptr_t i = 1; i < RPI_CORES; ++i) {
        volatile uintptr_t *release = (volatile uintptr_t *)(RPI_SPIN_TABLE + 8 * i);
        *release = (uintptr_t)pen_entry;
    }
    A64_DSB(sy);
    __asm volatile ("sev");
}

int a64_core_start(a64_core_t *core) {
    unsigned i = core->mpidr & 3;
    a64_pen[i] = core;
    hal_cache_clean((const void *)&a64_pen[i], sizeof(a64_pen[i]));
    __asm volatile ("sev");
    return 0;
}
