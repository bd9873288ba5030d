// SPDX-License-Identifier: MIT
// mailbox.h with park and wake: no message is lost or doubled, each sender's arrive in order, the parked receiver is
// woken by exactly one, and never sleeps over mail.
// mutants: PARK_STORES NO_WAKE TAKE_IN_TWO NO_REVERSE STALE_NEXT EVERYBODY_WAKES
//
// Line by line:
//   head                  actor->mailbox; EMPTY, WAITING, or the number of a message + MSG
//   inline push           mail_push(): the load, ->next from what was loaded, the CAS; again if it failed
//   ready                 the receiver is in a run queue: core_make_ready() by who found WAITING
//   take                  mail_take(): the exchange, then the reversal, which is private
//   park                  mail_park(): the CAS from EMPTY; then nothing is touched until somebody makes it ready
// A sender has two blocks and uses them in turn as soon as the receiver has freed them, so that a message comes back
// at the same address while another sender is between its load and its CAS (ABA).
// Left out: CLOSED and generations (death.pml), the payload. Each memory access of the C is one step here, in the
// order of the program; what reordering could do is argued in docs/actor-orderings.md.

#define SENDERS 2
#define EACH    3
#define BLOCKS  2
#define EMPTY   0
#define WAITING 1
#define MSG     2

byte head = EMPTY;
byte next[SENDERS * BLOCKS];
byte number[SENDERS * BLOCKS];
bool in_use[SENDERS * BLOCKS];
bool ready;
byte received;

inline wake() {
    atomic {
        assert(!ready);         // a second waker
        ready = true;
    }
}

proctype sender(byte me) {
    byte sent, old, block;
    do
    :: sent < EACH ->
        block = me * BLOCKS + sent % BLOCKS;
        !in_use[block];         // rt_alloc()
        in_use[block] = true;
        number[block] = sent;
        old = head;
        next[block] = old;
        do
        :: true ->
#ifndef STALE_NEXT
            next[block] = old;
#endif
            atomic {
                if
                :: head == old -> head = block + MSG; break
                :: else -> old = head
                fi
            }
        od;
#ifndef NO_WAKE
        if
#ifdef EVERYBODY_WAKES
        :: old == WAITING || old == EMPTY -> wake()
#else
        :: old == WAITING -> wake()
#endif
        :: else
        fi;
#endif
        sent++
    :: else -> break
    od
}

proctype receiver() {
    byte chain, list, after, expected[SENDERS];
    do
    :: received < SENDERS * EACH ->
#ifdef TAKE_IN_TWO
        chain = head;
        head = EMPTY;
#else
        atomic { chain = head; head = EMPTY }
#endif
        assert(chain != WAITING);
        list = EMPTY;
        d_step {
            do
            :: chain >= MSG ->
                after = next[chain - MSG];
                next[chain - MSG] = list;
                list = chain;
                chain = after
            :: else -> break
            od;
#ifdef NO_REVERSE
            // Newest first: turned once more.
            do
            :: list >= MSG ->
                after = next[list - MSG];
                next[list - MSG] = chain;
                chain = list;
                list = after
            :: else -> break
            od;
            list = chain;
#endif
        }
        do
        :: list >= MSG ->
            after = next[list - MSG];
            assert(in_use[list - MSG]);
            assert(number[list - MSG] == expected[(list - MSG) / BLOCKS]);  // in order, none twice
            expected[(list - MSG) / BLOCKS]++;
            received++;
            in_use[list - MSG] = false;                                     // rt_msg_free()
            list = after
        :: else -> break
        od;
        if
        :: received < SENDERS * EACH ->
#ifdef PARK_STORES
            head = WAITING;
            ready;
            ready = false
#else
            atomic {
                if
                :: head == EMPTY -> head = WAITING
                :: else -> goto again
                fi
            }
            ready;              // it is in nobody's hands until then: a lost wake-up is a deadlock here
            ready = false;
again:      skip
#endif
        :: else
        fi
    :: else -> break
    od
}

init {
    atomic {
        run sender(0);
        run sender(1);
        run receiver()
    }
}
