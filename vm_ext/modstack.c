// SPDX-License-Identifier: MIT
// Module _stack: the port's switch of C stacks at work, so that tests can see it on every machine: back and forth, by
// force in the middle of a computation, and from core to core.
// Invariant: `job` is used by one core at a time; it is passed on, by an atomic slot, after the switch
// away from it only.
#include <string.h>

#include "py/mperrno.h"
#include "py/runtime.h"

#include "hal/cpu.h"
#include "hal/irq.h"
#include "hal/smp.h"
#include "hal/stack.h"
#include "hal/time.h"
#include "port/common/common.h"
#include "vm_ext/actor/rt.h"

#if PORT_FAULT_MODULE

#define SLICE_NS (100000)
#define HEAP_STACK_BYTES (4096) // where the port has no memory set aside for stacks

enum { WORDS = 8, VECTORS = 12, CORES_MAX = PORT_SMALL ? 1 : SMP_MAX_CORES };

typedef uint32_t vector_t __attribute__((vector_size(16)));

// A computation in which no error is ever lost: each step is a bijection of the whole state.
typedef struct {
    uint32_t words[WORDS];
    #if !PORT_SMALL
    vector_t vectors[VECTORS];
    double sums[4];
    #endif
} state_t;

typedef struct {
    void *sp;
    bool stop;                  // atomic
    bool finished;
    uint32_t rounds;
    state_t state;
} job_t;

static job_t job;
static struct {
    void *sp;                               // what hands out slices on this core
    job_t *running;                         // atomic: others reset it between two jobs
    uint32_t slices;
} cores[CORES_MAX];

static void *stack_bottom, *stack_top;

static void *take_stack(void) {
    if (stack_bottom == NULL) {
        stack_bottom = hal_stack_alloc(&stack_top);
    }
    if (stack_bottom != NULL) {
        return NULL;
    }
    char *memory = m_new(char, HEAP_STACK_BYTES + 64);
    stack_bottom = (void *)(((uintptr_t)memory + 63) & ~(uintptr_t)63);
    stack_top = (char *)stack_bottom + HEAP_STACK_BYTES;
    return memory;
}

static void give_stack(void *memory) {
    if (memory != NULL) {
        stack_bottom = NULL;
        m_del(char, memory, HEAP_STACK_BYTES + 64);
    }
}

// --- back and forth

static void *here_sp, *there_sp;
static volatile uint32_t echoes;

static void echo(void *arg) {
    for (;;) {
        ++echoes;
        hal_stack_switch(&there_sp, here_sp);
    }
}

// ping_pong(n) -> nanoseconds that n times there and back took. AssertionError if one got lost.
static mp_obj_t stack_ping_pong(mp_obj_t n_in) {
    uint32_t n = mp_obj_get_int(n_in);
    void *memory = take_stack();
    hal_irq_state_t state = hal_irq_disable();
    echoes = 0;
    there_sp = hal_stack_make(stack_bottom, stack_top, echo, NULL);
    uint64_t start = hal_time_ns();
    for (uint32_t i = 0; i < n; ++i) {
        hal_stack_switch(&here_sp, there_sp);
    }
    uint64_t ns = hal_time_ns() - start;
    hal_irq_restore(state);
    give_stack(memory);
    if (echoes != n) {
        mp_raise_type(&mp_type_AssertionError);
    }
    return mp_obj_new_int_from_ull(ns);
}
static MP_DEFINE_CONST_FUN_OBJ_1(stack_ping_pong_obj, stack_ping_pong);

// --- a computation that is interrupted

#define EACH_WORD(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7)
#define EACH_VECTOR(DO) EACH_WORD(DO) DO(8) DO(9) DO(10) DO(11)
#define EACH_SUM(DO) DO(0) DO(1) DO(2) DO(3)

