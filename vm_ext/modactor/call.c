// SPDX-License-Identifier: MIT
// See call.h.
#include "py/builtin.h"
#include "py/objexcept.h"
#include "py/objmodule.h"
#include "py/objstr.h"
#include "py/objtuple.h"
#include "py/runtime.h"

#include "vm_ext/isolate/isolate.h"
#include "vm_ext/isolate/memory.h"
#include "vm_ext/modactor/call.h"
#include "vm_ext/modactor/mail.h"
#include "vm_ext/modactor/message.h"
#include "vm_ext/modactor/ref.h"
#include "vm_ext/safe/blocks.h"

// --- reasons

qstr actor_reason(unsigned reason) {
    static const uint16_t names[] = {
        MP_QSTR_normal, MP_QSTR_error, MP_QSTR_kill, MP_QSTR_killed, MP_QSTR_noproc, MP_QSTR_shutdown, MP_QSTR_nomem,
        MP_QSTR_fault,
    };
    return reason < MP_ARRAY_SIZE(names) ? names[reason] : MP_QSTR_error;
}

static mp_obj_t text_of(const rt_msg_t *msg) {
    const rt_text_t *text = rt_msg_text(msg);
    return text == NULL ? mp_const_none : mp_obj_new_str(text->data, text->len_bytes);
}

// --- Down and Exit

typedef struct {
    mp_obj_base_t base;
    mp_obj_t ref, id, reason, text;
} obj_end_t;

static void end_attr(mp_obj_t self_in, qstr attr, mp_obj_t *dest) {
    obj_end_t *self = MP_OBJ_TO_PTR(self_in);
    if (dest[0] != MP_OBJ_NULL) {
        return;
    }
    switch (attr) {
        case MP_QSTR_ref:
            dest[0] = self->ref;
            break;
        case MP_QSTR_id:
            dest[0] = self->id;
            break;
        case MP_QSTR_reason:
            dest[0] = self->reason;
            break;
        case MP_QSTR_text:
            dest[0] = self->text;
            break;
        default:
            break;
    }
}

static void end_print(const mp_print_t *print, mp_obj_t self_in, mp_print_kind_t kind) {
    obj_end_t *self = MP_OBJ_TO_PTR(self_in);
    mp_printf(print, "%q(", mp_obj_get_type(self_in)->name);
    mp_obj_print_helper(print, self->ref, PRINT_REPR);
    mp_print_str(print, ", ");
    mp_obj_print_helper(print, self->reason, PRINT_REPR);
    mp_print_str(print, ")");
}

MP_DEFINE_CONST_OBJ_TYPE(
    actor_type_down,
    MP_QSTR_Down,
    MP_TYPE_FLAG_NONE,
    print, end_print,
    attr, end_attr
    );

MP_DEFINE_CONST_OBJ_TYPE(
    actor_type_exit,
    MP_QSTR_Exit,
    MP_TYPE_FLAG_NONE,
    print, end_print,
    attr, end_attr
    );

static mp_obj_t end_new(rt_msg_t *msg, const mp_obj_type_t *type) {
    obj_end_t *self = mp_obj_malloc(obj_end_t, type);
    *self = (obj_end_t) {{type}, mp_const_none, mp_const_none, mp_const_none, mp_const_none};
    self->ref = actor_new_narrow_ref(rt_msg_from(msg));
    self->id = mp_obj_new_int_from_ull(msg->id);
    if (msg->code == RT_REASON_USER) {
        self->reason = text_of(msg);
    } else {
        self->reason = MP_OBJ_NEW_QSTR(actor_reason(msg->code));
        self->text = text_of(msg);
    }
    rt_msg_free(isolate_cur()->actor, msg);
    return MP_OBJ_FROM_PTR(self);
}

// --- Call

typedef struct {
    mp_obj_base_t base;
    mp_obj_t msg, sender;
    rt_msg_t *ask; // NULL: answered
} obj_call_t;

static obj_call_t *unanswered(mp_obj_t self_in) {
    obj_call_t *self = MP_OBJ_TO_PTR(self_in);
    if (self->ask == NULL) {
        mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("was answered already"));
    }
    return self;
}

// What came with it to be used until now.
static void end_loans(const rt_msg_t *ask) {
    #if PORT_HW
    cap_end_call(&isolate_cur()->caps, (uintptr_t)ask);
    #endif
}

