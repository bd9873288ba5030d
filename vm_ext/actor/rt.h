// SPDX-License-Identifier: MIT
// The actor runtime as its users see it: plain C11, no Python. It schedules actors, whose body is a C function,
// over the cores, and carries messages between them. docs/adr/0006-actor-runtime.md is the design; the memory
// orderings are argued in docs/actor-orderings.md.
//
// Words. step: an actor's body, called on a pooled C stack each time there is something to do. rest: between two
// steps an actor has no stack. block: rt_wait() inside a step keeps the stack. nopreempt: a section in which the
// actor is neither switched away nor killed.
//
// Rules that hold everywhere
// - `self` is the actor that calls, always the running one. Functions with `self` are called from its step (or its
//   destroy hook where that is said) and enter nopreempt by themselves. No function here waits for another core.
// - A step runs preemptible. It can be interrupted between any two instructions, continue on another core, or
//   never continue, because its actor was killed: its stack is dropped, destroy() runs. So it must hold nothing
//   that destroy() does not find, or hold it only in nopreempt. Messages it has made or taken are found.
// - Results: 0 or a negative error number.
#ifndef VM_EXT_ACTOR_RT_H
#define VM_EXT_ACTOR_RT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vm_ext/actor/config.h"

typedef struct rt_actor rt_actor_t;
typedef struct rt_msg rt_msg_t;

// The right to send to an actor: a plain value, copied freely, good for ever. The pointer is to memory that holds
// actors and nothing else for as long as the machine runs; the generation tells its successive tenants apart.
typedef struct {
    rt_actor_t *actor;          // NULL: no actor
    uint32_t gen;
} rt_ref_t;

static inline bool rt_ref_eq(rt_ref_t a, rt_ref_t b) {
    return a.actor == b.actor && a.gen == b.gen;
}

#define RT_FOREVER (UINT64_MAX)

// ---------------------------------------------------------------- why an actor ended

typedef enum {
    RT_NORMAL,                  // it returned RT_DONE, or said so
    RT_ERROR,                   // an error of the program: the text is a traceback
    RT_KILL,                    // sent by rt_kill(): cannot be trapped
    RT_KILLED,                  // what the others see of RT_KILL
    RT_NOPROC,                  // there is no such actor (in DOWN, EXIT, and failed asks)
    RT_SHUTDOWN,                // asked to end by its supervisor
    RT_NOMEM,                   // over its quota
    RT_FAULT,                   // a CPU exception in its code
    RT_REASON_USER = 16,        // from here on: the VM layer's own
} rt_reason_t;

// Text to a reason, shared by all who are told; counted, freed by the last.
typedef struct rt_text {
    uint32_t refs;
    uint32_t len_bytes;
    char data[];
} rt_text_t;

// NULL when there is no memory. rt_exit() and rt_send_exit() take it over; with rt_text_drop() it is given up.
rt_text_t *rt_text_new(rt_actor_t *self, const char *data, size_t len_bytes);
void rt_text_drop(rt_actor_t *self, rt_text_t *text);

// ---------------------------------------------------------------- programs

typedef enum {
    RT_REST,                    // call again when mail comes or the time of rt_rest_until() has come
    RT_AGAIN,                   // call again after the others had their turn
    RT_DONE,                    // exit, RT_NORMAL
} rt_result_t;

typedef struct {
    rt_result_t (*step)(rt_actor_t *self);
    // The actor is over, whatever the reason: free what it owns. Called once, in nopreempt, on a stack that is not
    // one of the actor's calls, before anybody is told; may rt_send(), must not wait. May be NULL.
    void (*destroy)(rt_actor_t *self, rt_reason_t reason);
} rt_program_t;

typedef enum { RT_PRIO_HIGH, RT_PRIO_NORMAL, RT_PRIO_LOW, RT_PRIOS } rt_prio_t;

