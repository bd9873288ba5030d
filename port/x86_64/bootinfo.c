// SPDX-License-Identifier: MIT
// What the loader knows, from either kind of loader in one shape: RAM, where ACPI's tables begin,
// and the screen.
// Sources: Xen's public header arch-x86/hvm/start_info.h; Multiboot2 Specification 2.0, chapter
// 3.6.
// Invariant: the loader's lists may lie anywhere in RAM, also where pages are taken from later, so
// nothing points into them once x86_bootinfo_read() has returned but x86_bootinfo.rsdp, which is
// for x86_acpi_init(), before any page is taken.
#include <string.h>

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

enum { TAG_END = 0, TAG_MEMORY_MAP = 6, TAG_FRAMEBUFFER = 8, TAG_ACPI_OLD = 14, TAG_ACPI_NEW = 15 };

typedef struct {
    uint32_t type, size_bytes; // of this header and what follows
} tag_t;

x86_bootinfo_t x86_bootinfo;

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

static void read_pvh(const start_info_t *info) {
    if (info->magic != START_INFO_MAGIC || info->version < 1) {
        panic("bootinfo.c: the loader gave no memory map; use a PVH or Multiboot2 loader");
    }
    const x86_ram_t *map = (const x86_ram_t *)(uintptr_t)info->memmap;
    for (unsigned i = 0; i < info->memmap_entries; ++i) {
        x86_memory_add(&map[i]);
    }
    x86_bootinfo.rsdp = info->rsdp;
}

// Entry size, entry version, then entries that begin as x86_ram_t does, with the same types.
static void read_memory_map(const uint8_t *bytes, uint32_t size_bytes) {
    uint32_t step = u32(bytes + 8);
    for (uint32_t at = 16; step >= 20 && at + step <= size_bytes; at += step) {
        x86_ram_t ram = { u64(bytes + at), u64(bytes + at + 8), u32(bytes + at + 16), 0 };
        if (ram.type < X86_RAM_USABLE || ram.type > X86_RAM_NVS) {
            ram.type = X86_RAM_RESERVED; // 5, defective memory, and what may come
        }
        x86_memory_add(&ram);
    }
}

static void read_framebuffer(const uint8_t *bytes) {
    x86_bootinfo.screen = (x86_screen_t) {
        .base = u64(bytes + 8), .pitch_bytes = u32(bytes + 16), .width = u32(bytes + 20),
        .height = u32(bytes + 24), .depth_bits = bytes[28], .kind = bytes[29],
    };
}

static void read_multiboot(const uint8_t *info) {
    uint32_t end = u32(info);
    for (uint32_t at = 8; at + sizeof(tag_t) <= end;) {
        const uint8_t *bytes = info + at;
        uint32_t type = u32(bytes), size_bytes = u32(bytes + 4);
        if (type == TAG_END || size_bytes < sizeof(tag_t) || size_bytes > end - at) {
            break;
        }
        if (type == TAG_MEMORY_MAP) {
            read_memory_map(bytes, size_bytes);
        } else if (type == TAG_FRAMEBUFFER && size_bytes >= 32) {
            read_framebuffer(bytes);
        } else if (type == TAG_ACPI_NEW || (type == TAG_ACPI_OLD && x86_bootinfo.rsdp == 0)) {
            x86_bootinfo.rsdp = (uintptr_t)bytes + sizeof(tag_t); // a copy of the RSDP
        }
        at += (size_bytes + 7) & ~7u;
    }
}

void x86_bootinfo_read(const void *info, bool is_multiboot) {
    if (is_multiboot) {
        read_multiboot(info);
    } else {
        read_pvh(info);
    }
}
