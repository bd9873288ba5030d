// SPDX-License-Identifier: MIT
// Capabilities used, lent and revoked by threads that are cores: vm_ext/cap/cap.c with pages from
// malloc(). What a right protects is plain memory, so ThreadSanitizer sees a use that goes on after
// its revocation returned; and the owner checks a mark there.
//   cap_stress THREADS ROUNDS     prints "ok"
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "hal/cpu.h"
#include "vm_ext/actor/memory.h"
#include "vm_ext/cap/cap.h"

enum { USERS_MAX = 8, REGISTERS = 64 };

static struct {
    cap_t cap;
    int lock;
} handles[USERS_MAX]; // the mailbox of each user: what it was lent last
static long registers[REGISTERS];
static volatile int over;
static unsigned n_users;
static long used, refused, hooked;

#define CHECK(what) ((what) ? (void)0 : fail(#what, __LINE__))
static void fail(const char *what, int line) {
    fprintf(stderr, "cap_stress.c:%d: %s\n", line, what);
    exit(1);
}

// There are more threads than CPUs, and the one that is waited for may have none.
void hal_cpu_relax(void) {
    sched_yield();
}

void *rt_pages_alloc(size_t n_pages) {
    return aligned_alloc(RT_PAGE_BYTES, n_pages * RT_PAGE_BYTES);
}

static cap_t handle(unsigned user, const cap_t *set) {
    while (__atomic_exchange_n(&handles[user].lock, 1, __ATOMIC_ACQUIRE)) {
        hal_cpu_relax();
    }
    if (set != NULL) {
        handles[user].cap = *set;
    }
    cap_t cap = handles[user].cap;
    __atomic_store_n(&handles[user].lock, 0, __ATOMIC_RELEASE);
    return cap;
}

// A core that uses what it was lent, long after it was taken away as well.
static void *user(void *arg) {
    unsigned me = (unsigned)(uintptr_t)arg;
    while (!__atomic_load_n(&over, __ATOMIC_RELAXED)) {
        cap_t cap = handle(me, NULL);
        if (cap.node == NULL) {
            continue;
        }
        if (cap_enter(me, cap)) {
            CHECK(cap.node->base < REGISTERS && cap.node->length == 1);
            ++registers[cap.node->base]; // plain: only one user has this one
            __atomic_add_fetch(&used, 1, __ATOMIC_RELAXED);
        } else {
            __atomic_add_fetch(&refused, 1, __ATOMIC_RELAXED);
        }
        cap_leave(me);
    }
    return NULL;
}

static void ended(cap_node_t *node) {
    (void)node;
    __atomic_add_fetch(&hooked, 1, __ATOMIC_RELAXED);
}

// Lends each user one register, takes it back in one of the ways there are, and looks at it.
static void lender(unsigned long rounds) {
    cap_t root;
    cap_holder_t mine = {0}, theirs = {0};
    CHECK(cap_root(CAP_REGION, 0, REGISTERS, NULL, &mine, &root) == 0);
    for (unsigned long round = 0; round < rounds; ++round) {
        cap_t part, lent[USERS_MAX];
        unsigned base = round % (REGISTERS - USERS_MAX);
        CHECK(cap_derive(root, base, USERS_MAX, 0, &mine, &part) == 0);
        for (unsigned i = 0; i < n_users; ++i) {
            cap_t between;
            CHECK(cap_derive(part, i, 1, 0, NULL, &between) == 0);
            CHECK(cap_derive(between, 0, 1, CAP_READ_ONLY, NULL, &lent[i]) == 0);
            CHECK(cap_hold(lent[i], &theirs) == 0);
            handle(i, &lent[i]);
        }
        for (int spin = 0; spin < 2000; ++spin) {
            __atomic_signal_fence(__ATOMIC_SEQ_CST);
        }
        while (__atomic_load_n(&used, __ATOMIC_RELAXED) == 0) { // until the first user has a CPU
            hal_cpu_relax();
        }
        switch (round % 4) {
            case 0:
                cap_revoke(part);
                break;
            case 1:
                cap_recall(root);
                break;
            case 2:
                cap_release_all(&theirs);
                break;
            default:
                for (unsigned i = 0; i < n_users; ++i) {
                    cap_revoke(lent[i]);
                }
                break;
        }
        for (unsigned i = 0; i < n_users; ++i) {
            registers[base + i] = 0; // races with who still uses it
        }
        cap_t none;
        CHECK(cap_derive(lent[0], 0, 1, 0, &theirs, &none) == -EPERM);
        cap_revoke(part);
        CHECK(theirs.n == 0 && theirs.first == NULL && mine.n == 1);
    }
    CHECK(cap_derive(root, 1, REGISTERS, 0, &mine, &root) == -EINVAL);
    cap_release_all(&mine);
    CHECK(mine.n == 0);
}

static unsigned long left(void) {
    unsigned long n = 0;
    cap_info_t info;
    int result = 0;
    for (uint32_t i = 0; result != -ENOENT; ++i) {
        result = cap_info_at(i, &info);
        n += result == 0;
    }
    return n;
}

int main(int argc, char **argv) {
    CHECK(argc == 3);
    n_users = atoi(argv[1]);
    unsigned long rounds = strtoul(argv[2], NULL, 0);
    CHECK(n_users >= 1 && n_users <= USERS_MAX);
    cap_set_hook(CAP_REGION, ended);
    pthread_t threads[USERS_MAX];
    for (unsigned i = 0; i < n_users; ++i) {
        CHECK(pthread_create(&threads[i], NULL, user, (void *)(uintptr_t)i) == 0);
    }
    lender(rounds);
    while (__atomic_load_n(&refused, __ATOMIC_RELAXED) == 0) { // what users have is stale now
        hal_cpu_relax();
    }
    __atomic_store_n(&over, 1, __ATOMIC_RELAXED);
    for (unsigned i = 0; i < n_users; ++i) {
        pthread_join(threads[i], NULL);
    }
    CHECK(left() == 0);
    CHECK(hooked == (long)(1 + rounds * (1 + 2 * n_users)));
    CHECK(used > 0 && refused > 0);
    puts("ok");
    return 0;
}
