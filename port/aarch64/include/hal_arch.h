// SPDX-License-Identifier: MIT
// Device memory is mapped nGnRE, so accesses to one device stay in order; these order them with
// normal memory: a value read is in before later accesses, and earlier stores are out before a
// write.
#ifndef HAL_ARCH_H
#define HAL_ARCH_H

#define hal_mmio_rmb() __asm volatile ("dmb oshld" ::: "memory")
#define hal_mmio_wmb() __asm volatile ("dmb oshst" ::: "memory")

#endif
