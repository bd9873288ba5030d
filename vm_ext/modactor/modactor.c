// SPDX-License-Identifier: MIT
// The module `actor`. docs/actors.md is for its users.
#include <string.h>

#include "py/mperrno.h"
#include "py/objstr.h"
#include "py/runtime.h"

#include "port/common/common.h"
#include "vm_ext/isolate/isolate.h"
#include "vm_ext/isolate/rights.h"
#include "vm_ext/modactor/buffer.h"
#include "vm_ext/modactor/caps.h"
#include "vm_ext/modactor/mail.h"
#include "vm_ext/modactor/message.h"
#include "vm_ext/modactor/ref.h"
#include "vm_ext/modactor/trace.h"
#include "vm_ext/modactor/vmactor.h"

#define QUOTA_DEFAULT_BYTES (PORT_TINY ? 16 * 1024 : PORT_SMALL ? 256 * 1024 : 64 * 1024 * 1024)
#define MAILBOX_SHARE (4) // of the quota
#define ACCOUNT_MAILBOX_BYTES (32 * 1024) // of an actor in an account

static rt_actor_t *self_actor(void) {
    return isolate_cur()->actor;
}

static void check(int result) {
    if (result == -MP_ENOMEM) {
        m_malloc_fail(0);
    }
    if (result != 0) {
        mp_raise_OSError(-result);
    }
}

// --- spawn

enum {
    ARG_NAME, ARG_QUOTA, ARG_PRIORITY, ARG_LINK, ARG_MONITOR, ARG_TRAP_EXIT, ARG_CAPS, ARG_MODULES, ARG_MAILBOX,
};

static size_t quota_of(mp_obj_t quota) {
    if (quota == mp_const_none) {
        return QUOTA_DEFAULT_BYTES;
    }
    mp_int_t bytes = mp_obj_get_int(quota);
    if (bytes < 1) {
        mp_raise_ValueError(MP_ERROR_TEXT("quota is in bytes, and at least 1"));
    }
    return bytes;
}

static rt_prio_t prio_of(mp_obj_t priority) {
    qstr name = mp_obj_is_qstr(priority) ? MP_OBJ_QSTR_VALUE(priority) : MP_QSTRnull;
    switch (name) {
        case MP_QSTR_high:
            rights_need(RIGHT_SYSTEM);
            return RT_PRIO_HIGH;
        case MP_QSTR_normal:
            return RT_PRIO_NORMAL;
        case MP_QSTR_low:
            return RT_PRIO_LOW;
        default:
            mp_raise_ValueError(MP_ERROR_TEXT("priority is 'high', 'normal' or 'low'"));
    }
}

// An actor in a memory account gets a small one unless it says otherwise, and pays for what it says.
static uint32_t mailbox_of(mp_obj_t mailbox, size_t quota_bytes) {
    size_t most = MAX(1024, MIN(quota_bytes / MAILBOX_SHARE, 1u << 30));
    if (mailbox == mp_const_none) {
        return rights_have(RIGHT_SYSTEM) ? most : MIN(most, ACCOUNT_MAILBOX_BYTES);
    }
    mp_int_t bytes = mp_obj_get_int(mailbox);
    if (bytes < 1024 || (size_t)bytes > most) {
        mp_raise_ValueError(MP_ERROR_TEXT("mailbox is in bytes: at least 1024, at most a quarter of the quota"));
    }
    return bytes;
}

