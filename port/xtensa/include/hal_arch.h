// SPDX-License-Identifier: MIT
// memw orders every earlier load and store before every later one, device registers included.
#ifndef HAL_ARCH_H
#define HAL_ARCH_H

#define hal_mmio_rmb() __asm volatile ("memw" ::: "memory")
#define hal_mmio_wmb() __asm volatile ("memw" ::: "memory")

#endif
