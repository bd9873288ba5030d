// SPDX-License-Identifier: MIT
// stress SCENARIO CORES SEED SIZE: runs one scenario and checks that everything came back. The last
// line of what it prints is "ok" or says how to run it again.
#include "stress.h"
#include "vm_ext/actor/core.h"

unsigned stress_size;
long stress_tokens;
static char **arguments;

static const struct {
    const char *name;
    const rt_program_t *root;
} scenarios[] = {
    { "flood", &flood_root }, { "timers", &timers_root }, { "lines", &lines_root },
    { "monkeys", &monkeys_root }, { "churn", &churn_root },
    { "runaway", &runaway_root },
};

void stress_failed(const char *what, const char *file, int line) {
    printf("%s:%d: %s\nagain with: %s %s %s %s %s\n", file, line, what,
        arguments[0], arguments[1], arguments[2], arguments[3], arguments[4]);
    fflush(stdout);
    _Exit(1);
}

uint32_t stress_draw(uint64_t *state) {
    *state = *state * 6364136223846793005ull + 1442695040888963407ull;
    return *state >> 33;
}

rt_msg_t *stress_msg(rt_actor_t *self, const void *data, size_t bytes, bool owns) {
    rt_msg_t *msg = rt_msg_new(self, bytes);
    CHECK(msg != NULL);
    memcpy(rt_msg_payload(msg), data, bytes);
    if (owns) {
        rt_nopreempt_enter(self);
        stress_add(&stress_tokens, 1);
        msg->flags |= RT_MSG_OWNS;
        rt_nopreempt_leave(self);
    }
    return msg;
}

static void discard(rt_msg_t *msg) {
    stress_add(&stress_tokens, -1);
}

void stress_free(rt_actor_t *self, rt_msg_t *msg) {
    rt_msg_free(self, msg); // the hook takes the token
}

static long stacks_in(rt_stack_t *stack) {
    long n = 0;
    for (; stack != NULL; stack = stack->next) {
        ++n;
    }
    return n;
}

static void check_end(void) {
    long stacks = 0;
    for (unsigned i = 0; i < rt_n_cores; ++i) {
        rt_core_t *core = &rt_cores[i];
        stacks += stacks_in(core->stacks);
        #if RT_SMP
        stacks += stacks_in(core->spare);
        #endif
        CHECK(core->next == NULL && core->handoff == NULL && core->current == NULL);
        for (unsigned prio = 0; prio < RT_PRIOS; ++prio) {
            CHECK(!queue_has(core, prio) && core->fifos[prio].first == NULL);
        }
    }
    CHECK(stress_tokens == 0);
    CHECK(stacks == rig_stacks_made());
    rt_info_t info;
    int result = 0;
    for (uint32_t i = 0; (result = rt_info_at(i, &info)) != -ENOENT; ++i) {
        CHECK(result == -ESRCH);
        rt_actor_t *slot = slot_at(i);
        CHECK(slot->in_bytes == slot->out_bytes && slot->held == NULL && slot->ties == NULL);
    }
    // What is never freed: nodes of names, and the directory's first levels.
    long kept = names_count() + slots_small_levels();
    if (rig_blocks_live() != kept) {
        printf("%ld blocks live, %ld expected\n", rig_blocks_live(), kept);
    }
    CHECK(rig_blocks_live() == kept);
}

static void report(unsigned cores) {
    rt_core_stats_t sum = { 0 }, one;
    for (unsigned i = 0; i < cores; ++i) {
        rt_core_stats(i, &one);
        sum.dispatches += one.dispatches;
        sum.steals += one.steals;
        sum.preemptions += one.preemptions;
        sum.sleeps += one.sleeps;
        sum.spurious += one.spurious;
        sum.spawns += one.spawns;
        sum.exits += one.exits;
    }
    CHECK(sum.spawns == sum.exits);
    printf("dispatches %lu steals %lu preemptions %lu sleeps %lu spurious %lu spawns %lu\nok\n",
        (unsigned long)sum.dispatches, (unsigned long)sum.steals, (unsigned long)sum.preemptions,
        (unsigned long)sum.sleeps, (unsigned long)sum.spurious, (unsigned long)sum.spawns);
}

int main(int argc, char **argv) {
    if (argc != 5) {
        fprintf(stderr, "usage: stress SCENARIO CORES SEED SIZE\n");
        return 2;
    }
    arguments = argv;
    unsigned cores = atoi(argv[2]);
    uint64_t seed = strtoull(argv[3], NULL, 0);
    stress_size = atoi(argv[4]);
    monkeys_seed(seed);
    rt_set_discard_hook(discard);
    CHECK(rt_start(cores) == 0);
    rt_ref_t root = { NULL, 0 };
    for (unsigned i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); ++i) {
        if (strcmp(argv[1], scenarios[i].name) == 0) {
            CHECK(rt_spawn(NULL, scenarios[i].root, NULL, &RT_OPTIONS, &root, NULL) == 0);
        }
    }
    CHECK(root.actor != NULL);
    bool ended = rig_run(cores, seed);
    CHECK(ended);
    check_end();
    report(cores);
    return 0;
}
