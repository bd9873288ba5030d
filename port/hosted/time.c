// SPDX-License-Identifier: MIT
// Time from the host's monotonic clock, zero when the process started; the one-shot timer of a core
// is a POSIX timer that signals the core's own thread.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "hal/time.h"
#include "hosted.h"

#define NS_PER_S (1000000000ull)

static uint64_t start_ns;
static uint64_t start_unix_s;

static uint64_t read_clock(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

void hosted_time_init(void) {
    start_ns = read_clock(CLOCK_MONOTONIC);
    start_unix_s = read_clock(CLOCK_REALTIME) / NS_PER_S;
}

uint64_t hal_time_ns(void) {
    return read_clock(CLOCK_MONOTONIC) - start_ns;
}

uint64_t hal_time_unix_s(void) {
    return start_unix_s;
}

void hosted_timer_init(hosted_core_t *core) {
    struct sigevent event = {
        .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = hosted_irq_signal(HOSTED_IRQ_TIMER),
        ._sigev_un._tid = gettid(),
    };
    if (timer_create(CLOCK_MONOTONIC, &event, &core->timer) != 0) {
        perror("antaresia: no timer");
        hosted_terminal_restore();
        exit(1);
    }
}

// All zeros would mean "disarm"; no deadline is, since the host's clock is not zero at our start.
static void set_timer(hosted_core_t *core, uint64_t host_ns) {
    struct itimerspec when = {
        .it_value = { .tv_sec = host_ns / NS_PER_S, .tv_nsec = host_ns % NS_PER_S },
    };
    timer_settime(core->timer, TIMER_ABSTIME, &when, NULL);
}

void hal_timer_arm(uint64_t deadline_ns) {
    hosted_core_t *core = hosted_core;
    bool was_armed = core->deadline_ns != UINT64_MAX;
    core->deadline_ns = deadline_ns;
    if (deadline_ns == UINT64_MAX) {
        if (was_armed) {
            set_timer(core, 0);
        }
    } else {
        uint64_t latest = INT64_MAX - start_ns; // the host's clock is signed
        set_timer(core, start_ns + (deadline_ns < latest ? deadline_ns : latest));
    }
}

void hosted_timer_interrupt(void) {
    hosted_core_t *core = hosted_core;
    if (hal_time_ns() < core->deadline_ns) {
        return; // disarmed or armed again while the signal was on its way
    }
    core->deadline_ns = UINT64_MAX;
    timer_on_expiry();
}
