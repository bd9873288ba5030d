// SPDX-License-Identifier: MIT
// actor.trace(), actor.trace_events(), actor.trace_mark(): the runtime's rings of events, for tools/trace.
#include "py/mperrno.h"
#include "py/runtime.h"

#include "vm_ext/actor/rt.h"
#include "vm_ext/isolate/isolate.h"
#include "vm_ext/isolate/memory.h"
#include "vm_ext/isolate/rights.h"
#include "vm_ext/modactor/trace.h"

// trace(entries): each core keeps its last events, so many; a power of two. 0: no more, and what there is stays.
static mp_obj_t trace(mp_obj_t entries_in) {
    rights_need(RIGHT_SYSTEM);
    mp_int_t entries = mp_obj_get_int(entries_in);
    if (entries <= 0) {
        rt_trace_stop();
        return mp_const_none;
    }
    isolate_nopreempt_enter();
    int result = rt_trace_start(entries);
    isolate_nopreempt_leave();
    if (result != 0) {
        mp_raise_OSError(-result);
    }
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_1(actor_trace_obj, trace);

static mp_obj_t event_tuple(const rt_trace_t *event) {
    const mp_obj_t parts[] = {
        mp_obj_new_int_from_ull(event->ns), MP_OBJ_NEW_SMALL_INT(event->kind), mp_obj_new_int_from_uint(event->actor),
        mp_obj_new_int_from_ull(event->arg),
    };
    return mp_obj_new_tuple(MP_ARRAY_SIZE(parts), parts);
}

// trace_event(core, i): (ns, kind, actor, arg) of the i-th oldest event of a core; None past the last.
static mp_obj_t trace_event(mp_obj_t core, mp_obj_t i) {
    rights_need(RIGHT_SYSTEM);
    mp_int_t core_number = mp_obj_get_int(core), number = mp_obj_get_int(i);
    rt_trace_t event;
    if (core_number < 0 || number < 0 || number > UINT32_MAX || rt_trace_read(core_number, number, &event) != 0) {
        return mp_const_none;
    }
    return event_tuple(&event);
}
MP_DEFINE_CONST_FUN_OBJ_2(actor_trace_event_obj, trace_event);

// trace_mark(n): an event of this actor's own.
static mp_obj_t trace_mark(mp_obj_t n) {
    rt_trace(isolate_cur()->actor, RT_TRACE_USER, mp_obj_get_int(n));
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_1(actor_trace_mark_obj, trace_mark);

// trace_actors(): {number in events: name or None} of those that live.
static mp_obj_t trace_actors(void) {
    rights_need(RIGHT_SYSTEM);
    mp_obj_t dict = mp_obj_new_dict(0);
    rt_info_t info;
    int result = 0;
    for (uint32_t i = 0; result != -MP_ENOENT; i++) {
        result = rt_info_at(i, &info);
        if (result == 0) {
            char name[RT_NAME_BYTES_MAX];
            size_t len = rt_name_of(info.ref, name, sizeof(name));
            mp_obj_t value = len == 0 ? mp_const_none : mp_obj_new_str(name, len);
            mp_obj_dict_store(dict, mp_obj_new_int_from_uint(i), value);
        }
    }
    return dict;
}
MP_DEFINE_CONST_FUN_OBJ_0(actor_trace_actors_obj, trace_actors);
