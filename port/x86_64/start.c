// SPDX-License-Identifier: MIT
// C's first function on x86_64: the order in which the machine is brought up.
#include "hal/board.h"
#include "hal/console.h"
#include "x86.h"

uint64_t x86_entry_tsc;

void x86_start(const void *info, uint64_t entry_tsc, bool is_multiboot) {
    x86_entry_tsc = entry_tsc;
    x86_cpu_init_core(x86_cores[0]);
    hal_console_init();
    x86_idt_init();
    x86_bootinfo_read(info, is_multiboot);
    x86_screen_init();
    x86_memory_init();
    x86_acpi_init(x86_bootinfo.rsdp);
    x86_paging_init();
    x86_paging_enable();
    x86_stack_pool_init();
    x86_lapic_init();
    x86_ioapic_init();
    x86_power_init();
    x86_tsc_init();
    common_main();
}
