// SPDX-License-Identifier: MIT
// Upstream's emitter reserves one slot too few where "break" or "continue" in a "finally" meets one that is
// pending from the "try": UNWIND_JUMP then writes a small number over a local variable, which four such
// statements in each other turn into a wild pointer. So a frame with exception blocks gets one slot more.
#include "py/mpstate.h"
#include "py/smallint.h"
#include "py/emit.h"
#include "py/bc0.h"

#define num_locals num_locals + (scope->exc_stack_size > 0)

#include "py/emitbc.c"
