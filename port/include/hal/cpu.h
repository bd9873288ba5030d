// SPDX-License-Identifier: MIT
// The processor: how many cores, which one this is, how to wait, and the values a collector must
// see. This header and its neighbours are the porting checklist: a port that lacks one function
// does not link.
#ifndef HAL_CPU_H
#define HAL_CPU_H

#include <stddef.h>
#include <stdint.h>

// Number of cores that run, 1 until hal_smp_start() has returned. Cores are numbered from 0, the
// core that booted; the number is dense and has no relation to a hardware id.
unsigned hal_cpu_count(void);
unsigned hal_cpu_id(void);

// Frequency of the core's cycle counter in Hz, as measured or read at boot.
uint64_t hal_cpu_freq_hz(void);

// The core's name for people, such as "QEMU Virtual CPU version 2.5+" or "Cortex-A53".
const char *hal_cpu_name(void);

// Wait for an interrupt. The caller has disabled interrupts and has seen, after that, that there is
// nothing to do; an interrupt that is pending already ends the wait at once, so no wake-up is lost.
// The interrupt is served before this returns, with interrupts disabled again.
void hal_cpu_idle(void);

// A hint inside a spin loop.
void hal_cpu_relax(void);

// Store the callee-saved registers on the stack, then call fn(sp, arg), where sp is the lowest
// address that holds them. Words in [sp, top of this stack) are then all the roots that the
// caller's C frames have.
void hal_cpu_with_saved_regs(void (*fn)(void *sp, void *arg), void *arg);

// The range of code (.text), so that a backtrace can tell a return address from data.
void hal_cpu_text_range(uintptr_t *start, uintptr_t *end);

#endif
