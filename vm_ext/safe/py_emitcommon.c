// SPDX-License-Identifier: MIT
// Upstream's py/emitcommon.c, which compares constants, tuples in tuples to any depth, recursively and each
// with all before it.
#include "py/cstack.h"
#include "py/runtime.h"

#include "vm_ext/safe/interrupt.h"

#define mp_obj_get_type(o) (mp_cstack_check(), safe_poll_interrupt(), mp_obj_get_type(o))

#include "py/emitcommon.c"
