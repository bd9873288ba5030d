// SPDX-License-Identifier: MIT
// bench CORES: what the runtime itself costs, with bodies in C and its own allocator. Prints one
// line per figure.
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "vm_ext/actor/memory.h"
#include "vm_ext/actor/rt.h"
#include "rig.h"

#define MEMORY_BYTES ((size_t)1 << 30)

static unsigned n_cores;
static long scale = 1;

static void fill(rt_actor_t *self, rt_ref_t to, uint64_t value) {
    rt_msg_t *msg = rt_msg_new(self, sizeof(value));
    *(uint64_t *)rt_msg_payload(msg) = value;
    if (rt_send(self, to, msg) != 0) {
        rt_msg_free(self, msg);
    }
}

// ---------------------------------------------------------------- a round trip

static rt_result_t echo_step(rt_actor_t *self) {
    rt_msg_t *msg;
    while ((msg = rt_mail_next(self)) != NULL) {
        rt_ref_t from = rt_msg_from(msg);
        uint64_t value = *(uint64_t *)rt_msg_payload(msg);
        rt_msg_free(self, msg);
        if (value == 0) {
            return RT_DONE;
        }
        fill(self, from, value);
    }
    rig_poll();
    return RT_REST;
}

static rt_result_t echo_blocking_step(rt_actor_t *self) {
    while (echo_step(self) != RT_DONE) {
        rt_wait(self, RT_FOREVER);
    }
    return RT_DONE;
}

static const rt_program_t echo = { echo_step, NULL };
static const rt_program_t echo_blocking = { echo_blocking_step, NULL };

typedef struct {
    rt_ref_t peer;
    uint64_t left;
    bool begun;
    long *done;
} ping_t;

static rt_result_t ping_step(rt_actor_t *self) {
    ping_t *me = rt_arg(self);
    if (!me->begun) {
        me->begun = true;
        rt_spawn(self, &echo, NULL, &RT_OPTIONS, &me->peer, NULL);
        fill(self, me->peer, me->left);
        return RT_REST;
    }
    rt_msg_t *msg;
    while ((msg = rt_mail_next(self)) != NULL) {
        rt_msg_free(self, msg);
        fill(self, me->peer, --me->left);
        if (me->left == 0) {
            __atomic_fetch_add(me->done, 1, __ATOMIC_ACQ_REL);
            return RT_DONE;
        }
    }
    rig_poll();
    return RT_REST;
}

static const rt_program_t ping = { ping_step, NULL };

static rt_msg_t *receive(rt_actor_t *self) {
    rt_msg_t *msg;
    while ((msg = rt_mail_next(self)) == NULL) {
        rt_wait(self, RT_FOREVER);
    }
    return msg;
}

