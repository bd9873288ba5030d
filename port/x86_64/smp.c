// SPDX-License-Identifier: MIT
// Starting the other cores by INIT and start-up interrupts (Intel SDM vol. 3, 9.4.4), one after the
// other: the trampoline page has one set of parameters. A core that does not answer is left alone.
#include <string.h>

#include "hal/cpu.h"
#include "hal/irq.h"
#include "hal/smp.h"
#include "hal/time.h"
#include "x86.h"

#define TRAMPOLINE (0x8000ul)
#define CORE_STACK_BYTES (16384)
#define START_TIMEOUT_NS (500000000) // an emulator's host may be busy

extern char x86_trampoline[], x86_trampoline_end[];
extern char x86_trampoline_cr3[], x86_trampoline_stack[];
extern char x86_trampoline_core[], x86_trampoline_entry[];

static unsigned answered; // id of the core that came up last

static void core_entry(x86_core_t *core) {
    x86_cpu_init_core(core);
    x86_lapic_init_core();
    __atomic_store_n(&answered, core->id, __ATOMIC_RELEASE); // pairs with start_core()
    smp_core_main(core->id);
}

static void set_parameter(char *label, uint64_t value) {
    memcpy((char *)TRAMPOLINE + (label - x86_trampoline), &value, sizeof(value));
}

static x86_core_t *new_core(unsigned id, uint32_t apic_id) {
    size_t pages = (sizeof(x86_core_t) + X86_PAGE_BYTES - 1) / X86_PAGE_BYTES;
    x86_core_t *core = x86_memory_early_pages(pages);
    char *guard = x86_memory_early_pages(1 + CORE_STACK_BYTES / X86_PAGE_BYTES);
    x86_paging_unmap_page((uintptr_t)guard);
    core->id = id;
    core->apic_id = apic_id;
    core->timer_deadline_ns = UINT64_MAX;
    core->stack_bottom = (uintptr_t)guard + X86_PAGE_BYTES;
    core->stack_top = core->stack_bottom + CORE_STACK_BYTES;
    return core;
}

static void delay_ns(uint64_t ns) {
    uint64_t end = hal_time_ns() + ns;
    while (hal_time_ns() < end) {
        hal_cpu_relax();
    }
}

static bool start_core(x86_core_t *core) {
    set_parameter(x86_trampoline_stack, core->stack_top);
    set_parameter(x86_trampoline_core, (uintptr_t)core);
    x86_lapic_send(core->apic_id, X86_ICR_INIT);
    delay_ns(200000);
    for (int attempt = 0; attempt < 2; ++attempt) {
        x86_lapic_send(core->apic_id, X86_ICR_STARTUP | TRAMPOLINE / X86_PAGE_BYTES);
        uint64_t end = hal_time_ns() + START_TIMEOUT_NS;
        while (hal_time_ns() < end) {
            if (__atomic_load_n(&answered, __ATOMIC_ACQUIRE) == core->id) {
                return true;
            }
            hal_cpu_relax();
        }
    }
    // Back to waiting: a late core must not take the parameters of the next.
    x86_lapic_send(core->apic_id, X86_ICR_INIT);
    return false;
}

unsigned hal_smp_start(unsigned max_cores) {
    uint64_t cr3;
    __asm volatile ("mov %%cr3, %0" : "=r" (cr3));
    memcpy((void *)TRAMPOLINE, x86_trampoline, x86_trampoline_end - x86_trampoline);
    x86_paging_map(TRAMPOLINE, TRAMPOLINE + X86_PAGE_BYTES, X86_MAP_WRITE | X86_MAP_EXEC);
    set_parameter(x86_trampoline_cr3, cr3);
    set_parameter(x86_trampoline_entry, (uintptr_t)core_entry);
    for (unsigned i = 0; i < x86_acpi.core_count && x86_core_count < max_cores; ++i) {
        if (x86_acpi.core_apic_ids[i] == x86_cores[0]->apic_id) {
            continue;
        }
        x86_core_t *core = new_core(x86_core_count, x86_acpi.core_apic_ids[i]);
        x86_cores[core->id] = core;
        if (start_core(core)) {
            ++x86_core_count;
        }
    }
    // Executable only while in use.
    x86_paging_map(TRAMPOLINE, TRAMPOLINE + X86_PAGE_BYTES, X86_MAP_WRITE);
    return x86_core_count;
}

void hal_smp_ipi(unsigned core) {
    x86_lapic_send(x86_cores[core]->apic_id, X86_VECTOR_IPI);
}

void hal_smp_stop_others(void) {
    if (x86_core_count > 1) {
        x86_lapic_send_others(X86_ICR_NMI); // fault.c halts a core that takes it
    }
}
