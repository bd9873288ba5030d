// SPDX-License-Identifier: MIT
// What the files of port/common offer each other. Nothing here knows Python but main.c's helpers.
#ifndef PORT_COMMON_COMMON_H
#define PORT_COMMON_COMMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hal/fault.h"
#include "vm_ext/actor/rt.h"

// --- console.c: the ring between the UART's interrupt and the VM; output
int console_getc(void);                 // next byte or -1
bool console_has_input(void);
void console_write(const char *str, size_t len);
extern struct _isolate_t *console_isolate; // which Ctrl-C interrupts

// --- time.c: waiting
uint64_t common_unix_ns(void);          // calendar time, ns since 1970-01-01
void common_set_unix_ns(uint64_t now);

// --- ram.c: runs of pages of physical memory
void ram_init(void);
void *ram_alloc(size_t size_bytes);     // rounded up to pages, not cleared; NULL if none fits
void ram_free(void *run, size_t size_bytes);
size_t ram_largest_bytes(void);
size_t ram_free_bytes(void);

// --- smp.c
#ifndef SMP_MAX_CORES
#define SMP_MAX_CORES (64)
#endif
unsigned smp_cores_online(void);
void smp_count_in(void);                // by each core but the first

// --- fault.c: words on the console, without the VM, from any context
void fault_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
// To text from now on, at most max bytes; NULL: to the console again. How much came since the last
// call.
size_t fault_say_to(char *text, size_t max);
void fault_fatal(const hal_fault_t *fault) __attribute__((noreturn));
// "page fault at pc 0x.., read of 0x8 (null page)"; activation: what took it, or NULL.
void fault_say_what(const hal_fault_t *fault, const fault_activation_t *activation);
// The words of [sp, end) that point into code, up to max of them, each after `before`, without
// repeats.
void fault_say_calls(uintptr_t sp, uintptr_t end, unsigned max, const char *before);

// --- fault_trigger.c: where port/common asks whether a fault is wanted there, for tests
#if PORT_FAULT_MODULE
void fault_trigger_here(hal_fault_kind_t place);
#else
#define fault_trigger_here(place) ((void)0)
#endif

// --- vmtrace.c: the Python calls that the words of a VM's C stack tell of, outermost first. It
// reads only what it finds to be memory of the VM, but that may be damaged: let a fault end it.
void vmtrace_say(uintptr_t sp, uintptr_t stack_top);

// --- rawrepl.c: the raw REPL's protocol across a fault
// The text that follows is a program's traceback. On a landing stack nothing can wait.
void rawrepl_fault(bool landing);

// --- heap.c; what upstream's collector calls of it is declared in mpconfigport.h
void vmheap_init(void);                 // gives the VM its first area
void vmheap_keep(void);                 // after each collection, before anything is allocated
void vmheap_release(void);              // after mp_deinit(): takes every area back

// --- actors.c, actorfault.c
void actors_run(void) __attribute__((noreturn));
void actors_wait(uint64_t deadline_ns);     // of the isolate's actor: until mail or then
void actorfault_arm(unsigned core);         // by each core, before it runs actors
void shell_ended(unsigned reason);          // rt_reason_t; the next one is told
int shell_start(rt_actor_t *self, rt_ref_t *out); // linked to self. -EBUSY: it still ends
void actors_on_input(void);                 // from the console's interrupt
void actors_on_interrupt(void);             // likewise: Ctrl-C

// --- main.c
void shell_run(rt_actor_t *self, void *stack_bottom, void *stack_top);
bool common_at_prompt(void);            // the start-up files have run
uint64_t common_prompt_ns(void);        // when the first prompt was ready, on hal_time_ns()'s clock

#endif
