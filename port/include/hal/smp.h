// SPDX-License-Identifier: MIT
// More than one core. On a port with a single core hal_smp_start() does nothing and returns 1.
#ifndef HAL_SMP_H
#define HAL_SMP_H

// Start every other core that the platform reports, up to max_cores in all. Each gets a stack of
// its own, interrupts disabled, and calls smp_core_main(core), which must not return. Returns the
// number of cores that run, this one included, once all of them have reached smp_core_main or
// failed to. Called once, before hal_mem_region(): the port may take memory for the cores.
unsigned hal_smp_start(unsigned max_cores);

// Interrupt another core (or this one): it calls smp_on_ipi().
void hal_smp_ipi(unsigned core);

// Stop every other core for good, for a panic: works also when they have interrupts disabled where
// the platform offers a way.
void hal_smp_stop_others(void);

// Implemented by port/common, called by the port.
void smp_core_main(unsigned core) __attribute__((noreturn));
void smp_on_ipi(void);

#endif
