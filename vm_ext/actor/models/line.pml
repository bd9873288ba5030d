// SPDX-License-Identifier: MIT
// line.c: interrupts that become messages, while the line passes from an actor that ended to the next. Of every
// interrupt since the next one opened the line it is told. Never is the message written to while it is under way, nor
// is it sent to half an address.
// mutants: OPEN_PLAINLY NO_POST_AFTER_OPEN NO_POST_AFTER_TAKE
//
// Line by line:
//   seen             the interrupts that the count covered when it was last taken
//   irq              rt_post_from_irq(): one step, since interrupts are disabled on that core and `listed` is its own
//   core             lines_post() of that core; an interrupt can come after each of its steps
//   post             post(): the count, then the CAS from IDLE, the address, mail_deliver()
//   open             rt_line_open(): claim(), the fields, the count, the release of IDLE, post()
//   take             line_taken() and take(): the count, the release of IDLE, post()
//   the end of an actor   the mailbox is closed: line_discarded() of what was there; a delivery fails after that
// address is line->actor, gen is line->gen: two words, written and read one after the other.

#define INTERRUPTS 3
mtype = { IDLE, SENT, TAKEN };

mtype state = IDLE;
byte count, fired, seen;
bool listed;
byte address, gen;          // of tenant 1 or 2; 0: nobody's yet
byte alive;                 // the tenant whose mailbox is open
bool mail;                  // the message is in it
bool ready;                 // tenant 2 has opened the line

inline post() {
    bool mine = false;
    if
    :: count != 0 ->
        atomic {
            if
            :: state == IDLE -> state = SENT; mine = true
            :: else
            fi
        }
    :: else
    fi;
    if
    :: mine ->
        byte to = address;
        assert(to == gen);
        atomic {
            if
            :: alive == to -> assert(!mail); mail = true
            :: else -> state = IDLE
            fi
        }
    :: else
    fi;
    mine = false
}

proctype irq() {
    byte i;
    do
    :: i < INTERRUPTS -> atomic { count++; fired++; listed = true }; i++
    :: else -> break
    od
}

proctype core() {
end:
    do
    :: atomic { listed -> listed = false };
        post()
    od
}

inline open(me) {
    bool claimed = false;
    do
    :: !claimed ->
#ifdef OPEN_PLAINLY
        if
        :: state != SENT && !listed -> claimed = true
        :: else
        fi
#else
        atomic {
            if
            :: state != SENT -> state = TAKEN; claimed = true
            :: else
            fi
        }
#endif
    :: else -> break
    od;
    assert(!mail);
    address = me;
    gen = me;
    atomic { count = 0; seen = fired };
    state = IDLE;
#ifndef NO_POST_AFTER_OPEN
    post()
#else
    skip
#endif
}

inline take() {
    atomic { mail -> mail = false; state = TAKEN };
    atomic { count = 0; seen = fired };
    state = IDLE;
#ifndef NO_POST_AFTER_TAKE
    post()
#else
    skip
#endif
}

proctype actors() {
    alive = 1;
    open(1);
    if
    :: take()
    :: skip
    fi;
    atomic { // its end: mail that it has not taken is discarded
        alive = 2;
        if
        :: mail -> mail = false; state = IDLE
        :: else
        fi
    };
    open(2);
    ready = true;
end:
    do
    :: take()
    od
}

// Nothing is left to do: all were seen.
active proctype watch() {
    run irq();
    run core();
    run actors();
    timeout -> assert(ready && fired == INTERRUPTS && seen == fired)
}