static void answer(obj_call_t *self, rt_msg_t *msg) {
    if (self->ask == NULL) { // printing an exception calls Python, which has answered
        rt_msg_free(isolate_cur()->actor, msg);
        unanswered(MP_OBJ_FROM_PTR(self)); // raises
    }
    isolate_nopreempt_enter();
    rt_msg_t *ask = self->ask;
    self->ask = NULL;
    message_moves(msg);
    end_loans(ask);
    safe_block_forget_finaliser(self);
    rt_reply(isolate_cur()->actor, ask, msg);
    isolate_nopreempt_leave();
}

static mp_obj_t call_reply(size_t n_args, const mp_obj_t *args) {
    obj_call_t *self = unanswered(args[0]);
    answer(self, message_encode(n_args > 1 ? args[1] : mp_const_none));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(call_reply_obj, 1, 2, call_reply);

static mp_obj_t traceback_text(mp_obj_t exception) {
    vstr_t text;
    mp_print_t print;
    vstr_init_print(&text, 64, &print);
    mp_obj_print_exception(&print, exception);
    return mp_obj_new_str_from_vstr(&text);
}

static mp_obj_t module_of(const mp_obj_type_t *type) {
    if (!MP_OBJ_TYPE_HAS_SLOT(type, locals_dict)) {
        return mp_const_none;
    }
    mp_map_t *map = &MP_OBJ_TYPE_GET_SLOT(type, locals_dict)->map;
    mp_map_elem_t *name = mp_map_lookup(map, MP_OBJ_NEW_QSTR(MP_QSTR___module__), MP_MAP_LOOKUP);
    return name != NULL && mp_obj_is_str(name->value) ? name->value : mp_const_none;
}

// fail(exception): it is raised where the answer is awaited, with the text of its traceback as its last argument.
static mp_obj_t call_fail(mp_obj_t self_in, mp_obj_t exception) {
    obj_call_t *self = unanswered(self_in);
    if (!mp_obj_is_exception_instance(exception)) {
        mp_raise_TypeError(MP_ERROR_TEXT("fail() takes an exception"));
    }
    qstr name = mp_obj_get_type(exception)->name;
    mp_obj_t first = mp_obj_exception_get_value(exception);
    mp_obj_t module = module_of(mp_obj_get_type(exception));
    const mp_obj_t parts[] = {MP_OBJ_NEW_QSTR(name), first, traceback_text(exception), module};
    rt_msg_t *msg;
    nlr_buf_t nlr;
    if (nlr_push(&nlr) == 0) {
        msg = message_encode(mp_obj_new_tuple(4, parts));
        nlr_pop();
    } else { // the argument cannot be sent: its text can
        const mp_obj_t texts[] = {parts[0], mp_obj_str_make_new(&mp_type_str, 1, 0, &first), parts[2], module};
        msg = message_encode(mp_obj_new_tuple(4, texts));
    }
    message_set_error(msg);
    answer(self, msg);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(call_fail_obj, call_fail);

// Nobody can answer it any more: the one who asked is told.
static mp_obj_t call_del(mp_obj_t self_in) {
    obj_call_t *self = MP_OBJ_TO_PTR(self_in);
    isolate_nopreempt_enter();
    rt_msg_t *ask = self->ask;
    self->ask = NULL;
    if (ask != NULL) {
        end_loans(ask);
        rt_reply_error(isolate_cur()->actor, ask, RT_ERROR);
    }
    isolate_nopreempt_leave();
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(call_del_obj, call_del);

static const mp_rom_map_elem_t call_locals[] = {
    {MP_ROM_QSTR(MP_QSTR___del__), MP_ROM_PTR(&call_del_obj)},
    {MP_ROM_QSTR(MP_QSTR_fail), MP_ROM_PTR(&call_fail_obj)},
    {MP_ROM_QSTR(MP_QSTR_reply), MP_ROM_PTR(&call_reply_obj)},
};
static MP_DEFINE_CONST_DICT(call_locals_dict, call_locals);

static void call_attr(mp_obj_t self_in, qstr attr, mp_obj_t *dest) {
    obj_call_t *self = MP_OBJ_TO_PTR(self_in);
    if (dest[0] != MP_OBJ_NULL) {
        return;
    }
    if (attr == MP_QSTR_msg) {
        dest[0] = self->msg;
    } else if (attr == MP_QSTR_sender) {
        dest[0] = self->sender;
    } else {
        dest[1] = MP_OBJ_SENTINEL; // go on in the methods
    }
}

MP_DEFINE_CONST_OBJ_TYPE(
    actor_type_call,
    MP_QSTR_Call,
    MP_TYPE_FLAG_NONE,
    attr, call_attr,
    locals_dict, &call_locals_dict
    );

static mp_obj_t call_new(rt_msg_t *msg) {
    obj_call_t *self = mp_obj_malloc_with_finaliser(obj_call_t, &actor_type_call);
    self->ask = NULL;
    self->msg = mp_const_none;
    self->sender = actor_new_narrow_ref(rt_msg_from(msg));
    self->msg = message_decode(msg);
    self->ask = msg;
    return MP_OBJ_FROM_PTR(self);
}

static mp_obj_t object_of(rt_msg_t *msg) {
    switch (msg->kind) {
        case RT_MSG_ASK:
            return call_new(msg);
        case RT_MSG_EXIT:
            return end_new(msg, &actor_type_exit);
        default:
            return end_new(msg, &actor_type_down);
    }
}

mp_obj_t call_from_message(rt_msg_t *msg) {
    nlr_buf_t nlr;
    if (nlr_push(&nlr) != 0) {
        rt_msg_free(isolate_cur()->actor, msg); // who asked is told
        nlr_jump(nlr.ret_val);
    }
    mp_obj_t object = object_of(msg);
    nlr_pop();
    return object;
}

// --- answers

// An exception of this name in these globals that a program may be sent: no SystemExit, no KeyboardInterrupt.
static mp_obj_t exception_in(mp_obj_dict_t *globals, mp_obj_t name) {
    mp_map_elem_t *named = mp_map_lookup(&globals->map, name, MP_MAP_LOOKUP);
    if (named == NULL || !mp_obj_is_exception_type(named->value)
        || !mp_obj_is_subclass_fast(named->value, MP_OBJ_FROM_PTR(&mp_type_Exception))) {
        return MP_OBJ_NULL;
    }
    return named->value;
}

// The type as this isolate has it: a builtin, or of a module that it has loaded; else RuntimeError.
static mp_obj_t exception_type(mp_obj_t name, mp_obj_t module_name) {
    mp_obj_t type = exception_in(mp_module_builtins.globals, name);
    if (type == MP_OBJ_NULL && module_name != mp_const_none) {
        mp_map_elem_t *module = mp_map_lookup(&MP_STATE_VM(mp_loaded_modules_dict).map, module_name, MP_MAP_LOOKUP);
        if (module != NULL && mp_obj_is_type(module->value, &mp_type_module)) {
            type = exception_in(((mp_obj_module_t *)MP_OBJ_TO_PTR(module->value))->globals, name);
        }
    }
    return type == MP_OBJ_NULL ? MP_OBJ_FROM_PTR(&mp_type_RuntimeError) : type;
}

static mp_obj_t interned(mp_obj_t text) {
    return MP_OBJ_NEW_QSTR(qstr_from_str(mp_obj_str_get_str(text)));
}

static NORETURN void raise_remote(mp_obj_t parts) {
    mp_obj_t *items;
    mp_obj_get_array_fixed_n(parts, 4, &items);
    mp_obj_t module = items[3] == mp_const_none ? mp_const_none : interned(items[3]);
    mp_obj_t exception = mp_call_function_n_kw(exception_type(interned(items[0]), module), 2, 0, items + 1);
    nlr_raise(mp_make_raise_obj(exception));
}

static NORETURN void raise_dead(rt_msg_t *msg) {
    mp_obj_t text = text_of(msg);
    const mp_obj_t args[] = {
        msg->code == RT_REASON_USER ? text : MP_OBJ_NEW_QSTR(actor_reason(msg->code)),
        msg->code == RT_REASON_USER ? mp_const_none : text,
    };
    rt_msg_free(isolate_cur()->actor, msg);
    nlr_raise(mp_obj_exception_make_new(&mp_type_ActorDead, args[1] == mp_const_none ? 1 : 2, 0, args));
}

mp_obj_t call_answer(rt_msg_t *msg) {
    rt_actor_t *self = isolate_cur()->actor;
    if (msg->kind == RT_MSG_ROOM) {
        rt_msg_free(self, msg);
        return mp_const_none;
    }
    if (msg->flags & RT_MSG_FAILED) {
        raise_dead(msg);
    }
    bool error = message_is_error(msg);
    mp_obj_t value = message_take(msg);
    if (error) {
        raise_remote(value);
    }
    return value;
}
