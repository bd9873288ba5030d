// SPDX-License-Identifier: MIT
// A process has no device registers; what is read and written is memory, and the compiler is held
// back.
#ifndef HAL_ARCH_H
#define HAL_ARCH_H

#define hal_mmio_rmb() __asm volatile ("" ::: "memory")
#define hal_mmio_wmb() __asm volatile ("" ::: "memory")

#endif
