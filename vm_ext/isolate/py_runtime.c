// SPDX-License-Identifier: MIT
// Upstream's py/runtime.c without its __main__ module, which is one for each isolate (isolate.c): its constant
// initialiser is the address of a variable that is none here, so it becomes a local of a function that nobody
// calls. All headers that the file includes come before that function.
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "py/builtin.h"
#include "py/compile.h"
#include "py/cstack.h"
#include "py/gc.h"
#include "py/objgenerator.h"
#include "py/objlist.h"
#include "py/objmodule.h"
#include "py/objstr.h"
#include "py/objtuple.h"
#include "py/objtype.h"
#include "py/parsenum.h"
#include "py/runtime.h"
#include "py/smallint.h"
#include "py/stream.h"

#include "vm_ext/safe/interrupt.h"

#undef MP_REGISTER_MODULE
#define MP_REGISTER_MODULE(name, module) (void)module; } extern int isolate_runtime_ends

#ifndef UNHARDENED
#define mp_obj_list_append(list, item) (safe_poll_interrupt(), mp_obj_list_append(list, item))
#endif

static __attribute__((unused)) void upstreams_main_module(void) {
#include "py/runtime.c"
