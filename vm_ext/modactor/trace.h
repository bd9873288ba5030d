// SPDX-License-Identifier: MIT
// What the module actor has for tools/trace.
#ifndef VM_EXT_MODACTOR_TRACE_H
#define VM_EXT_MODACTOR_TRACE_H

#include "py/obj.h"

MP_DECLARE_CONST_FUN_OBJ_1(actor_trace_obj);
MP_DECLARE_CONST_FUN_OBJ_0(actor_trace_actors_obj);
MP_DECLARE_CONST_FUN_OBJ_2(actor_trace_event_obj);
MP_DECLARE_CONST_FUN_OBJ_1(actor_trace_mark_obj);

#endif