typedef struct {
    rt_prio_t prio;             // a zeroed struct is RT_PRIO_HIGH: start from RT_OPTIONS
    uint32_t mailbox_bytes;     // above this much waiting mail rt_send() says -EAGAIN
    const char *name;           // registered before the first step; NULL: none
    bool link, monitor;         // to the spawning actor, with no moment in between
    bool trap_exit;
    rt_msg_t *first;            // made by the spawning actor: the first in the new one's mailbox; used up on success
} rt_options_t;

#define RT_OPTIONS ((rt_options_t) { .prio = RT_PRIO_NORMAL, .mailbox_bytes = 64 * 1024 })

// A new actor that will run program->step. `self` NULL: from outside, before rt_core_run(). *monitor_id (may be
// NULL) is the id of the monitor of options->monitor. -ENOMEM; -EEXIST: the name is taken, -EINVAL: or no name.
int rt_spawn(rt_actor_t *self, const rt_program_t *program, void *arg, const rt_options_t *options,
    rt_ref_t *out, uint64_t *monitor_id);

void *rt_arg(const rt_actor_t *self);
rt_ref_t rt_self_ref(const rt_actor_t *self);
// The actor that runs on this core, NULL: none. For code that was not handed its `self`; not cheap.
rt_actor_t *rt_self(void);

// ---------------------------------------------------------------- messages

typedef enum {
    // what a program receives
    RT_MSG_USER,
    RT_MSG_ASK,                 // wants rt_reply() or rt_reply_error()
    RT_MSG_REPLY,               // id: that of the ask. code 0: payload is the answer; else see RT_MSG_FAILED
    RT_MSG_DOWN,                // a monitored actor ended: from, id of the monitor, code, rt_msg_text()
    RT_MSG_EXIT,                // a linked actor ended, or rt_send_exit(), to one that traps exits
    RT_MSG_ROOM,                // after rt_want_room(): from may be sent to again (code RT_NOPROC: it is gone)
    RT_MSG_IRQ,                 // an interrupt line of this actor; see rt_line_t
    RT_MSG_USER_KINDS,
    // what the runtime handles itself: ties.c, timer.c
    RT_SIG_LINK = RT_MSG_USER_KINDS,
    RT_SIG_LINK_EXIT,
    RT_SIG_MONITOR,
    RT_SIG_DOWN,
    RT_SIG_UNTIE,
    RT_SIG_UNTIED,
    RT_SIG_EXIT,
    RT_SIG_WANT_ROOM,
    RT_SIG_TIMEOUT,
} rt_kind_t;

#define RT_MSG_FAILED   (1)     // REPLY: there is no answer, code says why (rt_reason_t)
#define RT_MSG_TEXT     (2)     // the payload is a rt_text_t *: rt_msg_text()
#define RT_MSG_OWNS     (4)     // the payload owns something: the discard hook is called if nobody takes it
#define RT_MSG_FIXED    (8)     // not allocated: part of something that outlives it

// A message has one owner: who made it, then the mailbox, then who took it. The payload follows the header.
struct rt_msg {
    rt_msg_t *next, *prev;      // of the list it is in
    rt_actor_t *from;
    uint32_t gen;               // of the receiver it is meant for
    uint32_t from_gen;
    uint64_t id;
    uint32_t bytes;             // of the whole block; counted against the mailbox
    uint8_t kind, flags;
    uint16_t code;
};

static inline void *rt_msg_payload(rt_msg_t *msg) {
    return msg + 1;
}
static inline size_t rt_msg_payload_bytes(const rt_msg_t *msg) {
    return msg->bytes - sizeof(rt_msg_t);
}
static inline rt_ref_t rt_msg_from(const rt_msg_t *msg) {
    return (rt_ref_t) { msg->from, msg->from_gen };
}
static inline const rt_text_t *rt_msg_text(const rt_msg_t *msg) {
    return msg->flags & RT_MSG_TEXT ? *(rt_text_t *const *)(msg + 1) : NULL;
}

