// SPDX-License-Identifier: MIT
// The order in which the machine comes up: memory that C relies on, protection, console, time, then
// port/common.
#include <string.h>

#include "hal/board.h"
#include "hal/console.h"
#include "port/xtensa/xtensa.h"

extern char ld_bss_start[], ld_bss_end[];

// Region protection: one TLB way maps eight regions of 512 MiB onto themselves, each with an
// attribute. 15 lets nothing in; the others keep what reset gave them.
static void protect_empty_regions(void) {
    const uint32_t attr_illegal = 15;
    for (uint32_t i = 0; i < 8; ++i) {
        if (board_empty_regions & (1 << i)) {
            uint32_t region = i * XT_REGION_BYTES;
            __asm volatile ("wdtlb %0, %1; witlb %0, %1; isync"
                : : "a" (attr_illegal), "a" (region) : "memory");
        }
    }
}

void xt_start(uint32_t boot_arg) {
    memset(ld_bss_start, 0, ld_bss_end - ld_bss_start);
    board_start(boot_arg);
    protect_empty_regions();
    xt_stack_guard();
    xt_time_init();
    hal_console_init();
    common_main();
}
