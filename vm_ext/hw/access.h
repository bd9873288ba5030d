// SPDX-License-Identifier: MIT
// One access of exactly its width, 1, 2, 4 or 8 bytes, to what a node's window holds.
// Invariant: an address comes from a window that hw_within() has been asked about.
#ifndef VM_EXT_HW_ACCESS_H
#define VM_EXT_HW_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "hal/mmio.h"
#include "vm_ext/cap/cap.h"

static inline bool hw_within(const cap_node_t *node, uint64_t offset, unsigned width) {
    return node->length >= width && offset <= node->length - width && (offset & (width - 1)) == 0;
}

static inline uint64_t hw_load(uintptr_t addr, unsigned width) {
    switch (__builtin_expect(width, 4)) {
        case 1:
            return hal_mmio_read8(addr);
        case 2:
            return hal_mmio_read16(addr);
        case 4:
            return hal_mmio_read32(addr);
        default:
            return hal_mmio_read64(addr);
    }
}

static inline void hw_store(uintptr_t addr, unsigned width, uint64_t value) {
    switch (__builtin_expect(width, 4)) {
        case 1:
            hal_mmio_write8(addr, value);
            break;
        case 2:
            hal_mmio_write16(addr, value);
            break;
        case 4:
            hal_mmio_write32(addr, value);
            break;
        default:
            hal_mmio_write64(addr, value);
            break;
    }
}

#endif
