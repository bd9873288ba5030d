// SPDX-License-Identifier: MIT
// Sleep and wake. A core that finds nothing, anywhere, sets its bit in `sleepers`, looks again, and halts. Who has
// put work where others may take it looks at `sleepers`, takes one bit away and interrupts that core.
//
// No lost wake-up: the sleeper writes its bit, then reads the queues; the pusher writes its queue, then reads the
// bits; a sequentially consistent fence is between the two in each. So at least one of them sees the other. The
// interrupt cannot come too early to end the halt: hal_cpu_idle() is entered with interrupts disabled, after the
// last look at the bit, and ends at once if one is pending.
// The word `sleepers` is read on the way of a push and written only when a core goes to sleep or is woken.
// Checked by models/sleep.pml.
#include "vm_ext/actor/core.h"
#include "vm_ext/actor/pages.h"
#include "hal/cpu.h"
#include "hal/irq.h"
#include "hal/smp.h"
#include "hal/time.h"

#define TRIM_EVERY_NS (10000000)

#if RT_SMP

static _Alignas(64) uint64_t sleepers;

bool core_wake(unsigned core) {
    uint64_t bit = 1ull << core;
    // One of several wakers gets the bit. The interrupt carries no data: what the core finds it acquires from queues.
    if ((at_load(&sleepers) & bit) == 0 || (at_and_sc(&sleepers, ~bit) & bit) == 0) {
        return false;
    }
    hal_smp_ipi(core);
    return true;
}

void core_wake_another(rt_core_t *core) {
    at_fence_sc(); // after the push, before the look: pairs with the fence in core_idle()
    rt_chaos("wake another");
    uint64_t asleep = at_load(&sleepers) & ~(1ull << core->id);
    while (asleep != 0) {
        unsigned other = __builtin_ctzll(asleep);
        if (core_wake(other)) {
            ++core->stats.wakes_sent;
            trace(core, RT_TRACE_WAKE_CORE, NULL, other);
            return;
        }
        asleep &= asleep - 1;
    }
}

static bool work_anywhere(const rt_core_t *core) {
    if (at_load(&core->inbox) != NULL || at_load(&rt_stopping)) {
        return true;
    }
    for (unsigned i = 0; i < rt_n_cores; ++i) {
        for (unsigned prio = 0; prio < RT_PRIOS; ++prio) {
            if (queue_has(&rt_cores[i], prio)) {
                return true;
            }
        }
    }
    return false;
}

static bool lie_down(const rt_core_t *core) {
    at_or_sc(&sleepers, 1ull << core->id);
    at_fence_sc(); // pairs with core_wake_another() and core_send_to()
    rt_chaos("lie down");
    return !work_anywhere(core);
}

static bool still_down(const rt_core_t *core) {
    return at_load(&sleepers) >> core->id & 1;
}

static void get_up(const rt_core_t *core) {
    if (still_down(core)) {
        at_and_sc(&sleepers, ~(1ull << core->id));
    }
}

#else

bool core_wake(unsigned core) {
    return false;
}

void core_wake_another(rt_core_t *core) {
}

static bool lie_down(const rt_core_t *core) {
    return true;
}

static bool still_down(const rt_core_t *core) {
    return true;
}

static void get_up(const rt_core_t *core) {
}

#endif

// Before a sleep that may be long: what this core keeps of empty slabs may be what another core lacks.
static void trim(rt_core_t *core) {
    uint64_t now = hal_time_ns();
    if (now - core->trimmed_ns >= TRIM_EVERY_NS) {
        core->trimmed_ns = now;
        rt_mem_trim();
    }
}

// The timer is left as it is, armed for the end of a slice perhaps: if the core is needed again before that, which
// is often, nothing was armed in vain. If it expires in the idle core, only timers count from then on.
void core_idle(rt_core_t *core) {
    if (lie_down(core)) {
        core->idle = 1;
        ++core->stats.sleeps;
        trace(core, RT_TRACE_SLEEP, NULL, 0);
        trim(core);
        timer_arm(core, timer_first(core));
        hal_irq_state_t state = hal_irq_disable();
        if (!core->poll && still_down(core) && !at_load(&rt_stopping)) {
            hal_cpu_idle();
        }
        hal_irq_restore(state);
    }
    get_up(core);
}

void rt_stop(void) {
    at_store_rel(&rt_stopping, true);
    at_fence_sc();
    for (unsigned i = 0; i < rt_n_cores; ++i) {
        hal_smp_ipi(i);
    }
}