// A message with this much payload, to be filled and sent; kind RT_MSG_USER. NULL: no memory. It is self's until it
// is sent or freed, also when self is killed meanwhile. Set RT_MSG_OWNS in flags when the payload owns something.
rt_msg_t *rt_msg_new(rt_actor_t *self, size_t payload_bytes);
// A message that is self's (made and not sent, or taken): runs the discard hook if it owns something. An ask that
// is freed is answered with RT_ERROR first.
void rt_msg_free(rt_actor_t *self, rt_msg_t *msg);
// Called for a message with RT_MSG_OWNS that nobody will receive: free what the payload owns. In nopreempt, perhaps
// on behalf of an actor that has nothing to do with it.
void rt_set_discard_hook(void (*discard)(rt_msg_t *msg));

// Sends; FIFO from each sender. 0: the mailbox has it (not: it will be read). -ESRCH: no such actor. -EAGAIN: its
// mailbox is full (see rt_want_room). On failure msg is still self's. NULL self: not allowed.
int rt_send(rt_actor_t *self, rt_ref_t to, rt_msg_t *msg);

// A request: as rt_send(); *id is what the answer will carry. An answer always comes: from rt_reply(), or, with
// RT_MSG_FAILED, when the receiver frees the ask or ends, before or after having read it. -ESRCH at once if it is
// gone already. Answers are never refused for want of room.
int rt_ask(rt_actor_t *self, rt_ref_t to, rt_msg_t *msg, uint64_t *id);
// Answers an ask that self has taken, with a message that self has made; both are used up.
void rt_reply(rt_actor_t *self, rt_msg_t *ask, rt_msg_t *answer);
void rt_reply_error(rt_actor_t *self, rt_msg_t *ask, rt_reason_t code);

// A RT_MSG_ROOM will come when `to`'s mailbox is at most half full, or when it is gone.
int rt_want_room(rt_actor_t *self, rt_ref_t to);

// ---------------------------------------------------------------- receiving
// Mail is a list with a cursor, which supports selective receive: look at one message after the other, take the one
// that fits, and what was skipped keeps its place.

// The message at the cursor, still in the list; NULL: no more mail for now. Handles what the runtime handles itself.
rt_msg_t *rt_mail_peek(rt_actor_t *self);
void rt_mail_skip(rt_actor_t *self);            // moves the cursor past the message that peek gave
// Takes the message that peek gave out of the list: self owns it and will rt_msg_free() it (or answer it).
rt_msg_t *rt_mail_take(rt_actor_t *self);
void rt_mail_rewind(rt_actor_t *self);          // the cursor goes back to the oldest message
// peek + take.
rt_msg_t *rt_mail_next(rt_actor_t *self);
// How much mail there has been so far. For a program that looks in several places before it waits: if this has changed
// since the first look there may be something where it looked before that came.
uint32_t rt_mail_arrived(rt_actor_t *self);

// Blocks until new mail comes (mail that came since the last peek returned NULL counts) or the time has come: 0 or
// -ETIMEDOUT. Spurious returns are possible. -ENOMEM: no C stack is left for others, so nobody may block now.
int rt_wait(rt_actor_t *self, uint64_t deadline_ns);
// For RT_REST: call step again at this time even without mail. Forgotten with the next step.
void rt_rest_until(rt_actor_t *self, uint64_t deadline_ns);
// True once after the deadline of the last rest or wait passed.
bool rt_timed_out(rt_actor_t *self);

// ---------------------------------------------------------------- links, monitors, exit (Erlang's meaning)

int rt_link(rt_actor_t *self, rt_ref_t other);          // idempotent. To nobody: EXIT with RT_NOPROC. -ENOMEM
int rt_unlink(rt_actor_t *self, rt_ref_t other);        // from here on no EXIT of this link arrives. -ENOMEM
int rt_monitor(rt_actor_t *self, rt_ref_t other, uint64_t *id);     // of nobody: DOWN with RT_NOPROC. -ENOMEM
int rt_demonitor(rt_actor_t *self, uint64_t id);        // and its DOWN, if it waits in the mailbox. -ENOENT, -ENOMEM
bool rt_trap_exit(rt_actor_t *self, bool on);           // what it was

