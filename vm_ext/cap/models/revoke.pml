// SPDX-License-Identifier: MIT
// cap.h and cap.c: two cores use a right and a right lent from it, while a third lends, and two revoke the same node
// at once; its memory gets a new life for somebody else. When a revocation has returned, nobody uses what it ended.
// mutants: NO_WAIT HAZARD_LATE WAIT_FIRST SECOND_RETURNS NO_KEY NO_LOCK
//
// Line by line:
//   user                cap_enter(): hazard, key; the access; cap_leave()
//   lender              cap_derive(): under the lock, if the parent lives
//   revoker             cap_revoke(): kill() under the lock, leaf first; bury(): wait(), then the nodes are free
//   next_life           node_new(), make(): the next key, for another holder
// A node's key is odd while it lives; PARENT's first life has key 1, so has CHILD's if the lender comes to it.

#define USERS  2
#define PARENT 0
#define CHILD  1
#define NONE   9

byte key[2];
byte hazard[USERS] = NONE;
byte ended[2];                  // the last key whose revocation has returned
bool linked;                    // CHILD is a child of PARENT
bool is_free[2];
bool locked;
byte lent;                      // key of the handle that was sent; 0: not yet

inline take_lock() {
    atomic { !locked -> locked = true }
}

inline access(me, node, handle) {
#ifdef HAZARD_LATE
    if
    :: key[node] == handle ->
        hazard[me] = node;
        assert(ended[node] < handle);
    :: else
    fi;
#else
    hazard[me] = node;
    if
#ifdef NO_KEY
    :: key[node] & 1 ->
#else
    :: key[node] == handle ->
#endif
        assert(ended[node] < handle)
    :: else
    fi;
#endif
    hazard[me] = NONE
}

proctype parent_user() {
    byte n;
    do
    :: n < 2 -> access(0, PARENT, 1); n++
    :: else -> break
    od
}

proctype child_user() {
    byte n;
    (lent != 0);
    do
    :: n < 2 -> access(1, CHILD, lent); n++
    :: else -> break
    od
}

proctype lender() {
#ifndef NO_LOCK
    take_lock();
#endif
    if
    :: key[PARENT] == 1 ->
        key[CHILD] = key[CHILD] + 1;
        linked = true;
        lent = key[CHILD]
    :: else -> lent = 99        // -EPERM: what is sent is dead
    fi;
    locked = false
}

inline wait_for_users() {
    c = 0;
    do
    :: c < USERS ->
        // until this core's hazard is no dead node
        (hazard[c] == NONE || key[hazard[c]] & 1);
        c++
    :: else -> break
    od
}

proctype revoker() {
    byte c, killed_child;
    bool mine;
#ifdef WAIT_FIRST
    wait_for_users();
#endif
    take_lock();
    if
    :: key[PARENT] == 1 ->
        mine = true;
        if
        :: linked ->
            killed_child = key[CHILD];
            linked = false;
            key[CHILD] = key[CHILD] + 1
        :: else
        fi;
        key[PARENT] = 2
    :: else
    fi;
    locked = false;
#ifdef SECOND_RETURNS
    if
    :: mine -> wait_for_users()
    :: else
    fi;
#else
#ifndef NO_WAIT
#ifndef WAIT_FIRST
    wait_for_users();
#endif
#endif
#endif
    atomic {
        ended[PARENT] = 1;
        if
        :: killed_child != 0 -> ended[CHILD] = killed_child
        :: else
        fi
    }
    if
    :: mine -> is_free[PARENT] = true
    :: else
    fi;
#ifdef NO_LOCK
    // What was lent from it is over as well.
    (lent != 0);
    assert(lent == 99 || key[CHILD] != lent || !(key[CHILD] & 1))
#endif
}

proctype next_life() {
    is_free[PARENT];
    key[PARENT] = 3
}

init {
    key[PARENT] = 1;
    atomic {
        run parent_user();
        run child_user();
        run lender();
        run revoker();
        run revoker();
        run next_life()
    }
    (_nr_pr == 1);
    // Nothing of the first life is left.
    assert(lent == 99 || key[CHILD] == 2)
}
