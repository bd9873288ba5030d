// SPDX-License-Identifier: MIT
// See cap.h. The lock is held for a few instructions per node and never while anything waits, so a core that spins
// for it waits for that long; making and revoking rights is rare, using them takes no lock.
#include <errno.h>
#include <stddef.h>

#include "hal/cpu.h"
#include "vm_ext/actor/memory.h"
#include "vm_ext/cap/cap.h"

#define KEY_LAST (UINT32_MAX - 1)
enum { KEY_LIVES = 1, NODES_PER_PAGE = (RT_PAGE_BYTES - sizeof(void *)) / sizeof(cap_node_t) };

typedef struct page {
    struct page *next;
    cap_node_t nodes[NODES_PER_PAGE];
} page_t;
_Static_assert(sizeof(page_t) <= RT_PAGE_BYTES, "a page of nodes");

cap_hazard_t cap_hazards[RT_MAX_CORES];

static page_t *first_page, *last_page;
static cap_node_t *free_nodes; // by next
static void (*hooks[CAP_KINDS])(cap_node_t *node);

// --- the lock

#if RT_SMP
static uint32_t locked;

static void lock(void) {
    while (at_swap_acq_rel(&locked, 1) != 0) { // acquire: pairs with unlock()
        hal_cpu_relax();
    }
}

static void unlock(void) {
    at_store_rel(&locked, 0); // pairs with lock()
}
#else
static void lock(void) {
}

static void unlock(void) {
}
#endif

// --- nodes

static cap_node_t *node_new(void) {
    if (free_nodes == NULL) {
        page_t *page = rt_pages_alloc(1);
        if (page == NULL) {
            return NULL;
        }
        page->next = NULL;
        for (unsigned i = 0; i < NODES_PER_PAGE; i++) {
            page->nodes[i].key = 0;
            page->nodes[i].next = free_nodes;
            free_nodes = &page->nodes[i];
        }
        if (last_page != NULL) {
            last_page->next = page;
        } else {
            first_page = page;
        }
        last_page = page;
    }
    cap_node_t *node = free_nodes;
    free_nodes = node->next;
    return node;
}

static bool lives(cap_t cap) {
    return cap.node != NULL && at_load(&cap.node->key) == cap.key;
}

static void hold(cap_node_t *node, cap_holder_t *holder) {
    node->holder = holder;
    if (holder == NULL) {
        return;
    }
    node->held_prev = NULL;
    node->held_next = holder->first;
    if (holder->first != NULL) {
        holder->first->held_prev = node;
    }
    holder->first = node;
    holder->n++;
}

static void unhold(cap_node_t *node) {
    cap_holder_t *holder = node->holder;
    if (holder == NULL) {
        return;
    }
    if (node->held_next != NULL) {
        node->held_next->held_prev = node->held_prev;
    }
    if (node->held_prev != NULL) {
        node->held_prev->held_next = node->held_next;
    } else {
        holder->first = node->held_next;
    }
    holder->n--;
    node->holder = NULL;
}

static void link_child(cap_node_t *node, cap_node_t *parent) {
    node->parent = parent;
    node->prev = NULL;
    node->next = NULL;
    if (parent != NULL) {
        node->next = parent->child;
        if (node->next != NULL) {
            node->next->prev = node;
        }
        parent->child = node;
    }
}

static void unlink_child(cap_node_t *node) {
    if (node->next != NULL) {
        node->next->prev = node->prev;
    }
    if (node->prev != NULL) {
        node->prev->next = node->next;
    } else if (node->parent != NULL) {
        node->parent->child = node->next;
    }
}

static int make(const cap_node_t *what, cap_node_t *parent, cap_holder_t *holder, cap_t *out) {
    cap_node_t *node = holder != NULL && holder->n >= CAP_HELD_MAX ? NULL : node_new();
    if (node == NULL) {
        return -ENOMEM;
    }
    uint32_t key = node->key + KEY_LIVES; // others may be looking at it, so nothing else is ever there
    node->kind = what->kind;
    node->rights = what->rights;
    node->base = what->base;
    node->length = what->length;
    node->object = what->object;
    node->child = NULL;
    node->used = node->call_id = 0;
    node->dropped = false;
    link_child(node, parent);
    hold(node, holder);
    at_store_rel(&node->key, key); // what it says is there before it lives
    *out = (cap_t) {node, key};
    return 0;
}

int cap_root(cap_kind_t kind, uint64_t base, uint64_t length, void *object, cap_holder_t *holder, cap_t *out) {
    cap_node_t what = {.kind = kind, .base = base, .length = length, .object = object};
    lock();
    int result = make(&what, NULL, holder, out);
    unlock();
    return result;
}

int cap_derive(cap_t from, uint64_t offset, uint64_t length, uint8_t rights, cap_holder_t *holder, cap_t *out) {
    lock();
    int result = -EPERM;
    if (lives(from)) {
        cap_node_t what = *from.node;
        if (offset > what.length || length > what.length - offset) {
            result = -EINVAL;
        } else {
            what.base += offset;
            what.length = length;
            what.rights |= rights;
            result = make(&what, from.node, holder, out);
        }
    }
    unlock();
    return result;
}