// All of it in local variables, so that as much as fits is in registers; `limit` rounds, or until *stop.
__attribute__((noinline)) static uint32_t compute(state_t *out, uint32_t limit, const bool *stop) {
    #define DECLARE(i) uint32_t w##i = 1 + i;
    EACH_WORD(DECLARE)
    #undef DECLARE
    #if !PORT_SMALL
    #define DECLARE(i) vector_t v##i = { i, 2 * i + 1, 3 * i + 2, 5 * i + 3 };
    EACH_VECTOR(DECLARE)
    #undef DECLARE
    #define DECLARE(i) double s##i = i;
    EACH_SUM(DECLARE)
    #undef DECLARE
    #endif
    uint32_t round = 0;
    for (; round < limit && !__atomic_load_n(stop, __ATOMIC_RELAXED); ++round) {
        #define STEP(i) w##i = w##i * (2 * i + 1) + round;
        EACH_WORD(STEP)
        #undef STEP
        #if !PORT_SMALL
        #define STEP(i) v##i += (vector_t) { 1 + i, 3 + i, 5 + i, 7 + i } ^ round;
        EACH_VECTOR(STEP)
        #undef STEP
        #define STEP(i) s##i += 1.0 + i;
        EACH_SUM(STEP)
        #undef STEP
        #endif
    }
    #define STORE(i) out->words[i] = w##i;
    EACH_WORD(STORE)
    #undef STORE
    #if !PORT_SMALL
    #define STORE(i) out->vectors[i] = v##i;
    EACH_VECTOR(STORE)
    #undef STORE
    #define STORE(i) out->sums[i] = s##i;
    EACH_SUM(STORE)
    #undef STORE
    #endif
    return round;
}

static void work(void *arg) {
    hal_irq_restore(0);
    job.rounds = compute(&job.state, UINT32_MAX, &job.stop);
    hal_irq_disable();
    job.finished = true;
    hal_stack_switch(&job.sp, cores[hal_cpu_id()].sp);
}

static bool on_irq_exit(bool now) {
    unsigned core = hal_cpu_id();
    job_t *running = __atomic_load_n(&cores[core].running, __ATOMIC_RELAXED);
    if (now) {
        hal_stack_switch(&running->sp, cores[core].sp); // returns on any core
    }
    return running != NULL;
}

// Other values in all registers that a computation may use.
static void disturb(void) {
    static const bool never;
    state_t other;
    compute(&other, 3, &never);
}

static void slice(unsigned core) {
    __atomic_store_n(&cores[core].running, &job, __ATOMIC_RELAXED);
    cores[core].slices++;
    hal_timer_arm(hal_time_ns() + SLICE_NS);
    hal_stack_switch(&cores[core].sp, job.sp);
    __atomic_store_n(&cores[core].running, NULL, __ATOMIC_RELAXED);
    disturb();
}

static void begin(void) {
    memset(&job, 0, sizeof(job));
    for (unsigned core = 0; core < CORES_MAX; ++core) {
        __atomic_store_n(&cores[core].running, NULL, __ATOMIC_RELAXED);
        cores[core].slices = 0;
    }
    job.sp = hal_stack_make(stack_bottom, stack_top, work, NULL);
    rt_set_irq_exit_hook(on_irq_exit);
}

static void end(void *memory) {
    static const bool never;
    rt_set_irq_exit_hook(NULL);
    hal_timer_arm(hal_time_ns()); // whose timer it is sets it anew
    hal_irq_restore(0);
    give_stack(memory);
    state_t expected;
    memset(&expected, 0, sizeof(expected));
    compute(&expected, job.rounds, &never);
    if (memcmp(&expected, &job.state, sizeof(expected)) != 0) {
        mp_raise_type(&mp_type_AssertionError);
    }
}

// preempt(n) -> the rounds of a computation that interrupts took the CPU from n times.
// AssertionError if it comes to another result than one that was left alone.
static mp_obj_t stack_preempt(mp_obj_t n_in) {
    uint32_t n = mp_obj_get_int(n_in);
    void *memory = take_stack();
    hal_irq_disable();
    begin();
    for (uint32_t i = 0; !job.finished; ++i) {
        __atomic_store_n(&job.stop, i >= n, __ATOMIC_RELAXED);
        slice(hal_cpu_id());
    }
    end(memory);
    return mp_obj_new_int_from_uint(job.rounds);
}
static MP_DEFINE_CONST_FUN_OBJ_1(stack_preempt_obj, stack_preempt);

// --- the same from core to core

#if !PORT_SMALL // those have one core, without atomic instructions

static job_t *slots[CORES_MAX]; // atomic: the job is this core's next
static bool relay_over;         // atomic
static unsigned relay_left;     // atomic: other cores that are still in relay()
static uint32_t relay_slices;   // atomic

static void pass(unsigned core) {
    __atomic_store_n(&slots[core], &job, __ATOMIC_RELEASE); // pairs with relay()
    hal_smp_ipi(core);
}

