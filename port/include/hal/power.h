// SPDX-License-Identifier: MIT
// The ways to stop. Each works with interrupts in any state, on any core.
#ifndef HAL_POWER_H
#define HAL_POWER_H

// What an emulator (or the hosted process) exits with after hal_power_fail().
#define HAL_FAIL_STATUS (67)

// Why the machine runs from its start: power on where it cannot tell.
typedef enum {
    HAL_RESET_POWER_ON = 1,
    HAL_RESET_PIN,      // its reset button
    HAL_RESET_WATCHDOG,
    HAL_RESET_SOFTWARE, // hal_power_reset()
} hal_reset_cause_t;
hal_reset_cause_t hal_power_reset_cause(void);

// Power off: an emulator exits with status 0.
void hal_power_off(void) __attribute__((noreturn));

// Reset the machine, as its reset button would.
void hal_power_reset(void) __attribute__((noreturn));

// Stop after a panic: an emulator exits with HAL_FAIL_STATUS; real hardware halts, with the
// message still on the console.
void hal_power_fail(void) __attribute__((noreturn));

#endif
