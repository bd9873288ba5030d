// SPDX-License-Identifier: MIT
// Time: a monotonic clock from kernel entry on, a one-shot timer per core, and the calendar.
#ifndef HAL_TIME_H
#define HAL_TIME_H

#include <stdint.h>

// Nanoseconds since the kernel was entered; monotonic, the same on every core.
uint64_t hal_time_ns(void);

// Call timer_on_expiry() on this core, in interrupt context, at or soon after this time. Arming
// replaces what was armed; a deadline that has passed fires at once. UINT64_MAX disarms.
void hal_timer_arm(uint64_t deadline_ns);

// The calendar at power on, in seconds since 1970-01-01 UTC; 0 where the machine has no clock.
uint64_t hal_time_unix_s(void);

// Implemented by port/common, called by the port.
void timer_on_expiry(void);

#endif