static void relay(void *arg) {
    unsigned core = hal_cpu_id();
    uint32_t n = *(uint32_t *)arg;
    while (!__atomic_load_n(&relay_over, __ATOMIC_ACQUIRE)) {
        if (__atomic_exchange_n(&slots[core], NULL, __ATOMIC_ACQUIRE) == NULL) {
            hal_cpu_idle(); // until the interrupt that pass() sends, or another
            continue;
        }
        uint32_t done = __atomic_fetch_add(&relay_slices, 1, __ATOMIC_RELAXED);
        __atomic_store_n(&job.stop, done >= n, __ATOMIC_RELAXED);
        slice(core);
        if (job.finished) {
            __atomic_store_n(&relay_over, true, __ATOMIC_RELEASE);
            for (unsigned other = 0; other < hal_cpu_count(); ++other) {
                hal_smp_ipi(other);
            }
        } else {
            pass((core + 1) % hal_cpu_count());
        }
    }
    hal_timer_arm(hal_time_ns());
    __atomic_fetch_sub(&relay_left, 1, __ATOMIC_RELEASE);
}

static void relay_elsewhere(void *n) {
    hal_irq_disable();
    relay(n);
    hal_irq_restore(0);
}

// migrate(n) -> how often each core had the computation, which goes to the next one each time.
static mp_obj_t stack_migrate(mp_obj_t n_in) {
    uint32_t n = mp_obj_get_int(n_in);
    unsigned count = hal_cpu_count();
    void *memory = take_stack();
    hal_irq_disable();
    begin();
    relay_over = false;
    relay_slices = 0;
    __atomic_store_n(&relay_left, count, __ATOMIC_RELAXED);
    unsigned here = hal_cpu_id();
    for (unsigned core = 0; core < count; ++core) {
        while (core != here && rt_core_call(core, relay_elsewhere, &n) != 0) {
            hal_cpu_relax();
        }
    }
    pass(here);
    relay(&n);
    while (__atomic_load_n(&relay_left, __ATOMIC_ACQUIRE) != 0) {
        hal_cpu_relax();
    }
    end(memory);
    mp_obj_t list = mp_obj_new_list(0, NULL);
    for (unsigned core = 0; core < count; ++core) {
        mp_obj_list_append(list, mp_obj_new_int_from_uint(cores[core].slices));
    }
    return list;
}
static MP_DEFINE_CONST_FUN_OBJ_1(stack_migrate_obj, stack_migrate);

#endif

// --- the guard

static int recurse(volatile int depth) {
    volatile char frame[64];
    frame[0] = depth;
    return depth < 0 ? 0 : recurse(depth + 1) + frame[0]; // the guard comes long before INT_MAX
}

static void overflow(void *arg) {
    hal_irq_restore(0);
    recurse(0);
}

// overflow(): recursion in C on a stack that is not the first. Does not return.
static mp_obj_t stack_overflow(void) {
    void *memory = take_stack();
    void *bottom = stack_bottom;
    if (memory != NULL) {
        stack_bottom = NULL; // the VM's heap goes with the VM
    }
    hal_irq_disable();
    hal_stack_switch(&here_sp, hal_stack_make(bottom, stack_top, overflow, NULL));
    mp_raise_OSError(MP_EOPNOTSUPP);
}
static MP_DEFINE_CONST_FUN_OBJ_0(stack_overflow_obj, stack_overflow);

static const mp_rom_map_elem_t stack_module_globals_table[] = {
    { MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR__stack) },
    { MP_ROM_QSTR(MP_QSTR_ping_pong), MP_ROM_PTR(&stack_ping_pong_obj) },
    { MP_ROM_QSTR(MP_QSTR_preempt), MP_ROM_PTR(&stack_preempt_obj) },
    #if !PORT_SMALL
    { MP_ROM_QSTR(MP_QSTR_migrate), MP_ROM_PTR(&stack_migrate_obj) },
    #endif
    { MP_ROM_QSTR(MP_QSTR_overflow), MP_ROM_PTR(&stack_overflow_obj) },
};
static MP_DEFINE_CONST_DICT(stack_module_globals, stack_module_globals_table);

const mp_obj_module_t mp_module_stack = {
    .base = { &mp_type_module },
    .globals = (mp_obj_dict_t *)&stack_module_globals,
};
MP_REGISTER_MODULE(MP_QSTR__stack, mp_module_stack);

#endif