// Ends self, now. Text may be NULL.
void rt_exit(rt_actor_t *self, rt_reason_t reason, rt_text_t *text) __attribute__((noreturn));
// An exit signal: RT_KILL ends `to` whatever it does; RT_NORMAL is ignored unless trapped (or sent to oneself);
// others end it unless it traps exits. -ESRCH, -ENOMEM (then text is still the caller's).
int rt_send_exit(rt_actor_t *self, rt_ref_t to, rt_reason_t reason, rt_text_t *text);
static inline int rt_kill(rt_actor_t *self, rt_ref_t to) {
    return rt_send_exit(self, to, RT_KILL, NULL);
}

// ---------------------------------------------------------------- names

// -EEXIST: it belongs to a living actor, or self has a name; -EINVAL: empty or too long; -ENOMEM. Freed with self,
// before anybody is told.
int rt_register(rt_actor_t *self, const char *name, size_t len_bytes);
int rt_unregister(rt_actor_t *self);
rt_ref_t rt_whereis(const char *name, size_t len_bytes);            // .actor NULL: nobody
size_t rt_name_of(rt_ref_t ref, char *out, size_t max_bytes);       // its length; 0: none

// ---------------------------------------------------------------- preemption, faults

// Sections nest. What runs inside is neither switched away from nor killed, and delays all others: keep it short.
static inline void rt_nopreempt_enter(rt_actor_t *self);
static inline void rt_nopreempt_leave(rt_actor_t *self);

// Let others run, if any wait. Also where self is killed if it has been.
void rt_yield(rt_actor_t *self);

// For the landing of a CPU exception: ends the actor that runs on this core and does not return, or returns false:
// there is none, or it was in nopreempt, so shared state may be broken and the machine must stop. Any stack.
bool rt_fault_exit(rt_text_t *text);

// The C stack that self runs on.
void rt_stack_bounds(const rt_actor_t *self, void **bottom, void **top);

// ---------------------------------------------------------------- interrupts

// An interrupt line of a driver: the handler counts, the actor receives RT_MSG_IRQ, one at a time. The object
// belongs to the VM layer, zeroed at first; it may be given to another actor or freed once rt_line_idle().
typedef struct rt_line {
    rt_msg_t msg;                   // kind RT_MSG_IRQ, fixed; `line` of a message: (rt_line_t *)msg
    rt_actor_t *actor;
    struct rt_line *next;           // in the list of its core
    uint32_t gen;
    uint32_t count;                 // since the last rt_line_take()
    uint64_t first_ns;              // when the first of them came
    volatile bool listed;
    uint8_t state;
    void (*taken)(struct rt_line *line, uint32_t count);    // called by rt_line_take(); NULL: nobody
    // Not NULL: called, in nopreempt, by whoever has the actor in hand, also while its program computes; the actor's
    // wait ends, and it receives no message.
    void (*notice)(struct rt_line *line);
} rt_line_t;

int rt_line_open(rt_actor_t *self, rt_line_t *line);    // -EBUSY: not idle
// From an interrupt handler, always on the same core, interrupts disabled. Allocates nothing.
void rt_post_from_irq(rt_line_t *line);
// For the message just taken: how many interrupts it stands for. The next one will send a new message.
uint32_t rt_line_take(rt_actor_t *self, rt_line_t *line, uint64_t *first_ns);
// After its handler was detached: nothing of it is under way.
bool rt_line_idle(const rt_line_t *line);

// ---------------------------------------------------------------- observing

typedef enum { RT_FREE, RT_READY, RT_RUNNING, RT_RESTING, RT_BLOCKED, RT_DYING } rt_state_t;

typedef struct {
    rt_ref_t ref;
    rt_state_t state;
    rt_prio_t prio;
    unsigned core;                  // where it ran last
    uint32_t mailbox_bytes, mailbox_limit;
    uint32_t received, sent, dispatches;
    uint64_t cpu_ns, memory_bytes;
    bool has_stack;
    void *arg;
} rt_info_t;

