// SPDX-License-Identifier: MIT
// x86 orders device accesses to uncached memory by itself; only the compiler must be held back.
#ifndef HAL_ARCH_H
#define HAL_ARCH_H

#define hal_mmio_rmb() __asm volatile ("" ::: "memory")
#define hal_mmio_wmb() __asm volatile ("" ::: "memory")

#endif
