// SPDX-License-Identifier: MIT
// All cores on one thread. At every rt_chaos() the generator decides whether another core goes on,
// how much time has passed, and with that which interrupts come. Nothing else decides anything: the
// same seed, the same run.
#include <stdio.h>
#include <stdlib.h>

#include "hal/cpu.h"
#include "hal/fault.h"
#include "hal/smp.h"
#include "hal/time.h"
#include "vm_ext/actor/rt.h"
#include "rig.h"

void rig_switch(void **save_sp, void *to_sp);
void *rig_make(void *top, void (*entry)(void *arg), void *arg);

static struct {
    void *sp;
    bool idle, ended;
} cores[RIG_CORES_MAX];

static unsigned n_cores, current;
static uint64_t random_state, now_ns;
static void *driver_sp;
static bool stuck;

static uint32_t draw(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state >> 32;
}

rig_core_t *rig_core(void) {
    return &rig_cores[current];
}

uint64_t hal_time_ns(void) {
    return now_ns;
}

static void fire_timers(void) {
    for (unsigned i = 0; i < n_cores; ++i) {
        if (rig_cores[i].armed_ns <= now_ns) {
            rig_cores[i].armed_ns = UINT64_MAX;
            rig_cores[i].pending |= PENDING_TIMER;
        }
    }
}

static bool can_run(unsigned id) {
    return !cores[id].ended && (!cores[id].idle || rig_cores[id].pending != 0);
}

// To the next event, when all cores idle. False: there is none.
static bool skip_time(void) {
    uint64_t first = UINT64_MAX;
    for (unsigned i = 0; i < n_cores; ++i) {
        first = rig_cores[i].armed_ns < first ? rig_cores[i].armed_ns : first;
    }
    if (first == UINT64_MAX) {
        return false;
    }
    now_ns = first > now_ns ? first : now_ns;
    fire_timers();
    return true;
}

// Another core that can run, or this one; without any, back to the driver for good.
static void go_on_somewhere(void) {
    unsigned candidates[RIG_CORES_MAX], n = 0;
    do {
        for (unsigned i = 0; i < n_cores; ++i) {
            if (can_run(i)) {
                candidates[n++] = i;
            }
        }
    } while (n == 0 && skip_time());
    unsigned from = current;
    if (n == 0) {
        stuck = true;
        rig_switch(&cores[from].sp, driver_sp);
        return;
    }
    current = candidates[draw() % n];
    if (current != from) {
        rig_switch(&cores[from].sp, cores[current].sp);
    }
}

void rt_chaos(const char *point) {
    if (driver_sp == NULL) {
        return; // before the cores run
    }
    now_ns += draw() % 2000;
    if (draw() % 64 == 0) {
        now_ns += draw() % RT_SLICE_NS;
    }
    fire_timers();
    if (draw() % 4 == 0) {
        go_on_somewhere();
    }
    rig_take_interrupts();
}

void rig_poll(void) {
    rt_chaos("poll");
}

void hal_cpu_idle(void) {
    rig_core_t *core = rig_core();
    cores[core->id].idle = true;
    while (core->pending == 0) {
        go_on_somewhere();
    }
    cores[core->id].idle = false;
    rig_handlers(core);
}

void hal_cpu_relax(void) {
    rt_chaos("relax");
}

void hal_smp_ipi(unsigned core) {
    rig_cores[core].pending |= PENDING_IPI;
}

void hal_timer_arm(uint64_t deadline_ns) {
    rig_core()->armed_ns = deadline_ns;
}

static void core_main(void *arg) {
    rt_core_run(current);
    cores[current].ended = true;
    unsigned left = 0;
    for (unsigned i = 0; i < n_cores; ++i) {
        left += !cores[i].ended;
    }
    void *dropped;
    if (left == 0) {
        rig_switch(&dropped, driver_sp);
    }
    go_on_somewhere();
    abort();
}

bool rig_run(unsigned count, uint64_t seed) {
    n_cores = count;
    random_state = seed * 0x9e3779b97f4a7c15 + 1;
    for (unsigned i = 0; i < count; ++i) {
        char *stack = rig_stack_new();
        rig_cores[i] = (rig_core_t) { .id = i, .armed_ns = UINT64_MAX };
        cores[i].sp = rig_make(stack + RIG_STACK_BYTES, core_main, NULL);
    }
    current = 0;
    rig_switch(&driver_sp, cores[0].sp);
    return !stuck;
}
