// SPDX-License-Identifier: MIT
// A machine for the actor runtime's native tests, in two builds of the same functions:
// rig_threads.c: a core is a thread; rig_sim.c: all cores on one thread, which of them goes on is
// decided at every rt_chaos() by a generator with a seed, so that a run can be repeated exactly. In
// both, interrupts are taken at rt_chaos() and rig_poll() only: where an actor's code calls one of
// them, it can be preempted.
#ifndef RIG_H
#define RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Runs the runtime on so many cores until rt_stop(), or, simulated, until nothing can happen any
// more (false).
bool rig_run(unsigned cores, uint64_t seed);
void rig_poll(void);
// fn(arg) as an interrupt of this core, now or soon.
void rig_line_interrupt(void (*fn)(void *arg), void *arg);

// Everything that was allocated and not freed.
long rig_blocks_live(void);
long rig_stacks_made(void);

// --- between the files of the rig
typedef struct {
    unsigned id;
    bool irq_off;
    uint32_t pending;               // atomic: PENDING_*
    uint64_t armed_ns;              // atomic
    void (*line_fn)(void *arg);
    void *line_arg;
} rig_core_t;

enum { PENDING_TIMER = 1, PENDING_IPI = 2, PENDING_LINE = 4 };
enum { RIG_STACK_BYTES = 64 * 1024, RIG_CORES_MAX = 16 };

extern rig_core_t rig_cores[RIG_CORES_MAX];
rig_core_t *rig_core(void);
void rig_take_interrupts(void);     // if enabled
void rig_handlers(rig_core_t *core);
void *rig_stack_new(void);          // RIG_STACK_BYTES, aligned to as much
void rig_run_on_new_stack(void (*fn)(void *arg), void *arg);
uint64_t rig_host_ns(void);

#endif
