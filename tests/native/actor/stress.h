// SPDX-License-Identifier: MIT
// What the stress scenarios share. A scenario spawns a root actor and runs; when the root is done
// it stops the runtime. Afterwards nothing may be left.
#ifndef STRESS_H
#define STRESS_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm_ext/actor/memory.h"
#include "vm_ext/actor/rt.h"
#include "rig.h"

extern unsigned stress_size;            // how much work, as a user asked for
extern long stress_tokens;              // atomic: payloads that own something and are not freed

#define CHECK(what) ((what) ? (void)0 : stress_failed(#what, __FILE__, __LINE__))
void stress_failed(const char *what, const char *file, int line) __attribute__((noreturn));

uint32_t stress_draw(uint64_t *state);
rt_msg_t *stress_msg(rt_actor_t *self, const void *data, size_t bytes, bool owns);
void stress_free(rt_actor_t *self, rt_msg_t *msg);
static inline long stress_add(long *what, long n) {
    return __atomic_add_fetch(what, n, __ATOMIC_ACQ_REL); // actors of a test use it as a signal
}

extern const rt_program_t flood_root, timers_root, lines_root, monkeys_root, churn_root,
    runaway_root;
void monkeys_seed(uint64_t seed);

#endif
