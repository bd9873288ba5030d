// SPDX-License-Identifier: MIT
// This core's tables (GDT, TSS, IDT), its identity, and waiting.
// Invariant: GS_BASE of a running core points to its x86_core_t. Faults, NMI and interrupts run on
// stacks of their own (IST 1, 2, 3): a fault for want of stack can still be reported, and handlers
// need nothing of the stack that they interrupt.
#include <string.h>

#include "hal/cpu.h"
#include "x86.h"

typedef struct {
    uint16_t offset_low, selector;
    uint8_t ist, type;
    uint16_t offset_mid;
    uint32_t offset_high, reserved;
} idt_gate_t;

typedef struct {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed)) table_ptr_t;

enum { SELECTOR_CODE = 8, SELECTOR_DATA = 16, SELECTOR_TSS = 24, GATE_INTERRUPT = 0x8e };

extern char x86_vectors[];

static x86_core_t boot_core = {
    .stack_bottom = (uintptr_t)__stack_bottom,
    .stack_top = (uintptr_t)__stack_top,
    .timer_deadline_ns = UINT64_MAX,
};
x86_core_t *x86_cores[X86_MAX_CORES] = { &boot_core };
unsigned x86_core_count = 1;

static idt_gate_t idt[256];

static void fill_gdt(x86_core_t *core) {
    uint64_t tss = (uintptr_t)&core->tss;
    uint64_t limit = sizeof(core->tss) - 1;
    core->gdt[0] = 0;
    core->gdt[1] = 0x00209b0000000000; // 64-bit code, accessed
    core->gdt[2] = 0x0000930000000000; // data, accessed
    core->gdt[3] = limit | (tss & 0xffffff) << 16 | (uint64_t)0x89 << 40 | (tss >> 24 & 0xff) << 56;
    core->gdt[4] = tss >> 32;
}

void x86_cpu_init_core(x86_core_t *core) {
    core->tss.ist[0] = (uintptr_t)core->fault_stack + sizeof(core->fault_stack);
    core->tss.ist[1] = (uintptr_t)core->nmi_stack + sizeof(core->nmi_stack);
    core->tss.ist[2] = (uintptr_t)core->irq_stack + sizeof(core->irq_stack);
    core->tss.iomap = sizeof(core->tss); // none
    fill_gdt(core);
    table_ptr_t gdt_ptr = { sizeof(core->gdt) - 1, (uintptr_t)core->gdt };
    table_ptr_t idt_ptr = { sizeof(idt) - 1, (uintptr_t)idt };
    __asm volatile (
        "lgdt %0\n"
        "pushq %2\n"                    // reload CS by a far return
        "leaq 1f(%%rip), %%rax\n"
        "pushq %%rax\n"
        "lretq\n"
        "1: movl %3, %%eax\n"
        "movl %%eax, %%ds\n"
        "movl %%eax, %%es\n"
        "movl %%eax, %%ss\n"
        "ltr %w4\n"
        "lidt %1\n"
        : : "m" (gdt_ptr), "m" (idt_ptr), "i" (SELECTOR_CODE), "i" (SELECTOR_DATA),
        "r" (SELECTOR_TSS)
        : "rax", "memory");
    x86_wrmsr(X86_MSR_GS_BASE, (uintptr_t)core);
}

void x86_idt_init(void) {
    for (unsigned i = 0; i < 256; ++i) {
        uintptr_t entry = (uintptr_t)x86_vectors + 16 * i;
        idt[i] = (idt_gate_t) {
            .offset_low = entry, .offset_mid = entry >> 16, .offset_high = entry >> 32,
            .selector = SELECTOR_CODE, .type = GATE_INTERRUPT,
            .ist = i == X86_VECTOR_NMI ? 2 : i < 32 ? 1 : 3,
        };
    }
}

unsigned hal_cpu_id(void) {
    uint32_t id;
    __asm volatile ("movl %%gs:%c1, %0" : "=r" (id) : "i" (offsetof(x86_core_t, id)));
    return id;
}

unsigned hal_cpu_count(void) {
    return x86_core_count;
}

const char *hal_cpu_name(void) {
    static char name[49];
    uint32_t regs[4];
    x86_cpuid(0x80000000, 0, regs);
    if (name[0] == 0 && regs[0] >= 0x80000004) {
        for (unsigned i = 0; i < 3; ++i) {
            x86_cpuid(0x80000002 + i, 0, regs);
            memcpy(name + 16 * i, regs, 16);
        }
    }
    return name[0] == 0 ? "x86_64" : name;
}

void hal_cpu_idle(void) {
    // sti takes effect after the next instruction, so an interrupt cannot slip in before hlt.
    __asm volatile ("sti; hlt; cli" ::: "memory");
}

void hal_cpu_relax(void) {
    __builtin_ia32_pause();
}

void hal_cpu_text_range(uintptr_t *start, uintptr_t *end) {
    *start = (uintptr_t)__text_start;
    *end = (uintptr_t)__text_end;
}
