// SPDX-License-Identifier: MIT
// timer.c: an actor's timer stays on the core where it was queued while the actor moves. Every wait with a deadline
// ends, a slot is free only when no heap has its timer, and nobody touches the timer of a free slot.
// mutants: EARLIER_STAYS FORGET_ZOMBIE NO_MESSAGE REMOVE_REMOTE
//
// Line by line:
//   in_heap[c], when     rank != 0 in the heap of core c; timer.heap.when_ns
//   timer_core           actor->timer_core, the owner's
//   park                 timer_want() and mail_park(): leave a timer that is early enough; move one that is local;
//                        go to the timer's core if it is too late and remote
//   core                 the loop of a core: its timer expires (timer_expire(): out of the heap, then the TIMEOUT
//                        message), its inbox is read (read_inbox(): timer_remove(), then run or free), a message
//                        wakes the actor (that core's own push)
//   run_actor            prepare() and a step: takes the mail (TIMEOUT: timer_core is none again), wants a new time
//   die                  actor_die(): mailbox closed; the timer local: out and free; remote: to that core's inbox
// Times are 1 (soon) and 2 (later); "time passes" is: a queued timer may expire at any moment. An actor whose timer
// has expired too early parks again, so what counts is that it always has a timer queued or mail.

#define NONE    2
#define EMPTY   0
#define WAITING 1
#define MAIL    2
#define CLOSED  3
#define ROUNDS  3
#define MAILS   2

byte head = EMPTY;          // MAIL: some message; `expired` and `mail` say which are in the chain
bool expired, mail;
bool in_heap[2];
byte when, wanted;
byte timer_core = NONE;
bool inbox[2];
bool dying, freed;
byte rounds, mails;
bool hand[2];               // the actor is in the hands of this core (its queue, or running)

inline push(c, is_timeout) {
    atomic {
        if
        :: head == CLOSED -> skip
        :: else ->
            if
            :: is_timeout -> expired = true
            :: else -> mail = true
            fi;
            if
            :: head == WAITING -> assert(!hand[0] && !hand[1]); hand[c] = true
            :: else
            fi;
            head = MAIL
        fi
    }
}

inline park(c) {
    if
    :: timer_core == NONE ->
        when = wanted; timer_core = c; in_heap[c] = true
#ifdef EARLIER_STAYS
    :: timer_core != NONE -> skip
#else
    :: timer_core != NONE && when <= wanted -> skip
    :: timer_core == c && when > wanted ->
        if
        :: in_heap[c] -> when = wanted
        :: else -> skip         // expired into the mailbox: parking fails
        fi
    :: timer_core != c && timer_core != NONE && when > wanted ->
        hand[c] = false;
        inbox[timer_core] = true;
        goto parked
#endif
    fi;
    // What the C does not need to say: a queued timer is early enough, or its message is on its way.
    assert(!(in_heap[0] || in_heap[1]) || when <= wanted);
    atomic {
        if
        :: head == EMPTY -> hand[c] = false; head = WAITING
        :: else
        fi
    }
parked: skip
}

inline die(c) {
    atomic {
        head = CLOSED;
        if
        :: expired -> timer_core = NONE
        :: else
        fi;
        expired = false;
        mail = false
    }
    dying = true;
    hand[c] = false;
    if
    :: timer_core == NONE -> free_slot()
#ifdef FORGET_ZOMBIE
    :: else -> free_slot()
#elif defined(REMOVE_REMOTE)
    :: else -> in_heap[timer_core] = false; free_slot()
#else
    :: timer_core == c -> in_heap[c] = false; free_slot()
    :: else -> inbox[timer_core] = true
#endif
    fi
}

inline free_slot() {
    atomic {
        assert(!freed);
        assert(!in_heap[0] && !in_heap[1]);
        freed = true
    }
}

inline run_actor(c) {
    bool told;
    atomic {                    // mail_take()
        told = head == MAIL;
        if
        :: told ->
            head = EMPTY;
            if
            :: expired -> timer_core = NONE
            :: else
            fi;
            expired = false;
            mail = false
        :: else
        fi
    }
    if
    :: told || rounds == 0 ->
        rounds++;
        if
        :: wanted = 1
        :: wanted = 2
        fi
    :: else                     // woken for nothing, or moved here: parks again, same deadline
    fi;
    if
    :: rounds > ROUNDS -> die(c)
    :: else -> park(c)
    fi
}

proctype core(byte me) {
    bool expiring;
    do
    :: in_heap[me] ->           // expires: two steps, the actor may run elsewhere in between
        expiring = false;
        atomic {
            if
            :: in_heap[me] -> in_heap[me] = false; assert(!freed); expiring = true
            :: else
            fi
        }
#ifndef NO_MESSAGE
        if
        :: expiring -> assert(!freed); push(me, true)
        :: else
        fi
#endif
    :: inbox[me] ->
        inbox[me] = false;
        if
        :: timer_core == me && in_heap[me] -> in_heap[me] = false; timer_core = NONE
        :: else
        fi;
        if
        :: dying -> free_slot()
        :: else -> hand[me] = true
        fi
    :: hand[me] -> run_actor(me)
    :: mails < MAILS && !dying -> mails++; push(me, false)
    :: freed -> break
    od
}

init {
    atomic {
        hand[0] = true;
        run core(0);
        run core(1)
    }
}
