// SPDX-License-Identifier: MIT
// Device registers: width-exact, never split, merged or reordered by the compiler. On ports whose
// memory model is weaker than the device's expectation the port's arch header adds the barriers:
// a read completes before what follows it, a write becomes visible after what precedes it.
#ifndef HAL_MMIO_H
#define HAL_MMIO_H

#include <stdint.h>

#include "hal_arch.h" // hal_mmio_rmb(), hal_mmio_wmb()

#define HAL_MMIO_ACCESSORS(bits) \
    static inline uint##bits##_t hal_mmio_read##bits(uintptr_t addr) { \
        uint##bits##_t value = *(volatile uint##bits##_t *)addr; \
        hal_mmio_rmb(); \
        return value; \
    } \
    static inline void hal_mmio_write##bits(uintptr_t addr, uint##bits##_t value) { \
        hal_mmio_wmb(); \
        *(volatile uint##bits##_t *)addr = value; \
    }

HAL_MMIO_ACCESSORS(8)
HAL_MMIO_ACCESSORS(16)
HAL_MMIO_ACCESSORS(32)
HAL_MMIO_ACCESSORS(64)

#endif
