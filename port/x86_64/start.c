// SPDX-License-Identifier: MIT
// C's first function on x86_64: the order in which the machine is brought up.
// Source of the structures: Xen's public header arch-x86/hvm/start_info.h.
#include "hal/board.h"
#include "hal/console.h"
#include "hal/fault.h"
#include "x86.h"

#define START_INFO_MAGIC (0x336ec578)

typedef struct {
    uint32_t magic, version, flags, module_count;
    uint64_t modules, cmdline, rsdp;
    // Version 1 and up:
    uint64_t memmap;
    uint32_t memmap_entries, reserved;
} start_info_t;

uint64_t x86_entry_tsc;

void x86_start(const start_info_t *info, uint64_t entry_tsc) {
    x86_entry_tsc = entry_tsc;
    x86_cpu_init_core(x86_cores[0]);
    hal_console_init();
    x86_idt_init();
    if (info->magic != START_INFO_MAGIC || info->version < 1) {
        panic("start.c: the loader gave no memory map; start the image with a PVH loader");
    }
    x86_memory_init((const x86_ram_t *)(uintptr_t)info->memmap, info->memmap_entries);
    x86_acpi_init(info->rsdp);
    x86_paging_init();
    x86_paging_enable();
    x86_lapic_init();
    x86_ioapic_init();
    x86_power_init();
    x86_tsc_init();
    common_main();
}
