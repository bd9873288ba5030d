// SPDX-License-Identifier: MIT
// Names of actors: a hash table to which nodes are only added. A node is for one name, for ever; who has the name
// is one word in it, so looking up is reading, and claiming is one CAS.
// Invariants: a node's word is 0 or names the actor whose `name` points to the node; the actor itself, when it
// ends, makes it 0, before its generation ends. Their number is bounded, since they are never freed.
#include <string.h>

#include "vm_ext/actor/actor.h"
#include "vm_ext/actor/mailbox.h"
#include "vm_ext/actor/memory.h"

enum { BUCKETS = RT_SMP ? 1024 : 8 };

struct rt_name {
    rt_name_t *next;
    uint64_t holder;            // index + 1 and generation of the slot; 0: nobody
    uint32_t hash;
    uint32_t len_bytes;
    char text[];
};

static rt_name_t *buckets[BUCKETS];
static uint32_t n_names;

static uint32_t hash_of(const char *name, size_t len_bytes) {
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < len_bytes; ++i) {
        hash = (hash ^ (uint8_t)name[i]) * 16777619u;
    }
    return hash;
}

static rt_name_t *find(rt_name_t *node, uint32_t hash, const char *name, size_t len_bytes) {
    while (node != NULL && (node->hash != hash || node->len_bytes != len_bytes ||
        memcmp(node->text, name, len_bytes) != 0)) {
        node = node->next;
    }
    return node;
}

static rt_name_t *new_node(uint32_t hash, const char *name, size_t len_bytes) {
    if (at_add(&n_names, 1) >= RT_NAMES_MAX) {
        at_add(&n_names, -1);
        return NULL;
    }
    rt_name_t *node = rt_alloc(sizeof(rt_name_t) + len_bytes);
    if (node == NULL) {
        at_add(&n_names, -1);
        return NULL;
    }
    node->holder = 0;
    node->hash = hash;
    node->len_bytes = len_bytes;
    memcpy(node->text, name, len_bytes);
    return node;
}

static rt_name_t *find_or_add(const char *name, size_t len_bytes) {
    uint32_t hash = hash_of(name, len_bytes);
    rt_name_t **bucket = &buckets[hash % BUCKETS];
    rt_name_t *first = at_load_acq(bucket); // pairs with the CAS below, and with every earlier one in the list
    rt_name_t *found = find(first, hash, name, len_bytes);
    if (found != NULL) {
        return found;
    }
    rt_name_t *node = new_node(hash, name, len_bytes);
    if (node == NULL) {
        return NULL;
    }
    do {
        node->next = first;
        if (at_cas_acq_rel(bucket, &first, node)) { // release: the node
            return node;
        }
        first = at_load_acq(bucket);
        found = find(first, hash, name, len_bytes); // another may have added the same name
    } while (found == NULL);
    rt_free(node, sizeof(rt_name_t) + len_bytes);
    at_add(&n_names, -1);
    return found;
}

int names_register(rt_actor_t *actor, const char *name, size_t len_bytes) {
    if (len_bytes == 0 || len_bytes > RT_NAME_BYTES_MAX) {
        return -EINVAL;
    }
    if (actor->name != NULL) {
        return -EEXIST;
    }
    rt_name_t *node = find_or_add(name, len_bytes);
    if (node == NULL) {
        return -ENOMEM;
    }
    uint64_t nobody = 0;
    uint64_t me = (uint64_t)(actor->index + 1) << 32 | at_load(&actor->gen);
    if (!at_cas_acq_rel(&node->holder, &nobody, me)) { // release: the slot, for rt_whereis()
        return -EEXIST;
    }
    at_store(&actor->name, node);
    return 0;
}

void names_drop(rt_actor_t *actor) {
    if (actor->name != NULL) {
        at_store_rel(&actor->name->holder, 0); // pairs with the next CAS
        at_store(&actor->name, NULL);
    }
}

int rt_register(rt_actor_t *self, const char *name, size_t len_bytes) {
    rt_nopreempt_enter(self);
    int result = names_register(self, name, len_bytes);
    rt_nopreempt_leave(self);
    return result;
}

int rt_unregister(rt_actor_t *self) {
    int result = self->name == NULL ? -ENOENT : 0;
    rt_nopreempt_enter(self);
    names_drop(self);
    rt_nopreempt_leave(self);
    return result;
}

rt_ref_t rt_whereis(const char *name, size_t len_bytes) {
    uint32_t hash = hash_of(name, len_bytes);
    rt_name_t *node = find(at_load_acq(&buckets[hash % BUCKETS]), hash, name, len_bytes);
    uint64_t holder = node == NULL ? 0 : at_load_acq(&node->holder); // pairs with names_register()
    if (holder == 0) {
        return (rt_ref_t) { NULL, 0 };
    }
    return (rt_ref_t) { slot_at((uint32_t)(holder >> 32) - 1), (uint32_t)holder };
}

// Nodes are never freed, so one that was the actor's a moment ago can be read.
size_t rt_name_of(rt_ref_t ref, char *out, size_t max_bytes) {
    rt_name_t *node = ref.actor == NULL ? NULL : at_load(&ref.actor->name);
    if (node == NULL || at_load(&ref.actor->gen) != ref.gen) {
        return 0;
    }
    memcpy(out, node->text, node->len_bytes < max_bytes ? node->len_bytes : max_bytes);
    return node->len_bytes;
}

uint32_t names_held(void) {
    uint32_t held = 0;
    for (unsigned i = 0; i < BUCKETS; ++i) {
        for (const rt_name_t *node = at_load_acq(&buckets[i]); node != NULL; node = node->next) {
            held += at_load(&node->holder) != 0;
        }
    }
    return held;
}

size_t names_kept_bytes(void) {
    size_t sum = 0;
    for (unsigned i = 0; i < BUCKETS; ++i) {
        for (const rt_name_t *node = at_load_acq(&buckets[i]); node != NULL; node = node->next) {
            sum += sizeof(rt_name_t) + node->len_bytes;
        }
    }
    return sum;
}

uint32_t names_count(void) {
    return at_load(&n_names);
}
