// SPDX-License-Identifier: MIT
// Upstream's compiler of patterns, found before it, which calls itself for each group: each of its levels
// begins with "bool err = false", and there the C stack is checked.
#undef false
#define false (mp_cstack_check(), 0)

#include_next "lib/re1.5/compilecode.c"

#undef false
#define false (0)