// On one core the thread's own CPU time, so that other programs do not count.
static uint64_t clock_ns(void) {
    struct timespec now;
    clock_gettime(n_cores == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000ull + now.tv_nsec;
}

static void report(const char *name, uint64_t start_ns, uint64_t n) {
    printf("%-20s %8.1f ns\n", name, (double)(clock_ns() - start_ns) / n);
    fflush(stdout);
}

static void bench_pairs(rt_actor_t *self, unsigned pairs, const char *name) {
    uint64_t rounds = 2000000 * scale, start_ns = clock_ns();
    long done = 0;
    ping_t pings[16];
    for (unsigned i = 0; i < pairs; ++i) {
        pings[i] = (ping_t) { .left = rounds, .done = &done };
        rt_ref_t ref;
        rt_spawn(self, &ping, &pings[i], &RT_OPTIONS, &ref, NULL);
    }
    while (__atomic_load_n(&done, __ATOMIC_ACQUIRE) < pairs) {
        rt_wait(self, rig_host_ns() + 2000000);
    }
    report(name, start_ns, rounds * pairs);
}

static void bench_blocking(rt_actor_t *self) {
    uint64_t rounds = 1000000 * scale, start_ns = clock_ns();
    rt_ref_t peer;
    rt_spawn(self, &echo_blocking, NULL, &RT_OPTIONS, &peer, NULL);
    for (uint64_t i = rounds; i > 0; --i) {
        fill(self, peer, i);
        rt_msg_free(self, receive(self));
    }
    fill(self, peer, 0);
    report("pingpong_blocking", start_ns, rounds);
}

static rt_result_t nothing_step(rt_actor_t *self) {
    return RT_DONE;
}

static const rt_program_t nothing = { nothing_step, NULL };

static void bench_spawn(rt_actor_t *self) {
    uint64_t n = 1000000 * scale, start_ns = clock_ns();
    rt_options_t options = RT_OPTIONS;
    for (uint64_t i = 0; i < n; ++i) {
        rt_ref_t ref;
        rt_spawn(self, &nothing, NULL, &options, &ref, NULL);
        rt_yield(self);
    }
    report("spawn_exit", start_ns, n);
    start_ns = clock_ns();
    options.monitor = true;
    for (uint64_t i = 0; i < n; ++i) {
        rt_ref_t ref;
        rt_spawn(self, &nothing, NULL, &options, &ref, NULL);
        rt_msg_free(self, receive(self));
    }
    report("spawn_exit_monitor", start_ns, n);
}

static rt_result_t hop_step(rt_actor_t *self) {
    rt_ref_t *next = rt_arg(self);
    rt_msg_t *msg;
    while ((msg = rt_mail_next(self)) != NULL) {
        uint64_t value = *(uint64_t *)rt_msg_payload(msg);
        rt_msg_free(self, msg);
        fill(self, *next, value - (value > 0));
        if (value == 0) {
            return RT_DONE;
        }
    }
    rig_poll();
    return RT_REST;
}

static const rt_program_t hop = { hop_step, NULL };

static void bench_ring(rt_actor_t *self) {
    enum { ACTORS = 1000 };
    static rt_ref_t refs[ACTORS + 1];
    uint64_t hops = 3000000 * scale;
    refs[ACTORS] = rt_self_ref(self);
    for (unsigned i = ACTORS; i-- > 0;) {
        rt_spawn(self, &hop, &refs[i + 1], &RT_OPTIONS, &refs[i], NULL);
    }
    uint64_t start_ns = clock_ns();
    uint64_t left = hops;
    while (left > 0) { // once round
        fill(self, refs[0], left);
        rt_msg_t *msg = receive(self);
        left = *(uint64_t *)rt_msg_payload(msg);
        rt_msg_free(self, msg);
    }
    report("ring_hop", start_ns, hops);
    fill(self, refs[0], 0);
    rt_msg_free(self, receive(self));
}

static rt_result_t flood_step(rt_actor_t *self) {
    rt_ref_t to = *(rt_ref_t *)rt_arg(self);
    for (uint64_t i = 0; i < 500000u * scale; ++i) {
        rt_msg_t *msg = rt_msg_new(self, 8);
        int result;
        while ((result = rt_send(self, to, msg)) == -11) {
            rt_want_room(self, to);
            rt_msg_free(self, receive(self));
        }
        if ((i & 63) == 0) {
            rig_poll();
        }
    }
    return RT_DONE;
}

static const rt_program_t flood = { flood_step, NULL };

static void bench_fanin(rt_actor_t *self) {
    uint64_t n = 4 * 500000 * scale, start_ns = clock_ns();
    rt_ref_t me = rt_self_ref(self);
    for (unsigned i = 0; i < 4; ++i) {
        rt_ref_t ref;
        rt_spawn(self, &flood, &me, &RT_OPTIONS, &ref, NULL);
    }
    for (uint64_t i = 0; i < n; ++i) {
        rt_msg_free(self, receive(self));
    }
    report("fanin_4_per_message", start_ns, n);
}

static rt_result_t idle_step(rt_actor_t *self) {
    return RT_REST;
}

static const rt_program_t idle = { idle_step, NULL };

static long resident_kib(void) {
    FILE *file = fopen("/proc/self/statm", "r");
    long size, pages;
    if (file == NULL || fscanf(file, "%ld %ld", &size, &pages) != 2) {
        exit(1);
    }
    fclose(file);
    return pages * 4;
}

static void bench_idle(rt_actor_t *self) {
    long n = 200000, before = resident_kib();
    for (long i = 0; i < n; ++i) {
        rt_ref_t ref;
        rt_spawn(self, &idle, NULL, &RT_OPTIONS, &ref, NULL);
        if (i % 100 == 0) {
            rt_yield(self);
        }
    }
    printf("%-20s %8.1f bytes\n", "idle_actor", (resident_kib() - before) * 1024.0 / n);
}

static rt_result_t bench_step(rt_actor_t *self) {
    if (n_cores == 1) {
        bench_pairs(self, 1, "pingpong");
        bench_blocking(self);
        bench_spawn(self);
        bench_ring(self);
        bench_fanin(self);
        bench_idle(self);
        bench_pairs(self, 1, "pingpong_200k_idle");
    } else {
        bench_pairs(self, 4, "pingpong_4_pairs");
        bench_fanin(self);
    }
    rt_stop();
    return RT_DONE;
}

static const rt_program_t bench = { bench_step, NULL };

int main(int argc, char **argv) {
    n_cores = argc > 1 ? atoi(argv[1]) : 1;
    char *memory = mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    rt_mem_add(memory, MEMORY_BYTES);
    rt_ref_t root;
    if (rt_start(n_cores) != 0 || rt_spawn(NULL, &bench, NULL, &RT_OPTIONS, &root, NULL) != 0) {
        return 1;
    }
    return rig_run(n_cores, 0) ? 0 : 1;
}
