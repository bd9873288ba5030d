// SPDX-License-Identifier: MIT
// The flat map: virtual addresses equal physical ones, 4 KiB granule, 48 bits, the largest blocks
// that fit. RAM is write-back and not executable, the kernel's code read-only, registers device
// memory; page 0, the guard pages and all that is neither RAM nor a known device are not mapped.
// Unaligned access, exclusives and caches need the map; it isolates nothing from anything.
// Built with the MMU off; no entry changes afterwards, so there is no TLB maintenance.
// Arm ARM (DDI 0487) D5 (VMSAv8-64), D13 (registers).
#include "a64.h"
#include "platform.h"
#include "sysreg.h"

enum { ENTRIES = 512, LEVEL_LAST = 3, ADDRESS_BITS = 48 };

// Attribute indexes into MAIR.
enum { NORMAL = 0, DEVICE = 1 };
#define MAIR_VALUE  (0xfful << (8 * NORMAL) | 0x04ul << (8 * DEVICE)) // write-back; nGnRE

#define VALID       (1ul << 0)
#define TABLE_PAGE  (1ul << 1) // a table at levels 0..2, a page at level 3; else a block
#define ATTR(index) ((uint64_t)(index) << 2)
#define READ_ONLY   (1ul << 7)
#define INNER_SHARE (3ul << 8)
#define ACCESSED    (1ul << 10)
#define NO_EXEC     (3ul << 53) // for EL1 and for EL0
#define NO_EXEC_EL0 (1ul << 54)
#define ADDRESS     (0x0000fffffffff000ul)

#define RAM_RW      (VALID | ATTR(NORMAL) | INNER_SHARE | ACCESSED | NO_EXEC)
#define RAM_RO      (RAM_RW | READ_ONLY)
#define RAM_CODE    (VALID | ATTR(NORMAL) | INNER_SHARE | ACCESSED | READ_ONLY | NO_EXEC_EL0)
#define DEVICE_RW   (VALID | ATTR(DEVICE) | ACCESSED | NO_EXEC)
#define NOTHING     (0)

#define TCR_T0SZ            (64 - ADDRESS_BITS)
#define TCR_WALK_CACHED     (1ul << 8 | 1ul << 10) // inner and outer write-back, write-allocate
#define TCR_WALK_SHARED     (3ul << 12)
#define TCR_NO_TTBR1        (1ul << 23)
#define TCR_IPS(pa_range)   ((uint64_t)(pa_range) << 32)

#define SCTLR_RES1          (1ul << 29 | 1ul << 28 | 1ul << 23 | 1ul << 22 | 1ul << 20 | 1ul << 11)
#define SCTLR_MMU           (1ul << 0)
#define SCTLR_DATA_CACHE    (1ul << 2)
#define SCTLR_SP_ALIGN      (1ul << 3)
#define SCTLR_CODE_CACHE    (1ul << 12)
#define SCTLR_WRITE_NO_EXEC (1ul << 19) // what can be written cannot be executed

a64_mmu_regs_t a64_mmu_regs;
static uint64_t *root;

static unsigned span_bits(int level) {
    return 12 + 9 * (LEVEL_LAST - level);
}

// The table that an entry leads to; one is made, describing what the entry described.
static uint64_t *next_table(uint64_t *entry, int level) {
    if ((*entry & (VALID | TABLE_PAGE)) == (VALID | TABLE_PAGE)) {
        return (uint64_t *)(*entry & ADDRESS);
    }
    uint64_t *table = a64_bootmem_alloc(A64_PAGE);
    if (*entry & VALID) {
        uint64_t kind = level + 1 == LEVEL_LAST ? TABLE_PAGE : 0;
        for (uint64_t i = 0; i < ENTRIES; ++i) {
            table[i] = (*entry | kind) + (i << span_bits(level + 1));
        }
    }
    *entry = (uintptr_t)table | VALID | TABLE_PAGE;
    return table;
}

static void map(uint64_t *table, int level, uint64_t start, uint64_t end, uint64_t rights) {
    uint64_t span = 1ul << span_bits(level);
    while (start < end) {
        uint64_t *entry = &table[start >> span_bits(level) & (ENTRIES - 1)];
        uint64_t stop = (start & ~(span - 1)) + span;
        if (stop > end) {
            stop = end;
        }
        if (level > 0 && stop - start == span) {
            uint64_t kind = level == LEVEL_LAST ? TABLE_PAGE : 0;
            *entry = rights == NOTHING ? NOTHING : start | rights | kind;
        } else {
            map(next_table(entry, level), level + 1, start, stop, rights);
        }
        start = stop;
    }
}

static void map_list(const a64_range_t *list, unsigned n, uint64_t rights) {
    for (unsigned i = 0; i < n; ++i) {
        uint64_t start = list[i].base & ~(uint64_t)(A64_PAGE - 1);
        uint64_t end = (list[i].base + list[i].size) & ~(uint64_t)(A64_PAGE - 1);
        map(root, 0, start, end, rights);
    }
}

void a64_mmu_unmap_page(uintptr_t addr) {
    map(root, 0, addr, addr + A64_PAGE, NOTHING);
}

void a64_mmu_build(void) {
    root = a64_bootmem_alloc(A64_PAGE);
    map_list(a64_platform.ram, a64_platform.n_ram, RAM_RW);
    map_list(a64_platform.no_map, a64_platform.n_no_map, NOTHING);
    map_list(a64_platform.mmio, a64_platform.n_mmio, DEVICE_RW);
    map(root, 0, (uintptr_t)__text_start, (uintptr_t)__text_end, RAM_CODE);
    map(root, 0, (uintptr_t)__text_end, (uintptr_t)__rodata_end, RAM_RO);
    a64_mmu_unmap_page(0);

    unsigned pa_range = a64_field(A64_READ(id_aa64mmfr0_el1), 0, 4);
    a64_mmu_regs = (a64_mmu_regs_t) {
        .mair = MAIR_VALUE,
        .tcr = TCR_T0SZ | TCR_WALK_CACHED | TCR_WALK_SHARED | TCR_NO_TTBR1
            | TCR_IPS(pa_range < 5 ? pa_range : 5), // 5: 48 bits, as far as these tables reach
        .ttbr0 = (uintptr_t)root,
        .sctlr = SCTLR_RES1 | SCTLR_MMU | SCTLR_DATA_CACHE | SCTLR_CODE_CACHE | SCTLR_SP_ALIGN
            | SCTLR_WRITE_NO_EXEC,
    };
}