int cap_adopt(cap_t from, cap_kind_t kind, uint64_t base, uint64_t length, void *object, cap_holder_t *holder,
    cap_t *out) {
    cap_node_t what = {.kind = kind, .base = base, .length = length, .object = object};
    lock();
    int result = lives(from) ? make(&what, from.node, holder, out) : -EPERM;
    unlock();
    return result;
}

int cap_derive_whole(cap_t from, cap_holder_t *holder, cap_t *out) {
    // The length of a node never changes while it lives; if it has ended, the key says so.
    return cap_derive(from, 0, from.node == NULL ? 0 : from.node->length, 0, holder, out);
}

int cap_hold(cap_t cap, cap_holder_t *holder) {
    lock();
    int result = -EPERM;
    if (lives(cap)) {
        result = holder->n >= CAP_HELD_MAX ? -ENOMEM : 0;
    }
    if (result == 0) {
        hold(cap.node, holder);
    }
    unlock();
    return result;
}

void cap_lend_for_call(cap_t cap, uint64_t call_id) {
    lock();
    if (lives(cap)) {
        cap.node->call_id = call_id;
    }
    unlock();
}

// --- the end

// The whole subtree, leaves first, into the list *dead, by next. Its root's parent may have waited for that.
static void kill(cap_node_t *root, cap_node_t **dead) {
    cap_node_t *node = root, *parent;
    do {
        while (node->child != NULL) {
            node = node->child;
        }
        parent = node->parent;
        unlink_child(node);
        unhold(node);
        at_store(&node->key, node->key + 1);
        bool over = node == root;
        node->next = *dead;
        *dead = node;
        if (over) {
            if (parent == NULL || parent->child != NULL || !parent->dropped) {
                return;
            }
            root = parent;
        }
        node = parent;
    } while (true);
}

// Until no core uses a dead node.
static void wait(void) {
    #if RT_SMP
    at_fence_sc(); // pairs with cap_enter()
    for (unsigned core = 0; core < RT_MAX_CORES; core++) {
        cap_node_t *node = at_load_acq(&cap_hazards[core].node); // pairs with cap_leave()
        while (node != NULL && (at_load(&node->key) & KEY_LIVES) == 0) {
            hal_cpu_relax();
            node = at_load_acq(&cap_hazards[core].node);
        }
    }
    #endif
}

// Also when somebody else has just killed what we wanted to: it may be used until this returns.
static void bury(cap_node_t *dead) {
    wait();
    for (cap_node_t *node = dead; node != NULL; node = node->next) {
        if (hooks[node->kind] != NULL) {
            hooks[node->kind](node);
        }
    }
    lock();
    while (dead != NULL) {
        cap_node_t *next = dead->next;
        if (dead->key < KEY_LAST) { // else a handle of its first life would fit again some day
            dead->next = free_nodes;
            free_nodes = dead;
        }
        dead = next;
    }
    unlock();
}

void cap_revoke(cap_t cap) {
    cap_node_t *dead = NULL;
    lock();
    if (lives(cap)) {
        kill(cap.node, &dead);
    }
    unlock();
    bury(dead);
}

void cap_recall(cap_t cap) {
    cap_node_t *dead = NULL;
    lock();
    while (lives(cap) && cap.node->child != NULL) {
        kill(cap.node->child, &dead);
    }
    unlock();
    bury(dead);
}

void cap_drop(cap_t cap) {
    cap_node_t *dead = NULL;
    lock();
    if (lives(cap)) {
        cap.node->dropped = true;
        if (cap.node->child == NULL) {
            kill(cap.node, &dead);
        }
    }
    unlock();
    if (dead != NULL) {
        bury(dead);
    }
}

void cap_end_call(cap_holder_t *holder, uint64_t call_id) {
    cap_node_t *dead = NULL;
    lock();
    for (cap_node_t *node = holder->first; node != NULL;) {
        if (node->call_id == call_id) {
            kill(node, &dead);
            node = holder->first; // its children were of this holder, perhaps
        } else {
            node = node->held_next;
        }
    }
    unlock();
    bury(dead);
}

void cap_release_all(cap_holder_t *holder) {
    cap_node_t *dead = NULL;
    lock();
    while (holder->first != NULL) {
        kill(holder->first, &dead);
    }
    unlock();
    if (dead != NULL) {
        bury(dead);
    }
}

void cap_set_hook(cap_kind_t kind, void (*ended)(cap_node_t *node)) {
    hooks[kind] = ended;
}

int cap_info_at(uint32_t index, cap_info_t *out) {
    int result = -ENOENT;
    lock();
    page_t *page = first_page;
    for (; page != NULL && index >= NODES_PER_PAGE; index -= NODES_PER_PAGE) {
        page = page->next;
    }
    if (page != NULL) {
        const cap_node_t *node = &page->nodes[index];
        result = node->key & KEY_LIVES ? 0 : -ESRCH;
        *out = (cap_info_t) {
            .cap = {(cap_node_t *)node, node->key}, .kind = node->kind, .rights = node->rights, .base = node->base,
            .length = node->length, .holder = node->holder, .parent = node->parent,
        };
    }
    unlock();
    return result;
}
