// SPDX-License-Identifier: MIT
// Sending to an actor that dies, whose slot gets a new tenant, and another: every ask is answered exactly once, a
// tenant reads no mail of another, and the count of waiting bytes comes back to zero.
// mutants: NO_GENERATION CLOSE_STORES OPEN_EARLY COUNT_RESET
//
// Line by line:
//   ask                 mail_deliver(): is_gone(), in_bytes += , mail_push(), in_bytes -= if it was closed; then the
//                       asker itself is answered (-ESRCH)
//   tenant              actor_die() and what follows: names and program left out; mail_close(), mail_discard() of
//                       what was there; slot_free(): the generation; slot_alloc(), init(), mail_open()
//   drain               mail_drain(): take, and what is not of this generation is discarded (answered: no such actor)
// in_count - out_count is in_bytes - out_bytes, in messages.

#define ASKERS  2
#define TENANTS 3
#define EMPTY   0
#define CLOSED  1
#define MSG     2

byte head = EMPTY;
byte gen = 1;
byte next[ASKERS], msg_gen[ASKERS];
byte answers[ASKERS];
short in_count, out_count;

inline answer(who) {
    atomic {
        answers[who]++;
        assert(answers[who] == 1)
    }
}

// Its ref is to one of the tenants.
proctype asker(byte me) {
    byte ref, old;
    bool pushed;
    if
    :: ref = 1
    :: ref = 2
    fi;
    (gen >= ref);               // who has a ref has it from somebody who knew that tenant
    if
#ifdef NO_GENERATION
    :: false -> skip
#else
    :: gen != ref -> skip
#endif
    :: gen == ref ->
        msg_gen[me] = ref;
        atomic { in_count++ }
        old = head;
        do
        :: old == CLOSED -> break
        :: else ->
            next[me] = old;
            atomic {
                if
                :: head == old -> head = me + MSG; pushed = true; break
                :: else -> old = head
                fi
            }
        od;
        if
        :: !pushed -> atomic { in_count-- }
        :: else
        fi
#ifdef NO_GENERATION
    :: gen != ref -> skip
#endif
    fi;
    if
    :: !pushed -> answer(me)
    :: else
    fi
}

inline drop(chain, is_mine) {
    do
    :: chain >= MSG ->
        m = chain - MSG;
        chain = next[m];
        out_count++;
#ifndef NO_GENERATION
        if
        :: is_mine && msg_gen[m] != gen -> skip    // mail_discard(): answered as well
        :: else
        fi;
#else
        assert(!is_mine || msg_gen[m] == gen);     // it was read
#endif
        answer(m)
    :: else -> break
    od
}

proctype tenants() {
    byte tenant = 1, chain, m;
    do
    :: tenant <= TENANTS ->
        do                      // lives: reads its mail now and then
        :: atomic { chain = head; head = EMPTY };
            drop(chain, true)
        :: break
        od;
        // dies
#ifdef CLOSE_STORES
        chain = head;
        head = CLOSED;
#else
        atomic { chain = head; head = CLOSED };
#endif
        drop(chain, false);
#ifdef OPEN_EARLY
        if
        :: tenant < TENANTS -> head = EMPTY
        :: else
        fi;
#endif
        gen++;
        tenant++;
        if
        :: tenant <= TENANTS ->
#ifdef COUNT_RESET
            out_count = in_count;
#endif
            head = EMPTY
        :: else
        fi
    :: else -> break
    od
}

init {
    byte i;
    atomic {
        run asker(0);
        run asker(1);
        run tenants()
    }
    (_nr_pr == 1);
    assert(answers[0] == 1 && answers[1] == 1);
    assert(in_count == out_count)
}
