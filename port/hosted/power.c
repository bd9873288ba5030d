// SPDX-License-Identifier: MIT
// The ways out of the process. Each leaves the terminal as it was; none runs libc's exit handlers,
// since other threads still run.
#include <stdlib.h>
#include <unistd.h>

#include "hal/power.h"
#include "hosted.h"

enum { STATUS_HANG_UP = 1 };

static char **arguments;

void hosted_power_init(char **argv) {
    arguments = argv;
}

static void __attribute__((noreturn)) leave(int status) {
    hosted_terminal_restore();
    _exit(status);
}

void hal_power_off(void) {
    leave(0);
}

void hal_power_fail(void) {
    leave(HAL_FAIL_STATUS);
}

void hosted_hang_up(void) {
    // A panic writes with interrupts disabled, nothing else does; its status matters more.
    leave(hosted_core != NULL && hosted_irq_off_get() ? HAL_FAIL_STATUS : STATUS_HANG_UP);
}

// The same program again, in the same process: standard input and output stay. ANTARESIA_REBOOT=0
// makes a reset the end, as QEMU's -no-reboot does: tools/run --exec wants one run.
void hal_power_reset(void) {
    const char *reboot = getenv("ANTARESIA_REBOOT");
    if (reboot != NULL && reboot[0] == '0') {
        leave(0);
    }
    hosted_terminal_restore();
    execv("/proc/self/exe", arguments);
    leave(HAL_FAIL_STATUS);
}

hal_reset_cause_t hal_power_reset_cause(void) {
    return HAL_RESET_POWER_ON;
}
