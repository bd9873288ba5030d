// SPDX-License-Identifier: MIT
// MicroPython's HAL functions over the hardware contract: console, clocks, delays, randomness.
#include <string.h>

#include "py/mphal.h"
#include "py/runtime.h"
#include "py/stream.h"
#include "shared/timeutils/timeutils.h"

#include "port/common/common.h"
#include "hal/board.h"
#include "hal/console.h"
#include "hal/time.h"
#include "vm_ext/isolate/isolate.h"
#include "vm_ext/isolate/rights.h"
#include "vm_ext/isolate/scratch.h"

#define OTHERS_LOOK_MS (10)

uintptr_t mp_hal_stdio_poll(uintptr_t poll_flags) {
    uintptr_t ready = poll_flags & MP_STREAM_POLL_WR;
    if (poll_flags & MP_STREAM_POLL_RD) {
        rights_need(RIGHT_CONSOLE);
        ready |= console_has_input() ? MP_STREAM_POLL_RD : 0;
    }
    return ready;
}

int mp_hal_stdin_rx_chr(void) {
    rights_need(RIGHT_CONSOLE);
    for (;;) {
        int c = console_getc();
        if (c >= 0) {
            return c;
        }
        if (isolate_cur() == console_isolate) {
            mp_event_wait_indefinite();
        } else {
            mp_event_wait_ms(OTHERS_LOOK_MS); // input wakes the shell only
        }
    }
}

mp_uint_t mp_hal_stdout_tx_strn(const char *str, size_t len) {
    if (isolate_cur() != console_isolate) {
        scratch_line_write(str, len);
        return len;
    }
    console_write(str, len);
    return len;
}

mp_uint_t mp_hal_ticks_ms(void) {
    return hal_time_ns() / 1000000;
}

mp_uint_t mp_hal_ticks_us(void) {
    return hal_time_ns() / 1000;
}

mp_uint_t mp_hal_ticks_cpu(void) {
    return hal_time_ns();
}

// Since the VM's own epoch, which is 2000 where integers are small.
uint64_t mp_hal_time_ns(void) {
    uint64_t unix_ns = common_unix_ns();
    uint64_t epoch_s = MICROPY_EPOCH_IS_1970 ? 0 : TIMEUTILS_SECONDS_1970_TO_2000;
    return unix_ns - epoch_s * 1000000000ULL;
}

#define DELAY_MAX_MS (1000000000000ull) // 31 years: end below does not overflow

void mp_hal_delay_ms(mp_uint_t ms) {
    uint64_t end = hal_time_ns() + MIN((uint64_t)ms, DELAY_MAX_MS) * 1000000;
    mp_event_handle_nowait();
    for (uint64_t now = hal_time_ns(); now < end; now = hal_time_ns()) {
        uint64_t left_ms = (end - now + 999999) / 1000000;
        mp_event_wait_ms(MIN(left_ms, 3600000));
    }
}

void mp_hal_delay_us(mp_uint_t us) {
    uint64_t end = hal_time_ns() + (uint64_t)us * 1000;
    if (us > 2000) {
        mp_hal_delay_ms(us / 1000 - 1);
    }
    while (hal_time_ns() < end) {
    }
}

unsigned long common_random_seed(void) {
    return hal_board_entropy();
}