// spawn(program, *args, name=None, quota=None, priority='normal', link=False, monitor=False, ...)
static mp_obj_t actor_spawn(size_t n_args, const mp_obj_t *args, mp_map_t *kwargs) {
    static const mp_arg_t allowed[] = {
        {MP_QSTR_name, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_quota, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_priority, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_QSTR(MP_QSTR_normal)}},
        {MP_QSTR_link, MP_ARG_KW_ONLY | MP_ARG_BOOL, {.u_bool = false}},
        {MP_QSTR_monitor, MP_ARG_KW_ONLY | MP_ARG_BOOL, {.u_bool = false}},
        {MP_QSTR_trap_exit, MP_ARG_KW_ONLY | MP_ARG_BOOL, {.u_bool = false}},
        {MP_QSTR_caps, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_modules, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_mailbox, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
    };
    mp_arg_val_t values[MP_ARRAY_SIZE(allowed)];
    mp_arg_parse_all(0, NULL, kwargs, MP_ARRAY_SIZE(allowed), allowed, values);
    mp_obj_str_get_str(args[0]); // TypeError
    vmactor_spawn_t spawn = {
        .program = args[0], .args = mp_obj_new_tuple(n_args - 1, args + 1), .modules = values[ARG_MODULES].u_obj,
        .quota_bytes = quota_of(values[ARG_QUOTA].u_obj), .options = RT_OPTIONS,
    };
    spawn.options.prio = prio_of(values[ARG_PRIORITY].u_obj);
    spawn.options.link = values[ARG_LINK].u_bool;
    spawn.options.monitor = values[ARG_MONITOR].u_bool;
    spawn.options.trap_exit = values[ARG_TRAP_EXIT].u_bool;
    spawn.options.mailbox_bytes = mailbox_of(values[ARG_MAILBOX].u_obj, spawn.quota_bytes);
    spawn.caps = caps_parse(values[ARG_CAPS].u_obj);
    if (values[ARG_NAME].u_obj != mp_const_none) {
        rights_need(RIGHT_NAMES);
        spawn.options.name = mp_obj_str_get_str(values[ARG_NAME].u_obj);
    }
    rt_ref_t ref;
    uint64_t monitor_id;
    check(vmactor_spawn(&spawn, &ref, &monitor_id));
    return actor_new_ref(ref);
}
static MP_DEFINE_CONST_FUN_OBJ_KW(actor_spawn_obj, 1, actor_spawn);

// --- mail

