// SPDX-License-Identifier: MIT
// See memory.h.
#include "vm_ext/actor/atomic.h"
#include "vm_ext/actor/memory.h"
#include "vm_ext/actor/rt.h"
#include "vm_ext/isolate/isolate.h"
#include "vm_ext/isolate/memory.h"
#include "vm_ext/isolate/rights.h"

void isolate_nopreempt_enter(void) {
    rt_actor_t *actor = isolate_cur()->actor;
    if (actor != NULL) {
        rt_nopreempt_enter(actor);
    }
}

void isolate_nopreempt_leave(void) {
    rt_actor_t *actor = isolate_cur()->actor;
    if (actor != NULL) {
        rt_nopreempt_leave(actor);
    }
}

// --- accounts

typedef struct _isolate_account_t {
    size_t limit_bytes;
    size_t used_bytes; // atomic: any of its actors
    uint32_t n_users; // atomic: actors, and blocks of memory under way
} account_t;

static bool account_take(account_t *account, size_t bytes) {
    if (account == NULL) {
        return true;
    }
    size_t used = at_add(&account->used_bytes, bytes);
    if (used > account->limit_bytes || bytes > account->limit_bytes - used) {
        (void)at_add(&account->used_bytes, -bytes);
        return false;
    }
    return true;
}

static void account_give(account_t *account, size_t bytes) {
    if (account != NULL) {
        (void)at_add(&account->used_bytes, -bytes);
    }
}

static void account_drop(account_t *account) {
    if (account != NULL && at_sub_acq_rel(&account->n_users, 1) == 1) { // pairs with itself: the last sees all gone
        rt_free(account, sizeof(account_t));
    }
}

// The running isolate's, a new one if it spawns for the first time; false: no memory.
static bool account_of_spawner(account_t **account) {
    isolate_t *isolate = isolate_cur();
    if (isolate->account == NULL && !rights_have(RIGHT_SYSTEM)) {
        account_t *fresh = rt_alloc(sizeof(account_t));
        if (fresh == NULL) {
            return false;
        }
        *fresh = (account_t) {
            .limit_bytes = isolate->quota_bytes, .used_bytes = isolate->used_bytes, .n_users = 1,
        };
        isolate->account_bytes = 0;
        isolate->account = fresh;
    }
    *account = rights_have(RIGHT_SYSTEM) ? NULL : isolate->account;
    return true;
}

bool isolate_account_join(isolate_t *isolate, size_t bytes) {
    account_t *account;
    if (!account_of_spawner(&account) || !account_take(account, bytes)) {
        return false;
    }
    if (account != NULL) {
        isolate->account = account;
        isolate->account_bytes = bytes - isolate->first_bytes;
        (void)at_add(&account->n_users, 1);
    }
    return true;
}

void isolate_account_leave(isolate_t *isolate) {
    account_t *account = isolate->account;
    account_give(account, isolate->used_bytes + isolate->account_bytes);
    account_drop(account);
}

// --- the running isolate's memory

static void note(const isolate_t *isolate) {
    if (isolate->actor != NULL) {
        rt_note_memory(isolate->actor, isolate->used_bytes);
    }
}

bool isolate_memory_take(size_t size_bytes) {
    isolate_t *isolate = isolate_cur();
    if (size_bytes > isolate->quota_bytes - isolate->used_bytes || !account_take(isolate->account, size_bytes)) {
        return false;
    }
    isolate->used_bytes += size_bytes;
    note(isolate);
    return true;
}

void isolate_memory_give(size_t size_bytes) {
    isolate_t *isolate = isolate_cur();
    isolate->used_bytes -= size_bytes;
    account_give(isolate->account, size_bytes);
    note(isolate);
}

void *isolate_memory_alloc(size_t size_bytes) {
    if (!isolate_memory_take(size_bytes)) {
        return NULL;
    }
    void *memory = rt_alloc(size_bytes);
    if (memory == NULL) {
        isolate_memory_give(size_bytes);
    }
    return memory;
}

void isolate_memory_free(void *memory, size_t size_bytes) {
    rt_free(memory, size_bytes);
    isolate_memory_give(size_bytes);
}

// --- memory under way

struct _isolate_account_t *isolate_memory_lend(size_t size_bytes) {
    isolate_t *isolate = isolate_cur();
    account_t *account = isolate->account;
    if (!rights_have(RIGHT_SYSTEM) && !account_of_spawner(&account)) {
        account = NULL;
    }
    isolate->used_bytes -= size_bytes;
    note(isolate);
    if (account != NULL) {
        (void)at_add(&account->n_users, 1);
    }
    return account;
}

void isolate_memory_unlend(account_t *account, size_t size_bytes) {
    isolate_cur()->used_bytes += size_bytes;
    note(isolate_cur());
    account_drop(account);
}

void isolate_memory_lent_over(account_t *account, size_t size_bytes) {
    account_give(account, size_bytes);
    account_drop(account);
}

void isolate_memory_free_lent(account_t *account, void *memory, size_t size_bytes) {
    rt_free(memory, size_bytes);
    isolate_memory_lent_over(account, size_bytes);
}
