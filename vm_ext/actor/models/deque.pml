// SPDX-License-Identifier: MIT
// deque.h: the owner pushes and takes from the top, two thieves take from the top, the array grows once. Every actor
// that is pushed is taken exactly once, in order.
// mutants: NO_CAS NO_COPY NO_GROW ARRAY_BEFORE_BOTTOM
//
// Line by line:
//   top, bottom, array    deque->top, ->bottom, ->array (0: the first, with 2 items; 1: the one with 4)
//   push                  deque_push(): load bottom, load top, grow if they are SIZE apart, store the item, store
//                         bottom + 1
//   grow                  deque_grow(): copies [top, bottom), then stores the array
//   pop                   deque_pop(): load top, load bottom, load array, load the item, CAS top
// Left out: a thief's choice of victim, the overflow list (the owner's alone).

#define ITEMS 4

byte top, bottom;
bit array;
byte small[2], large[4];
byte taken[ITEMS + 1];
byte n_taken;

inline took(item) {
    atomic {
        assert(item > 0 && item <= ITEMS);
        assert(taken[item] == 0);
        taken[item]++;
        n_taken++;
        item = 0
    }
}

inline pop() {
    t = top;
#ifdef ARRAY_BEFORE_BOTTOM
    a = array;
    b = bottom;
#else
    b = bottom;
#endif
    if
    :: t < b ->
#ifndef ARRAY_BEFORE_BOTTOM
        a = array;
#endif
        if
        :: a == 0 -> item = small[t % 2]
        :: else -> item = large[t % 4]
        fi;
#ifdef NO_CAS
        top = t + 1;
        took(item)
#else
        atomic {
            if
            :: top == t -> top = t + 1; assert(item == t + 1)   // first in, first out
            :: else -> item = 0
            fi
        }
        if
        :: item != 0 -> took(item)
        :: else
        fi
#endif
    :: else
    fi
}

proctype owner() {
    byte t, b, a, item, i, pushed;
    do
    :: pushed < ITEMS ->
        b = bottom;
        t = top;
        if
#ifdef NO_GROW
        :: false -> skip
#else
        :: array == 0 && b - t >= 2 ->
            i = top;
            do
            :: i < b ->
#ifndef NO_COPY
                large[i % 4] = small[i % 2];
#endif
                i++
            :: else -> break
            od;
            array = 1
        :: array == 1 && b - t >= 4 ->
            pop();
            goto next           // the model's arrays end here: the owner makes room itself
#endif
        :: else
        fi;
        if
        :: array == 0 -> small[b % 2] = pushed + 1
        :: else -> large[b % 4] = pushed + 1
        fi;
        bottom = b + 1;
        pushed++;
next:   skip
    :: pop()
    :: pushed == ITEMS && top == bottom -> break
    od
}

proctype thief() {
    byte t, b, a, item, tries;
    do
    :: tries < 2 -> pop(); tries++
    :: tries == 2 -> break
    od
}

init {
    atomic {
        run owner();
        run thief();
        run thief()
    }
    (_nr_pr == 1);
    assert(n_taken == ITEMS)    // none lost
}