// receive(accept=None, timeout_ms=None)
static mp_obj_t actor_receive(size_t n_args, const mp_obj_t *args, mp_map_t *kwargs) {
    static const mp_arg_t allowed[] = {
        {MP_QSTR_accept, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_timeout_ms, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
    };
    if (n_args == 0 && kwargs->used == 0) {
        return mail_receive_any();
    }
    mp_arg_val_t values[MP_ARRAY_SIZE(allowed)];
    mp_arg_parse_all(n_args, args, kwargs, MP_ARRAY_SIZE(allowed), allowed, values);
    return mail_receive(values[0].u_obj, values[1].u_obj);
}
static MP_DEFINE_CONST_FUN_OBJ_KW(actor_receive_obj, 0, actor_receive);

// block(what): the value of what receive(), ask() and so on gave, waited for in place, also in a coroutine.
static mp_obj_t actor_block(mp_obj_t what) {
    return mail_block(what);
}
static MP_DEFINE_CONST_FUN_OBJ_1(actor_block_obj, actor_block);

static mp_obj_t actor_self(void) {
    return actor_new_ref(rt_self_ref(self_actor()));
}
static MP_DEFINE_CONST_FUN_OBJ_0(actor_self_obj, actor_self);

// --- links, monitors, exits

static mp_obj_t actor_link(mp_obj_t ref) {
    check(rt_link(self_actor(), actor_get_full_ref(ref)));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(actor_link_obj, actor_link);

static mp_obj_t actor_unlink(mp_obj_t ref) {
    check(rt_unlink(self_actor(), actor_get_ref(ref)));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(actor_unlink_obj, actor_unlink);

static mp_obj_t actor_monitor(mp_obj_t ref) {
    uint64_t id;
    check(rt_monitor(self_actor(), actor_get_ref(ref), &id));
    return mp_obj_new_int_from_ull(id);
}
static MP_DEFINE_CONST_FUN_OBJ_1(actor_monitor_obj, actor_monitor);

static mp_obj_t actor_demonitor(mp_obj_t id) {
    int result = rt_demonitor(self_actor(), mp_obj_get_int(id));
    if (result != -MP_ENOENT) {
        check(result);
    }
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(actor_demonitor_obj, actor_demonitor);

static mp_obj_t actor_trap_exit(mp_obj_t on) {
    return mp_obj_new_bool(rt_trap_exit(self_actor(), mp_obj_is_true(on)));
}
static MP_DEFINE_CONST_FUN_OBJ_1(actor_trap_exit_obj, actor_trap_exit);

// exit(reason='normal'): ends the actor that calls, by an exception that it could catch.
static mp_obj_t exit_self(size_t n_args, const mp_obj_t *args) {
    mp_obj_t reason = n_args > 0 ? args[0] : MP_OBJ_NEW_QSTR(MP_QSTR_normal);
    mp_obj_str_get_str(reason); // TypeError
    nlr_raise(mp_obj_new_exception_args(&mp_type_SystemExit, 1, &reason));
}

// exit(ref, reason='shutdown'): an exit signal, as of a linked actor that ended for this reason.
static mp_obj_t actor_exit(size_t n_args, const mp_obj_t *args) {
    if (n_args == 0 || !mp_obj_is_type(args[0], &actor_type_ref)) {
        mp_arg_check_num(n_args, 0, 0, 1, false);
        return exit_self(n_args, args);
    }
    rt_ref_t ref = actor_get_full_ref(args[0]);
    rt_text_t *text = NULL;
    rt_reason_t reason = n_args > 1 ? vmactor_reason(args[1], &text) : RT_SHUTDOWN;
    int result = rt_send_exit(self_actor(), ref, reason, text);
    if (result != 0 && text != NULL) {
        rt_text_drop(self_actor(), text);
    }
    if (result != -MP_ESRCH) {
        check(result);
    }
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(actor_exit_obj, 0, 2, actor_exit);

static mp_obj_t actor_kill(mp_obj_t ref) {
    int result = rt_kill(self_actor(), actor_get_full_ref(ref));
    if (result != -MP_ESRCH) {
        check(result);
    }
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(actor_kill_obj, actor_kill);

// --- names

static mp_obj_t actor_register(mp_obj_t name) {
    rights_need(RIGHT_NAMES);
    size_t len;
    const char *data = mp_obj_str_get_data(name, &len);
    check(rt_register(self_actor(), data, len));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(actor_register_obj, actor_register);

static mp_obj_t actor_unregister(void) {
    int result = rt_unregister(self_actor());
    if (result != -MP_ENOENT) {
        check(result);
    }
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_0(actor_unregister_obj, actor_unregister);

static mp_obj_t actor_whereis(mp_obj_t name) {
    rights_need(RIGHT_NAMES);
    size_t len;
    const char *data = mp_obj_str_get_data(name, &len);
    rt_ref_t ref = rt_whereis(data, len);
    if (ref.actor == NULL) {
        return mp_const_none;
    }
    return rights_have(RIGHT_SYSTEM) ? actor_new_ref(ref) : actor_new_narrow_ref(ref);
}
static MP_DEFINE_CONST_FUN_OBJ_1(actor_whereis_obj, actor_whereis);

// --- observing

static void put(mp_obj_t dict, qstr name, mp_obj_t value) {
    mp_obj_dict_store(dict, MP_OBJ_NEW_QSTR(name), value);
}

static mp_obj_t info_dict(const rt_info_t *info) {
    static const uint16_t states[] = {
        MP_QSTR_free, MP_QSTR_ready, MP_QSTR_running, MP_QSTR_resting, MP_QSTR_blocked, MP_QSTR_dying,
    };
    static const uint16_t prios[] = {MP_QSTR_high, MP_QSTR_normal, MP_QSTR_low};
    mp_obj_t dict = mp_obj_new_dict(12);
    char name[RT_NAME_BYTES_MAX];
    size_t len = rt_name_of(info->ref, name, sizeof(name));
    put(dict, MP_QSTR_ref, rights_have(RIGHT_SYSTEM) ? actor_new_ref(info->ref) : actor_new_narrow_ref(info->ref));
    put(dict, MP_QSTR_name, len == 0 ? mp_const_none : mp_obj_new_str(name, len));
    put(dict, MP_QSTR_state, MP_OBJ_NEW_QSTR(states[info->state]));
    put(dict, MP_QSTR_priority, MP_OBJ_NEW_QSTR(prios[info->prio]));
    put(dict, MP_QSTR_core, MP_OBJ_NEW_SMALL_INT(info->core));
    put(dict, MP_QSTR_mailbox, mp_obj_new_int_from_uint(info->mailbox_bytes));
    put(dict, MP_QSTR_received, mp_obj_new_int_from_uint(info->received));
    put(dict, MP_QSTR_sent, mp_obj_new_int_from_uint(info->sent));
    put(dict, MP_QSTR_dispatches, mp_obj_new_int_from_uint(info->dispatches));
    put(dict, MP_QSTR_cpu_ns, mp_obj_new_int_from_ull(info->cpu_ns));
    put(dict, MP_QSTR_memory, mp_obj_new_int_from_ull(info->memory_bytes));
    return dict;
}

static mp_obj_t actor_info(size_t n_args, const mp_obj_t *args) {
    rt_info_t info;
    rt_ref_t ref = n_args == 0 ? rt_self_ref(self_actor()) : actor_get_full_ref(args[0]);
    return rt_info(ref, &info) == 0 ? info_dict(&info) : mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(actor_info_obj, 0, 1, actor_info);

static mp_obj_t actor_list(void) {
    rights_need(RIGHT_SYSTEM);
    mp_obj_t list = mp_obj_new_list(0, NULL);
    rt_info_t info;
    int result = 0;
    for (uint32_t i = 0; result != -MP_ENOENT; i++) {
        result = rt_info_at(i, &info);
        if (result == 0) {
            mp_obj_list_append(list, actor_new_ref(info.ref));
        }
    }
    return list;
}
static MP_DEFINE_CONST_FUN_OBJ_0(actor_list_obj, actor_list);

// counts() -> what is given to anybody and not back
static mp_obj_t actor_counts(void) {
    rights_need(RIGHT_SYSTEM);
    rt_counts_t counts;
    rt_counts(&counts);
    mp_obj_t dict = mp_obj_new_dict(4);
    mp_obj_dict_store(dict, MP_OBJ_NEW_QSTR(MP_QSTR_memory), mp_obj_new_int_from_ull(counts.block_bytes));
    mp_obj_dict_store(dict, MP_OBJ_NEW_QSTR(MP_QSTR_stacks), mp_obj_new_int_from_uint(counts.stacks));
    mp_obj_dict_store(dict, MP_OBJ_NEW_QSTR(MP_QSTR_names), mp_obj_new_int_from_uint(counts.names));
    mp_obj_dict_store(dict, MP_OBJ_NEW_QSTR(MP_QSTR_actors), mp_obj_new_int_from_uint(counts.actors));
    return dict;
}
static MP_DEFINE_CONST_FUN_OBJ_0(actor_counts_obj, actor_counts);

// top(): a table of all actors. It is Python.
static mp_obj_t actor_top(size_t n_args, const mp_obj_t *args) {
    rights_need(RIGHT_SYSTEM);
    mp_obj_t module = mp_import_name(MP_QSTR__top, mp_const_none, MP_OBJ_NEW_SMALL_INT(0));
    return mp_call_function_n_kw(mp_load_attr(module, MP_QSTR_top), n_args, 0, args);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(actor_top_obj, 0, 1, actor_top);

// _start_shell(): for the root supervisor. The shell's Ref, linked. OSError(EBUSY): the last one still ends.
static mp_obj_t actor_start_shell(void) {
    rights_need(RIGHTS_TO_GIVE);
    rt_ref_t ref;
    check(shell_start(self_actor(), &ref));
    return actor_new_ref(ref);
}
static MP_DEFINE_CONST_FUN_OBJ_0(actor_start_shell_obj, actor_start_shell);

// The attributes that are no constants.
void actor_module_attr(mp_obj_t self_in, qstr attr, mp_obj_t *dest) {
    if (attr == MP_QSTR_caps && dest[0] == MP_OBJ_NULL) {
        dest[0] = caps_objects();
    }
}

// A VM may run by itself, in tests: then all of this is absent.
static mp_obj_t actor_init(void) {
    if (self_actor() == NULL) {
        mp_raise_msg(&mp_type_ImportError, MP_ERROR_TEXT("no actor runs this"));
    }
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_0(actor_init_obj, actor_init);

static const mp_rom_map_elem_t globals_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_actor)},
    {MP_ROM_QSTR(MP_QSTR___init__), MP_ROM_PTR(&actor_init_obj)},
    {MP_ROM_QSTR(MP_QSTR__start_shell), MP_ROM_PTR(&actor_start_shell_obj)},
    {MP_ROM_QSTR(MP_QSTR_ActorDead), MP_ROM_PTR(&mp_type_ActorDead)},
    {MP_ROM_QSTR(MP_QSTR_Buffer), MP_ROM_PTR(&actor_type_buffer)},
    {MP_ROM_QSTR(MP_QSTR_Call), MP_ROM_PTR(&actor_type_call)},
    {MP_ROM_QSTR(MP_QSTR_Down), MP_ROM_PTR(&actor_type_down)},
    {MP_ROM_QSTR(MP_QSTR_Exit), MP_ROM_PTR(&actor_type_exit)},
    {MP_ROM_QSTR(MP_QSTR_MailboxFull), MP_ROM_PTR(&mp_type_MailboxFull)},
    {MP_ROM_QSTR(MP_QSTR_Ref), MP_ROM_PTR(&actor_type_ref)},
    {MP_ROM_QSTR(MP_QSTR_block), MP_ROM_PTR(&actor_block_obj)},
    {MP_ROM_QSTR(MP_QSTR_demonitor), MP_ROM_PTR(&actor_demonitor_obj)},
    {MP_ROM_QSTR(MP_QSTR_exit), MP_ROM_PTR(&actor_exit_obj)},
    {MP_ROM_QSTR(MP_QSTR_info), MP_ROM_PTR(&actor_info_obj)},
    {MP_ROM_QSTR(MP_QSTR_kill), MP_ROM_PTR(&actor_kill_obj)},
    {MP_ROM_QSTR(MP_QSTR_link), MP_ROM_PTR(&actor_link_obj)},
    {MP_ROM_QSTR(MP_QSTR_counts), MP_ROM_PTR(&actor_counts_obj)},
    {MP_ROM_QSTR(MP_QSTR_list), MP_ROM_PTR(&actor_list_obj)},
    {MP_ROM_QSTR(MP_QSTR_monitor), MP_ROM_PTR(&actor_monitor_obj)},
    {MP_ROM_QSTR(MP_QSTR_receive), MP_ROM_PTR(&actor_receive_obj)},
    {MP_ROM_QSTR(MP_QSTR_register), MP_ROM_PTR(&actor_register_obj)},
    {MP_ROM_QSTR(MP_QSTR_self), MP_ROM_PTR(&actor_self_obj)},
    {MP_ROM_QSTR(MP_QSTR_spawn), MP_ROM_PTR(&actor_spawn_obj)},
    {MP_ROM_QSTR(MP_QSTR_top), MP_ROM_PTR(&actor_top_obj)},
    {MP_ROM_QSTR(MP_QSTR_trace), MP_ROM_PTR(&actor_trace_obj)},
    {MP_ROM_QSTR(MP_QSTR_trace_actors), MP_ROM_PTR(&actor_trace_actors_obj)},
    {MP_ROM_QSTR(MP_QSTR_trace_event), MP_ROM_PTR(&actor_trace_event_obj)},
    {MP_ROM_QSTR(MP_QSTR_trace_mark), MP_ROM_PTR(&actor_trace_mark_obj)},
    {MP_ROM_QSTR(MP_QSTR_trap_exit), MP_ROM_PTR(&actor_trap_exit_obj)},
    {MP_ROM_QSTR(MP_QSTR_unlink), MP_ROM_PTR(&actor_unlink_obj)},
    {MP_ROM_QSTR(MP_QSTR_unregister), MP_ROM_PTR(&actor_unregister_obj)},
    {MP_ROM_QSTR(MP_QSTR_whereis), MP_ROM_PTR(&actor_whereis_obj)},
};
static MP_DEFINE_CONST_DICT(globals, globals_table);

const mp_obj_module_t actor_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&globals,
};

MP_REGISTER_MODULE(MP_QSTR_actor, actor_module);
MP_REGISTER_MODULE_DELEGATION(actor_module, actor_module_attr);
