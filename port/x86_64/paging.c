// SPDX-License-Identifier: MIT
// The kernel's page tables: an identity map with rights (Intel SDM vol. 3, 4.5). A net, no
// isolation.
// Invariant: nothing is both writable and executable; page 0 and the guards below C stacks are
// absent. RAM is mapped by 2 MiB pages (1 GiB where the CPU has them), the kernel itself by 4 KiB
// pages.
#include "hal/fault.h"
#include "x86.h"

#define PTE_PRESENT (1ul)
#define PTE_LARGE (1ul << 7)
#define PTE_NX (1ul << 63)
#define PTE_ADDR (0x000ffffffffff000ul)
#define SIZE_2M (1ul << 21)
#define SIZE_1G (1ul << 30)

enum { LEVEL_4K = 1, LEVEL_2M = 2, LEVEL_1G = 3, LEVEL_TOP = 4 };
enum { EFER_NXE = 1 << 11, CR0_WP = 1 << 16 };

static uint64_t *pml4;
static bool has_1g;

static unsigned index_at(uint64_t addr, int level) {
    return addr >> (12 + 9 * (level - 1)) & 511;
}

static uint64_t leaf_bits(uint32_t rights) {
    uint64_t nx = rights & X86_MAP_EXEC ? 0 : PTE_NX;
    return PTE_PRESENT | (rights & (X86_MAP_WRITE | X86_MAP_UNCACHED)) | nx;
}

// Replace a large page by a table of smaller ones with the same rights.
static void split(uint64_t *entry, int level) {
    uint64_t *table = x86_memory_early_pages(1);
    uint64_t step = level == LEVEL_1G ? SIZE_2M : X86_PAGE_BYTES;
    uint64_t bits = (*entry & ~PTE_ADDR) & ~(level == LEVEL_2M ? PTE_LARGE : 0);
    uint64_t base = *entry & PTE_ADDR;
    for (unsigned i = 0; i < 512; ++i) {
        table[i] = (base + i * step) | bits;
    }
    *entry = (uintptr_t)table | PTE_PRESENT | X86_MAP_WRITE;
}

static uint64_t *entry_at(uint64_t addr, int level) {
    uint64_t *table = pml4;
    for (int at = LEVEL_TOP; at > level; --at) {
        uint64_t *entry = &table[index_at(addr, at)];
        if (!(*entry & PTE_PRESENT)) {
            *entry = (uintptr_t)x86_memory_early_pages(1) | PTE_PRESENT | X86_MAP_WRITE;
        } else if (*entry & PTE_LARGE) {
            split(entry, at);
        }
        table = (uint64_t *)(*entry & PTE_ADDR);
    }
    return &table[index_at(addr, level)];
}

static bool fits(uint64_t start, uint64_t end, uint64_t size) {
    return start % size == 0 && end - start >= size;
}

void x86_paging_map(uint64_t start, uint64_t end, uint32_t rights) {
    start &= ~(X86_PAGE_BYTES - 1);
    while (start < end) {
        int level = has_1g && fits(start, end, SIZE_1G) ? LEVEL_1G
            : fits(start, end, SIZE_2M) ? LEVEL_2M : LEVEL_4K;
        uint64_t size = level == LEVEL_1G ? SIZE_1G : level == LEVEL_2M ? SIZE_2M : X86_PAGE_BYTES;
        *entry_at(start, level) = start | leaf_bits(rights) | (level == LEVEL_4K ? 0 : PTE_LARGE);
        start += size;
    }
}

void x86_paging_unmap_page(uint64_t addr) {
    *entry_at(addr, LEVEL_4K) = 0;
    __asm volatile ("invlpg (%0)" : : "r" (addr) : "memory");
}

static void map_ram(void) {
    for (unsigned i = 0; i < x86_memory_count(); ++i) {
        const x86_ram_t *ram = x86_memory_entry(i);
        uint64_t end = ram->base + ram->size_bytes;
        if (ram->type == X86_RAM_USABLE) {
            x86_paging_map(ram->base, end, X86_MAP_WRITE);
        } else if (ram->type == X86_RAM_ACPI || ram->type == X86_RAM_NVS) {
            x86_paging_map(ram->base, end, 0);
        }
    }
}

void x86_paging_init(void) {
    uint32_t regs[4];
    x86_cpuid(0x80000001, 0, regs);
    has_1g = regs[3] >> 26 & 1;
    pml4 = x86_memory_early_pages(1);
    map_ram();
    x86_paging_map(0xa0000, 0xc0000, X86_MAP_WRITE | X86_MAP_UNCACHED); // VGA
    x86_paging_map(0xc0000, 0x100000, 0);                               // BIOS tables
    x86_paging_map((uintptr_t)__text_start, (uintptr_t)__text_end, X86_MAP_EXEC);
    x86_paging_map((uintptr_t)__text_end, (uintptr_t)__rodata_end, 0);
    x86_paging_map((uintptr_t)__rodata_end, (uintptr_t)__kernel_end, X86_MAP_WRITE);
    x86_bus_map();
    x86_screen_map();
    *entry_at(0, LEVEL_4K) = 0;
    *entry_at((uintptr_t)__stack_guard, LEVEL_4K) = 0;
}

void x86_paging_enable(void) {
    uint64_t cr0;
    x86_wrmsr(X86_MSR_EFER, x86_rdmsr(X86_MSR_EFER) | EFER_NXE);
    __asm volatile ("mov %%cr0, %0" : "=r" (cr0));
    __asm volatile ("mov %0, %%cr0" : : "r" (cr0 | CR0_WP));
    __asm volatile ("mov %0, %%cr3" : : "r" (pml4) : "memory");
}
