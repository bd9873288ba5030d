// SPDX-License-Identifier: MIT
// Capabilities: rights to hardware that can be narrowed, lent and revoked. Plain C11, no Python.
//
// A right is a node; what holds it has a handle, the node's address and key. Nodes form a tree: a child is what was
// narrowed or lent, so the tree is the record of who gave what. Node memory is never used for anything else, so a
// stale handle can always be looked at; the key, odd while the node lives, tells its successive lives apart.
//
// Use: between cap_enter(), which must say true, and cap_leave() the right cannot be taken away, and what the node
// says is constant. That is a few instructions, in nopreempt. After cap_revoke() has returned nobody on any core uses
// the node or one of its descendants, nor will.
// Invariant: the tree and the lists of holders change under the lock only; a dead node is in neither.
// docs/adr/0007-capabilities.md; models/revoke.pml is checked against every interleaving of these steps.
#ifndef VM_EXT_CAP_CAP_H
#define VM_EXT_CAP_CAP_H

#include <stdbool.h>
#include <stdint.h>

#include "vm_ext/actor/atomic.h"

typedef enum { CAP_REGION, CAP_PORTS, CAP_LINE, CAP_MEMORY, CAP_DEVICE, CAP_KINDS } cap_kind_t;

enum { CAP_READ_ONLY = 1 }; // rights; a child has its parent's and may have more of these limits

typedef struct cap_node cap_node_t;

typedef struct {
    cap_node_t *node; // NULL: nothing
    uint32_t key;
} cap_t;

// Whoever ends as one: its nodes are released together. Zeroed at first.
typedef struct {
    cap_node_t *first;
    uint32_t n;
} cap_holder_t;

enum { CAP_HELD_MAX = 4096 }; // by one holder

struct cap_node {
    uint32_t key;
    uint8_t kind, rights;
    bool dropped; // its holder has no handle left: ends with its last child
    uint64_t base, length; // what of, in the kind's own units
    uint64_t used; // atomic; of a kind that is an allowance
    uint64_t call_id; // lent for the call with this id; 0: for good
    void *object; // the kind's own; children have their parent's
    cap_node_t *parent, *child, *next, *prev;
    cap_holder_t *holder; // NULL: nobody's, in a message, or a root
    cap_node_t *held_next, *held_prev;
};

// All that follows: in nopreempt, and not between cap_enter() and cap_leave(). -EPERM: revoked meanwhile; -EINVAL: not
// within it; -ENOMEM: no node, or holder has too many.

int cap_root(cap_kind_t kind, uint64_t base, uint64_t length, void *object, cap_holder_t *holder, cap_t *out);
int cap_derive(cap_t from, uint64_t offset, uint64_t length, uint8_t rights, cap_holder_t *holder, cap_t *out);
// Of another kind, that ends with `from`.
int cap_adopt(cap_t from, cap_kind_t kind, uint64_t base, uint64_t length, void *object, cap_holder_t *holder,
    cap_t *out);
int cap_derive_whole(cap_t from, cap_holder_t *holder, cap_t *out);
int cap_hold(cap_t cap, cap_holder_t *holder); // what was nobody's
void cap_lend_for_call(cap_t cap, uint64_t call_id);

void cap_revoke(cap_t cap); // it and what was made from it
void cap_recall(cap_t cap); // what was made from it
void cap_drop(cap_t cap); // the handle is lost: it ends, now or with its last child
void cap_end_call(cap_holder_t *holder, uint64_t call_id);
void cap_release_all(cap_holder_t *holder);

// What else has to happen when a node of this kind has ended. In nopreempt, while no other core can use it.
void cap_set_hook(cap_kind_t kind, void (*ended)(cap_node_t *node));

typedef struct {
    cap_t cap;
    uint8_t kind, rights;
    uint64_t base, length;
    const cap_holder_t *holder;
    cap_node_t *parent;
} cap_info_t;

// All nodes that there ever were are numbered from 0: -ESRCH for one that is free, -ENOENT past the last.
int cap_info_at(uint32_t index, cap_info_t *out);

// --- use

typedef struct {
    _Alignas(RT_SMP ? 64 : 8) cap_node_t *node; // that this core is using
} cap_hazard_t;

extern cap_hazard_t cap_hazards[RT_MAX_CORES];

static inline bool cap_enter(unsigned core, cap_t cap) {
    at_store(&cap_hazards[core].node, cap.node);
    at_fence_sc(); // pairs with the one in cap.c's wait(): it sees the hazard, or we the key
    return at_load_acq(&cap.node->key) == cap.key;
}

static inline void cap_leave(unsigned core) {
    at_store_rel(&cap_hazards[core].node, NULL); // pairs with wait(): what was done with it is over
}

#endif
