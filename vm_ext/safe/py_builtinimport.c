// SPDX-License-Identifier: MIT
// Upstream's py/builtinimport.c, which adds the lengths of two names that Python chooses in 32 bits, and
// copies them to a buffer of that size.
#include "py/builtin.h"
#include "py/objmodule.h"
#include "py/persistentcode.h"
#include "py/runtime.h"

#define uint size_t

#include "py/builtinimport.c"
