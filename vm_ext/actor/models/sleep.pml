// SPDX-License-Identifier: MIT
// idle.c: a core that goes to sleep and others that make work: work in a deque whose owner is busy for ever, and work
// sent to the sleeper's inbox. All of it is done: a lost wake-up is a deadlock here.
// mutants: LOOK_BEFORE_PUSH BIT_AFTER_LOOK NO_LAST_LOOK NO_INTERRUPT
//
// Line by line:
//   sleeping[], work, inbox[]   the bits of `sleepers`; items in the busy core's deque; items in core->inbox
//   push                        queue_push(), then core_wake_another(): the fence, the look, core_wake()
//   send_to                     core_send_to(): the push to the inbox, the fence, core_wake()
//   wake                        core_wake(): the bit by one fetch-and, the interrupt by who took it
//   sleeper                     pick() finds nothing; lie_down(): the bit, the fence, work_anywhere(); then, with
//                               interrupts disabled, the last look at the bit, and hal_cpu_idle(), which a pending
//                               interrupt ends; get_up()
// The fences make each "write mine, read yours" pair sequentially consistent, which is what interleaving means here.
// LOOK_BEFORE_PUSH and BIT_AFTER_LOOK are what the hardware would do without them.

#define CORES 2
#define WORK  2

bool sleeping[CORES];
bool interrupt[CORES];
byte work, inbox[CORES];
byte done;

#define TOTAL (WORK + 1)

inline wake(c) {
    atomic {
        if
        :: sleeping[c] ->
            sleeping[c] = false;
#ifndef NO_INTERRUPT
            interrupt[c] = true;
#endif
            woke = true
        :: else -> woke = false
        fi
    }
}

// A core that never takes its own work.
proctype busy() {
    byte i, c;
    bool woke, asleep[CORES];
    do
    :: i < WORK ->
#ifdef LOOK_BEFORE_PUSH
        atomic { asleep[0] = sleeping[0]; asleep[1] = sleeping[1] }
        work++;
#else
        work++;
        atomic { asleep[0] = sleeping[0]; asleep[1] = sleeping[1] }
#endif
        woke = false;
        c = 0;
        do
        :: c < CORES && !woke ->
            if
            :: asleep[c] -> wake(c)
            :: else
            fi;
            c++
        :: else -> break
        od;
        i++
    :: else -> break
    od
}

// Another one, which sends an actor to core 1: its timer is there.
proctype elsewhere() {
    bool woke;
    inbox[1]++;
    wake(1)
}

proctype sleeper(byte me) {
    bool found, wakes;
    byte other = 1 - me;
    bool woke;
    do
    :: done == TOTAL -> break
    :: else ->
        atomic {                // pick(): from the inbox, or stolen
            found = false;
            if
            :: inbox[me] > 0 -> inbox[me]--; found = true
            :: else
            fi
        }
        if
        :: !found ->
            atomic {
                if
                :: work > 0 -> work--; found = true; wakes = work > 0
                :: else
                fi
            }
            if
            :: found && wakes -> wake(other)
            :: else
            fi
        :: else
        fi;
        if
        :: found -> done++
        :: else ->
#ifdef BIT_AFTER_LOOK
            found = inbox[me] > 0 || work > 0;
            sleeping[me] = true;
#else
            sleeping[me] = true;
            found = inbox[me] > 0 || work > 0;
#endif
            if
            :: found -> sleeping[me] = false
            :: else ->
                // Interrupts are disabled: one that comes now stays pending.
                if
#ifdef NO_LAST_LOOK
                :: true -> interrupt[me] = false; (interrupt[me] || done == TOTAL)
#else
                :: sleeping[me] -> (interrupt[me] || done == TOTAL)     // hal_cpu_idle()
                :: else
#endif
                fi;
                interrupt[me] = false;
                sleeping[me] = false
            fi
        fi
    od
}

init {
    atomic {
        run busy();
        run elsewhere();
        run sleeper(0);
        run sleeper(1)
    }
}
