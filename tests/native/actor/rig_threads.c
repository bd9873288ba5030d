// SPDX-License-Identifier: MIT
// Cores as threads. A thread of its own looks every half millisecond at what timers have come due.
#include <pthread.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include "hal/cpu.h"
#include "hal/fault.h"
#include "hal/smp.h"
#include "hal/time.h"
#include "vm_ext/actor/rt.h"
#include "rig.h"

static _Thread_local rig_core_t *this_core = &rig_cores[0];

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t wake;
} sleep_of[RIG_CORES_MAX];

static bool clock_stops;
static unsigned n_cores;

__attribute__((noinline)) rig_core_t *rig_core(void) {
    __asm volatile ("" ::: "memory"); // never remembered across a switch
    return this_core;
}

uint64_t hal_time_ns(void) {
    return rig_host_ns();
}

static void interrupt(unsigned id, uint32_t bit) {
    pthread_mutex_lock(&sleep_of[id].mutex);
    __atomic_fetch_or(&rig_cores[id].pending, bit, __ATOMIC_RELEASE); // pairs with rig_handlers()
    pthread_cond_signal(&sleep_of[id].wake);
    pthread_mutex_unlock(&sleep_of[id].mutex);
}

void hal_smp_ipi(unsigned core) {
    interrupt(core, PENDING_IPI);
}

void hal_timer_arm(uint64_t deadline_ns) {
    __atomic_store_n(&rig_core()->armed_ns, deadline_ns, __ATOMIC_RELAXED);
}

void hal_cpu_idle(void) {
    rig_core_t *core = rig_core();
    pthread_mutex_lock(&sleep_of[core->id].mutex);
    while (__atomic_load_n(&core->pending, __ATOMIC_RELAXED) == 0) {
        pthread_cond_wait(&sleep_of[core->id].wake, &sleep_of[core->id].mutex);
    }
    pthread_mutex_unlock(&sleep_of[core->id].mutex);
    rig_handlers(core);
}

void hal_cpu_relax(void) {
    sched_yield();
}

static void *clock_main(void *arg) {
    while (!__atomic_load_n(&clock_stops, __ATOMIC_RELAXED)) {
        uint64_t now = rig_host_ns();
        for (unsigned i = 0; i < n_cores; ++i) {
            uint64_t armed = __atomic_load_n(&rig_cores[i].armed_ns, __ATOMIC_RELAXED);
            if (armed <= now && __atomic_compare_exchange_n(&rig_cores[i].armed_ns, &armed,
                UINT64_MAX, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
                interrupt(i, PENDING_TIMER);
            }
        }
        usleep(500);
    }
    return NULL;
}

static void run_core(void *arg) {
    rt_core_run(((rig_core_t *)arg)->id);
}

static void *core_main(void *arg) {
    this_core = arg;
    rig_run_on_new_stack(run_core, arg);
    return NULL;
}

static pthread_t start_core(unsigned id) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, core_main, &rig_cores[id]) != 0) {
        panic("rig: no thread");
    }
    return thread;
}

bool rig_run(unsigned cores, uint64_t seed) {
    pthread_t threads[RIG_CORES_MAX], clock;
    n_cores = cores;
    for (unsigned i = 0; i < cores; ++i) { // all of them before one runs and interrupts another
        rig_cores[i] = (rig_core_t) { .id = i, .armed_ns = UINT64_MAX };
        pthread_mutex_init(&sleep_of[i].mutex, NULL);
        pthread_cond_init(&sleep_of[i].wake, NULL);
    }
    for (unsigned i = 0; i < cores; ++i) {
        threads[i] = start_core(i);
    }
    pthread_create(&clock, NULL, clock_main, NULL);
    for (unsigned i = 0; i < cores; ++i) {
        pthread_join(threads[i], NULL);
    }
    __atomic_store_n(&clock_stops, true, __ATOMIC_RELAXED);
    pthread_join(clock, NULL);
    return true;
}

void rig_poll(void) {
    rig_take_interrupts();
}

#if RT_CHAOS
// Now and then another thread gets the CPU in the middle of a protocol.
void rt_chaos(const char *point) {
    static _Thread_local uint32_t random = 1;
    random = random * 1664525 + 1013904223;
    if (random >> 24 == 0) {
        sched_yield();
    }
    rig_take_interrupts();
}
#endif
