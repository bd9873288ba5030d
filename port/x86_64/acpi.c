// SPDX-License-Identifier: MIT
// The static ACPI tables (ACPI 6.4, chapter 5): MADT for cores and interrupt controllers, FADT and
// the \_S5 package of the DSDT for power off, the reset register. No AML is interpreted: \_S5 is
// found as its byte pattern, which every firmware emits as a plain Name.
// Invariant: a table is read only after its length and checksum were checked; what is missing
// leaves zeros, and the user of x86_acpi must cope.
#include <string.h>

#include "x86.h"

typedef struct {
    char signature[4];
    uint32_t length;
    uint8_t revision, checksum;
    char oem[26];
} __attribute__((packed)) header_t;

_Static_assert(sizeof(header_t) == 36, "ACPI table header");

x86_acpi_t x86_acpi;

static uint32_t u32(const void *p) {
    uint32_t value;
    memcpy(&value, p, sizeof(value));
    return value;
}

static uint64_t u64(const void *p) {
    uint64_t value;
    memcpy(&value, p, sizeof(value));
    return value;
}

static bool sum_is_zero(const void *p, size_t len) {
    uint8_t sum = 0;
    for (size_t i = 0; i < len; ++i) {
        sum += ((const uint8_t *)p)[i];
    }
    return sum == 0;
}

static const header_t *table_at(uint64_t addr) {
    const header_t *table = (const header_t *)addr;
    if (addr == 0 || addr >> 32 != 0 || table->length < sizeof(header_t) || table->length > 1 << 20
        || !sum_is_zero(table, table->length)) {
        return NULL;
    }
    return table;
}

static void add_core(uint32_t apic_id, uint32_t flags) {
    // Bit 0: enabled; bit 1: may come online later, which this system does not wait for.
    if ((flags & 1) && x86_acpi.core_count < X86_MAX_CORES) {
        x86_acpi.core_apic_ids[x86_acpi.core_count++] = apic_id;
    }
}

static void read_madt_entry(const uint8_t *entry) {
    switch (entry[0]) {
        case 0: // processor local APIC
            add_core(entry[3], u32(entry + 4));
            break;
        case 1: // I/O APIC
            if (x86_acpi.ioapic_count < 4) {
                x86_acpi.ioapics[x86_acpi.ioapic_count].addr = u32(entry + 4);
                x86_acpi.ioapics[x86_acpi.ioapic_count++].gsi_base = u32(entry + 8);
            }
            break;
        case 2: // interrupt source override
            if (entry[3] < 16) {
                x86_acpi.isa[entry[3]].gsi = u32(entry + 4);
                x86_acpi.isa[entry[3]].flags = entry[8] | entry[9] << 8;
            }
            break;
        case 5: // local APIC address override
            x86_acpi.lapic_addr = u64(entry + 4);
            break;
    }
}

static void read_madt(const header_t *madt) {
    const uint8_t *bytes = (const uint8_t *)madt;
    x86_acpi.lapic_addr = u32(bytes + 36);
    for (uint32_t at = 44; at + 2 <= madt->length; at += bytes[at + 1]) {
        if (bytes[at + 1] < 2 || at + bytes[at + 1] > madt->length) {
            return;
        }
        read_madt_entry(bytes + at);
    }
}

// \_S5 = Package (n) { SLP_TYPa, ... }: 08 '_S5_' 12 <length> <count> [0a] <value>
static void find_s5(const header_t *dsdt) {
    const uint8_t *bytes = (const uint8_t *)dsdt;
    for (uint32_t i = sizeof(header_t); i + 12 <= dsdt->length; ++i) {
        if (memcmp(bytes + i, "_S5_", 4) == 0 && bytes[i + 4] == 0x12) {
            const uint8_t *p = bytes + i + 5;
            p += (*p >> 6) + 2; // package length of 1-4 bytes, element count
            x86_acpi.s5_type = *p == 0x0a ? p[1] : *p == 1 ? 1 : 0;
            return;
        }
    }
}

static void read_fadt(const header_t *fadt) {
    const uint8_t *bytes = (const uint8_t *)fadt;
    if (fadt->length < 116) {
        return;
    }
    x86_acpi.pm1a_port = u32(bytes + 64);
    uint64_t dsdt_addr = u32(bytes + 40);
    if (fadt->length >= 148 && u64(bytes + 140) != 0) {
        dsdt_addr = u64(bytes + 140);
    }
    const header_t *dsdt = table_at(dsdt_addr);
    if (dsdt != NULL) {
        find_s5(dsdt);
    }
    // A reset register, which is an I/O port.
    if (fadt->length >= 129 && (u32(bytes + 112) & 1 << 10) && bytes[116] == 1) {
        x86_acpi.reset_port = u64(bytes + 120);
        x86_acpi.reset_value = bytes[128];
    }
    if (fadt->length >= 256) {
        x86_acpi.sleep_reg_is_port = bytes[244] == 1;
        x86_acpi.sleep_reg = u64(bytes + 248);
    }
}

// The first allocation of segment 0 that starts with bus 0.
static void read_mcfg(const header_t *mcfg) {
    const uint8_t *bytes = (const uint8_t *)mcfg;
    for (uint32_t at = 44; at + 16 <= mcfg->length; at += 16) {
        if (bytes[at + 8] == 0 && bytes[at + 9] == 0 && bytes[at + 10] == 0) {
            x86_acpi.ecam_base = u64(bytes + at);
            x86_acpi.ecam_bytes = (bytes[at + 11] + 1ul) << 20;
            return;
        }
    }
}

static void read_table(uint64_t addr) {
    const header_t *table = table_at(addr);
    if (table == NULL) {
        return;
    }
    if (memcmp(table->signature, "APIC", 4) == 0) {
        read_madt(table);
    } else if (memcmp(table->signature, "FACP", 4) == 0) {
        read_fadt(table);
    } else if (memcmp(table->signature, "MCFG", 4) == 0) {
        read_mcfg(table);
    }
}

static const uint8_t *find_rsdp(uint64_t hint) {
    if (hint != 0) {
        return (const uint8_t *)hint;
    }
    for (uintptr_t at = 0xe0000; at < 0x100000; at += 16) {
        if (memcmp((void *)at, "RSD PTR ", 8) == 0 && sum_is_zero((void *)at, 20)) {
            return (const uint8_t *)at;
        }
    }
    return NULL;
}

void x86_acpi_init(uint64_t rsdp_addr) {
    for (unsigned i = 0; i < 16; ++i) {
        x86_acpi.isa[i].gsi = i;
    }
    const uint8_t *rsdp = find_rsdp(rsdp_addr);
    if (rsdp != NULL) {
        bool wide = rsdp[15] >= 2 && u64(rsdp + 24) != 0; // an XSDT with 64-bit addresses
        const header_t *root = table_at(wide ? u64(rsdp + 24) : u32(rsdp + 16));
        uint32_t end = root != NULL ? root->length : 0;
        unsigned size = wide ? 8 : 4;
        for (uint32_t at = sizeof(header_t); at + size <= end; at += size) {
            const uint8_t *entry = (const uint8_t *)root + at;
            read_table(wide ? u64(entry) : u32(entry));
        }
    }
    if (x86_acpi.lapic_addr == 0) {
        x86_acpi.lapic_addr = x86_rdmsr(X86_MSR_APIC_BASE) & ~0xffful;
    }
}
