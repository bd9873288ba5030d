// SPDX-License-Identifier: MIT
// A core as the runtime's files see it.
//
// Interrupt handlers touch `poll`, `ticked`, `ipi` and `lines` of their own core, with interrupts disabled, and
// nothing else: everything they cause is done by the scheduler, in ordinary context, at its next turn. The
// interrupted actor, if preemptible, is switched away from at the end of the interrupt, so that turn is at once.
// All other fields are the core's own, used with current == NULL or in nopreempt; except those below `deques`.
#ifndef VM_EXT_ACTOR_CORE_H
#define VM_EXT_ACTOR_CORE_H

#include "vm_ext/actor/actor.h"
#if RT_SMP
#include "vm_ext/actor/deque.h"
#endif

// At the top of the stack's own memory.
struct rt_stack {
    rt_stack_t *next;
    void *bottom;
    bool from_pages;            // stacks.c
};

// What an actor left its stack for: tells the scheduler what to do with it.
typedef enum { LEFT_NOTHING, LEFT_BLOCKED, LEFT_EXIT, LEFT_INTERRUPTED, LEFT_YIELD, LEFT_STACK } rt_left_t;

typedef struct {
    rt_actor_t *first, *last;
} rt_fifo_t;

struct rt_core {
    rt_actor_t *volatile current;       // runs an actor's code; NULL: the scheduler's
    rt_actor_t *next;                   // made ready last, runs next: a conversation stays in the cache
    rt_actor_t *handoff;                // picked on an actor's stack, to be run from the scheduler's
    void *sp;                           // the scheduler's context, while an actor's code runs
    uint8_t left;                       // rt_left_t: why the last actor's code was left
    uint8_t id;
    uint8_t next_left;                  // how often `next` may still go before the queue
    uint8_t slice_over;
    volatile uint8_t poll;              // an interrupt left something to do
    volatile uint8_t ticked, ipi;
    uint8_t idle;
    uint32_t picks;
    uint32_t random;
    rt_line_t *volatile lines;          // interrupt lines with something to post
    rt_timer_t *timers;                 // root of the heap
    uint64_t armed_ns;                  // RT_FOREVER: the timer is not armed
    uint64_t tick_ns;                   // when the running slice ends
    uint64_t trimmed_ns;                // when rt_mem_trim() was last called
    uint64_t charged_ns;                // until when time has been charged to actors
    rt_fifo_t fifos[RT_PRIOS];          // the run queues of START; overflow of the deques of MART
    rt_fifo_t starved;                  // ready, but there is no stack
    rt_stack_t *left_stack;             // LEFT_STACK: to be put back, now that nobody runs on it
    rt_stack_t *stacks;
    unsigned n_stacks;
    uint32_t stacks_out;                // taken on this core, less what was put back on it: the sum is what counts
    rt_actor_t *free_slots;
    rt_core_stats_t stats;
    rt_trace_t *trace;                  // NULL: off
    uint32_t trace_mask, trace_at;
    bool started;
#if RT_SMP
    deque_t deques[RT_PRIOS];           // deque.h
    void (*call)(void *arg);            // rt_core_call(): set by CAS, cleared when it is over
    void *call_arg;
    bool called;                        // atomic: both are written
    _Alignas(64) rt_actor_t *inbox;     // pushed by CAS, drained by exchange: actors to be looked at on this core
    rt_actor_t *returned;               // likewise: slots of this core, freed elsewhere
    rt_stack_t *spare;                  // likewise: stacks that this core can do without; any core may take all
#endif
};

extern rt_core_t rt_cores[RT_MAX_CORES];
extern unsigned rt_n_cores;
extern bool rt_stopping;

// --- sched.c
void core_make_ready(rt_core_t *core, rt_actor_t *actor);   // the caller owns the actor, and gives it up
void core_enqueue(rt_core_t *core, rt_actor_t *actor);      // at the end of its queue
void core_send_to(rt_core_t *core, unsigned other, rt_actor_t *actor);  // to another core's inbox
void core_leave(rt_actor_t *self, rt_left_t left);          // in nopreempt; returns when self runs again

// --- queue.c
void queue_push(rt_core_t *core, rt_actor_t *actor);
rt_actor_t *queue_pop(rt_core_t *core, unsigned prio);
bool queue_has(const rt_core_t *core, unsigned prio);       // any core's
rt_actor_t *queue_steal(rt_core_t *core);

static inline void fifo_push(rt_fifo_t *fifo, rt_actor_t *actor) {
    actor->link = NULL;
    if (fifo->first == NULL) {
        fifo->first = actor;
    } else {
        fifo->last->link = actor;
    }
    fifo->last = actor;
}

static inline rt_actor_t *fifo_pop(rt_fifo_t *fifo) {
    rt_actor_t *actor = fifo->first;
    if (actor != NULL) {
        fifo->first = actor->link;
    }
    return actor;
}

// --- idle.c
void core_idle(rt_core_t *core);
void core_wake_another(rt_core_t *core);    // after a push to a deque: if a core sleeps, let it steal
bool core_wake(unsigned core);              // it, if it sleeps

// --- timer.c
bool timer_want(rt_core_t *core, rt_actor_t *actor);    // false: must be parked on another core, where its timer is
void timer_expire(rt_core_t *core, uint64_t now_ns);
void timer_remove(rt_core_t *core, rt_actor_t *actor);  // if it is in this core's heap
void timer_arm(rt_core_t *core, uint64_t at_ns);        // no later than this

static inline uint64_t timer_first(const rt_core_t *core) {
    return core->timers == NULL ? RT_FOREVER : core->timers->heap.when_ns;
}

// --- line.c
void lines_post(rt_core_t *core);
void line_taken(rt_msg_t *msg);
bool line_noticed(rt_core_t *core, rt_msg_t *msg);   // false: it is mail for the program
void line_discarded(rt_msg_t *msg);

// --- stacks.c
rt_stack_t *stack_get(rt_core_t *core);     // NULL: none
void stack_put(rt_core_t *core, rt_stack_t *stack);
uint32_t stacks_in_use(void);
bool stack_spare(rt_core_t *core);          // there is one for the next to run

static inline void *stack_top(rt_stack_t *stack) {
    return (void *)((uintptr_t)stack & ~(uintptr_t)63);
}

// --- trace.c
void trace_put(rt_core_t *core, rt_trace_kind_t kind, const rt_actor_t *actor, uint64_t arg);

static inline void trace(rt_core_t *core, rt_trace_kind_t kind, const rt_actor_t *actor, uint64_t arg) {
    if (__builtin_expect(core->trace != NULL, 0)) {
        trace_put(core, kind, actor, arg);
    }
}

#endif