// What was true a moment ago, field by field. -ESRCH.
int rt_info(rt_ref_t ref, rt_info_t *out);
// All slots there ever were are numbered from 0: -ESRCH for a free one, -ENOENT past the last.
int rt_info_at(uint32_t index, rt_info_t *out);
void rt_note_memory(rt_actor_t *self, uint64_t bytes);      // what rt_info() tells of self's memory

// What is given and not back, exact when nothing is under way: bytes of blocks, C stacks, names, actors. (Slots, names'
// nodes, and the pages that blocks are cut from are kept.)
typedef struct {
    uint64_t block_bytes;
    uint32_t stacks, names, actors;
} rt_counts_t;
void rt_counts(rt_counts_t *out);

typedef struct {
    uint64_t dispatches, steals, wakes_sent, sleeps, ticks, preemptions, spawns, exits, spurious;
    uint64_t busy_ns;
} rt_core_stats_t;
void rt_core_stats(unsigned core, rt_core_stats_t *out);

typedef enum {
    RT_TRACE_DISPATCH = 1, RT_TRACE_REST, RT_TRACE_BLOCK, RT_TRACE_PREEMPT, RT_TRACE_SEND, RT_TRACE_SPAWN,
    RT_TRACE_EXIT, RT_TRACE_STEAL, RT_TRACE_WAKE_CORE, RT_TRACE_SLEEP, RT_TRACE_TICK, RT_TRACE_IRQ,
    RT_TRACE_GC_BEGIN, RT_TRACE_GC_END, RT_TRACE_USER,
} rt_trace_kind_t;

typedef struct {
    uint64_t ns;
    uint32_t kind;
    uint32_t actor;                 // index of its slot
    uint64_t arg;
} rt_trace_t;

// Each core keeps its last `entries` (a power of two, the same each time) events. 0, -ENOMEM, -EINVAL, -EBUSY (is on).
int rt_trace_start(unsigned entries);
void rt_trace_stop(void);           // keeps what there is
// Copies the i-th oldest event of a core; -ENOENT past the last. Exact while stopped, racy while it runs.
int rt_trace_read(unsigned core, unsigned i, rt_trace_t *out);
void rt_trace(rt_actor_t *self, rt_trace_kind_t kind, uint64_t arg);

// ---------------------------------------------------------------- starting

// Before anything else, after the page allocator has its memory: for this many cores. 0 or -ENOMEM.
int rt_start(unsigned cores);
// The life of a core: runs actors and idles. Called on each core, on its own stack, which becomes the scheduler's,
// interrupts enabled. Returns after rt_stop(), with whatever actors there are left as they are.
void rt_core_run(unsigned core);
void rt_stop(void);

// To be called by what owns the interrupts: the core's timer expired, another core interrupted this one.
void rt_on_timer(void);
void rt_on_ipi(void);
// hal/stack.h has what the port calls at the end of each interrupt: rt_irq_exit_wanted(), rt_on_irq_exit().

// The scheduler of a core, between two actors, calls fn(arg) once, soon. -EBUSY: one is under way. Not START.
int rt_core_call(unsigned core, void (*fn)(void *arg), void *arg);

// For tests of the ports: asked at the end of each interrupt whether to switch (false), told to (true). NULL: none.
typedef bool (*rt_irq_exit_hook_t)(bool now);
void rt_set_irq_exit_hook(rt_irq_exit_hook_t hook);

// ---------------------------------------------------------------- inside

// First members of an actor, for the inline functions only.
struct rt_head {
    uint32_t nopreempt;             // depth: its own, and 1 from dispatch until its step runs
    uint32_t poll;                  // an interrupt came that wanted to switch and could not
};

void rt_nopreempt_slow(rt_actor_t *self);

static inline void rt_nopreempt_enter(rt_actor_t *self) {
    ++((volatile struct rt_head *)self)->nopreempt;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);    // what follows stays inside
}

// Interrupts that look at these words are this core's own, so program order is all that is needed.
static inline void rt_nopreempt_leave(rt_actor_t *self) {
    volatile struct rt_head *head = (volatile struct rt_head *)self;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (--head->nopreempt == 0 && head->poll) {
        rt_nopreempt_slow(self);
    }
}

#endif
