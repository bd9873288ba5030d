// SPDX-License-Identifier: MIT
// ties.c: two actors that link each other, unlink, and die, in any order. No half of a tie is used after it was freed
// or while the other side has it, every half is freed once, nobody is told twice, and who
// is linked to a dead one is told: when all mail is read, nothing of it is left.
// mutants: UNTIE_FREES ACK_ALWAYS DEATH_SENDS_CLOSING DISCARD_FREES TELL_FOR_EACH
//
// Line by line:
//   half[i]              where a block is: with actor 0 or 1, FLYING (in a mailbox, as a message), FREED
//   closing[i]           CLOSING in its flags
//   OTHER(i)             tie->other
//   link                 rt_link(), tie_to(): both halves, one kept, one sent as LINK
//   untie                untie(): CLOSING, the UNTIE word
//   receive              ties_signal(): on_link(), on_untie(), on_untied(), on_notice()
//   discard              mail_discard() for an actor that is dead: ties_discard() for LINK, else freed
//   die                  ties_cut(), after what was in the mailbox is discarded
// Pair 0 (halves 0 and 1) is made by actor 0, pair 1 (halves 2 and 3) by actor 1, so actor 0's halves are 0 and 3.
// Monitors are the same protocol with only one side that undoes; their final UNTIE is checked here too, since a
// watcher's death is that of a linker whose word is UNTIE (FINAL) instead of EXIT: `watch` chooses.

#define FREED  2
#define FLYING 3
#define NONE   4

#define OTHER(i)   ((i) ^ 1)
#define LINKED_BY_OTHER(me) (!watch && half[3 - (me) * 2] == (me) && !closing[3 - (me) * 2])

mtype = { LINK, UNTIE, FINAL, UNTIED, EXIT };

byte half[4] = NONE;
bool closing[4];
chan mail[2] = [6] of { mtype, byte };      // to actor 0, to actor 1: the half it is about, of the receiver
bool dead[2], unlinked[2], linked[2];
byte told[2];
bool watch;

inline check(i, me) {
    assert(half[i] == me)
}

inline free(i) {
    assert(half[i] != FREED && half[i] != NONE);
    half[i] = FREED
}

inline link(me) {
    i = me * 2;
    half[i] = me;
    half[i + 1] = FLYING;
    mail[1 - me] ! LINK, i + 1;
    linked[me] = true
}

// Half i of actor me.
inline untie(i, me) {
    check(i, me);
    closing[i] = true;
    mail[1 - me] ! UNTIE, OTHER(i)
}

inline on_link(me) {
    half[i] = me
}

inline on_untie(me, is_final) {
    check(i, me);
    if
#ifdef ACK_ALWAYS
    :: is_final ->
#else
    :: is_final || closing[i] ->
#endif
        free(i);
        if
        :: is_final -> free(OTHER(i))   // it is the message
        :: else
        fi
    :: else ->
#ifdef UNTIE_FREES
        free(i)
#else
        half[i] = FLYING;
        mail[1 - me] ! UNTIED, OTHER(i)
#endif
    fi
}

inline on_untied(me) {
    check(i, me);
    assert(half[OTHER(i)] == FLYING);
    free(i);
    free(OTHER(i))
}

inline on_exit(me) {
    check(i, me);
    if
    :: !closing[i] ->
        told[me]++;
        assert(told[me] == 1);
#ifndef TELL_FOR_EACH
        if                                  // the other link that crossed with it
        :: !watch && half[(i + 2) % 4 ^ 1] == me -> closing[(i + 2) % 4 ^ 1] = true
        :: else
        fi
#endif
    :: else
    fi;
    free(i);
    free(OTHER(i))
}

inline receive(me) {
    mail[me] ? kind, i;
    if
    :: dead[me] ->                          // discard; i is the receiver's half
        if
#ifdef DISCARD_FREES
        :: kind == LINK -> free(i)
#else
        :: kind == LINK -> mail[1 - me] ! EXIT, OTHER(i)
#endif
        :: kind == EXIT || kind == FINAL || kind == UNTIED -> free(OTHER(i))
        :: kind == UNTIE -> skip
        fi
    :: else ->
        if
        :: kind == LINK -> on_link(me)
        :: kind == UNTIE -> on_untie(me, false)
        :: kind == FINAL -> on_untie(me, true)
        :: kind == UNTIED -> on_untied(me)
        :: kind == EXIT -> on_exit(me)
        fi
    fi
}

inline cut(i, me) {
    if
    :: half[i] == me ->
        if
#ifndef DEATH_SENDS_CLOSING
        :: closing[i] -> free(i)
        :: !closing[i] ->
#else
        :: true ->
#endif
            half[i] = FLYING;
            if
            :: watch && i == me * 2 -> mail[1 - me] ! FINAL, OTHER(i)
            :: else -> mail[1 - me] ! EXIT, OTHER(i)
            fi
        fi
    :: else
    fi
}

// What an actor does is one step here: its ties are its own, only mail is shared.
proctype actor(byte me) {
    byte i;
    mtype kind;
    do
    :: atomic { nempty(mail[me]) -> receive(me); i = 0 }
    :: atomic { !dead[me] && half[me * 2] == NONE && !unlinked[me] && !LINKED_BY_OTHER(me) && !told[me] ->
        link(me); i = 0 }
    :: atomic {
            !dead[me] && !unlinked[me] && !watch && linked[me] ->
            unlinked[me] = true;
            i = me * 2;
            if
            :: half[i] == me && !closing[i] -> untie(i, me)
            :: else
            fi;
            i = 3 - me * 2;
            if
            :: half[i] == me && !closing[i] -> untie(i, me)
            :: else
            fi;
            i = 0
        }
    :: atomic {
            !dead[me] ->
            dead[me] = true;
            cut(0, me);
            cut(1, me);
            cut(2, me);
            cut(3, me)
        }
    :: atomic {
            dead[1 - me] && !dead[me] && empty(mail[0]) && empty(mail[1]) ->
            assert(half[0] != me && half[1] != me && half[2] != me && half[3] != me)
        }
    :: atomic { dead[0] && dead[1] && empty(mail[0]) && empty(mail[1]) -> break }
    od
}

init {
    byte i;
    atomic {
        if
        :: watch = false
        :: watch = true
        fi;
        run actor(0);
        run actor(1)
    }
    (_nr_pr == 1);
    do
    :: i < 4 -> assert(half[i] == NONE || half[i] == FREED); i++
    :: else -> break
    od
}
