// SPDX-License-Identifier: MIT
// Upstream's py/map.c, with its cache of guesses in the scratch memory of the C stack.
#include "py/runtime.h"

#include "vm_ext/isolate/isolate.h"
#include "vm_ext/isolate/scratch.h"

#undef MICROPY_OPT_MAP_LOOKUP_CACHE_SIZE
#define MICROPY_OPT_MAP_LOOKUP_CACHE_SIZE SCRATCH_LOOKUP_CACHE_LEN
#undef MP_STATE_VM
#define MP_STATE_VM(name) (isolate_cur()->scratch->name)

#include "py/map.c"
