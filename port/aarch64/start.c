// SPDX-License-Identifier: MIT
// Core 0 from entry.S to port/common, in an order in which each step needs only those before it.
#include "a64.h"
#include "hal/board.h"
#include "hal/console.h"
#include "platform.h"
#include "sysreg.h"

uint64_t a64_entry_ticks;

void a64_core_init(a64_core_t *core) {
    (void)core;
    a64_intc->init_core();
    a64_timer_init_core();
    // Debug, SError and fast interrupts from here on; ordinary ones when the caller wants.
    __asm volatile ("msr daifclr, #13" ::: "memory");
}

static void with_mmu(void) {
    a64_irq_init();
    a64_core_init(&a64_cores[0]);
    a64_entropy_init();
    common_main();
}

void a64_start(uintptr_t firmware_arg) {
    a64_board_discover(firmware_arg);
    hal_console_init();
    a64_memory_init();
    a64_memory_move_fdt();
    a64_smp_prepare();
    a64_mmu_build();
    for (unsigned i = 0; i < a64_core_slots(); ++i) {
        a64_mmu_unmap_page(a64_cores[i].stack_bottom - A64_PAGE);
        a64_mmu_unmap_page(a64_cores[i].exception_stack_bottom - A64_PAGE);
    }
    a64_stack_pool_init();
    A64_DSB(sy);
    a64_run_on_core(&a64_cores[0], with_mmu);
}
