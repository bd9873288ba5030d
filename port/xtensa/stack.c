// SPDX-License-Identifier: MIT
// The guard of the C stack: the core's one data breakpoint watches its lowest bytes and raises a
// debug exception, of level 2, when anything is stored there. A frame larger than the guard can
// step over it; upstream's own check of the stack depth, with its margin, is the first line of
// defence.
#include "port/xtensa/xtensa.h"

// DBREAKC0: stores break; the mask has a zero for each address bit that is not compared.
#define BREAK_ON_STORE  0x80000000u
#define GUARD_BYTES     64u // the most that the mask can cover

void xt_stack_guard(void) {
    XT_WRITE_SR(dbreaka0, ld_stack_bottom);
    XT_WRITE_SR(dbreakc0, BREAK_ON_STORE | (0x3f & ~(GUARD_BYTES - 1)));
}
