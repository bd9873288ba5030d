// SPDX-License-Identifier: MIT
// See ref.h.
#include "py/mperrno.h"
#include "py/objexcept.h"
#include "py/runtime.h"

#include "vm_ext/isolate/isolate.h"
#include "vm_ext/isolate/memory.h"
#include "vm_ext/isolate/rights.h"
#include "vm_ext/modactor/mail.h"
#include "vm_ext/modactor/message.h"
#include "vm_ext/modactor/ref.h"

typedef struct {
    mp_obj_base_t base;
    rt_ref_t ref;
    bool is_narrow;
} obj_ref_t;

MP_DEFINE_EXCEPTION(MailboxFull, Exception)
MP_DEFINE_EXCEPTION(ActorDead, Exception)

static mp_obj_t new_ref(rt_ref_t ref, bool is_narrow) {
    obj_ref_t *self = mp_obj_malloc(obj_ref_t, &actor_type_ref);
    self->ref = ref;
    self->is_narrow = is_narrow;
    return MP_OBJ_FROM_PTR(self);
}

mp_obj_t actor_new_ref(rt_ref_t ref) {
    return new_ref(ref, false);
}

mp_obj_t actor_new_narrow_ref(rt_ref_t ref) {
    return new_ref(ref, true);
}

bool actor_ref_is_narrow(mp_obj_t ref) {
    return ((obj_ref_t *)MP_OBJ_TO_PTR(ref))->is_narrow;
}

const rt_ref_t *actor_ref_value(mp_obj_t ref) {
    return &((obj_ref_t *)MP_OBJ_TO_PTR(ref))->ref;
}

rt_ref_t actor_get_ref(mp_obj_t object) {
    if (!mp_obj_is_type(object, &actor_type_ref)) {
        mp_raise_msg_varg(&mp_type_TypeError, MP_ERROR_TEXT("a Ref is needed, not '%q'"),
            (qstr)mp_obj_get_type(object)->name);
    }
    return *actor_ref_value(object);
}

rt_ref_t actor_get_full_ref(mp_obj_t object) {
    rt_ref_t ref = actor_get_ref(object);
    if (actor_ref_is_narrow(object) && !rights_have(RIGHT_SYSTEM)) {
        mp_obj_t text = mp_obj_new_str_from_cstr("a narrow Ref is for sending only");
        mp_obj_t args[] = {MP_OBJ_NEW_SMALL_INT(MP_EPERM), text};
        nlr_raise(mp_obj_new_exception_args(&mp_type_OSError, MP_ARRAY_SIZE(args), args));
    }
    return ref;
}

int actor_post(rt_ref_t to, rt_msg_t *msg, uint64_t *ask_id) {
    rt_actor_t *self = isolate_cur()->actor;
    isolate_nopreempt_enter();
    message_moves(msg);
    int result = ask_id != NULL ? rt_ask(self, to, msg, ask_id) : rt_send(self, to, msg);
    if (result != 0) {
        message_stays(msg);
        rt_msg_free(self, msg);
    }
    isolate_nopreempt_leave();
    return result;
}

void actor_send(rt_ref_t to, mp_obj_t value) {
    switch (actor_post(to, message_encode(value), NULL)) {
        case -MP_EAGAIN:
            mp_raise_msg(&mp_type_MailboxFull, MP_ERROR_TEXT("the receiver has too much unread mail: see ref.room()"));
        case -MP_ENOMEM:
            m_malloc_fail(0);
        default:
            return; // sent, or as in Erlang dropped because there is nobody
    }
}

static mp_obj_t ref_send(mp_obj_t self_in, mp_obj_t value) {
    actor_send(actor_get_ref(self_in), value);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(ref_send_obj, ref_send);

// ask(msg, timeout_ms=None)
static mp_obj_t ref_ask(size_t n_args, const mp_obj_t *args, mp_map_t *kwargs) {
    static const mp_arg_t allowed[] = {
        {MP_QSTR_msg, MP_ARG_REQUIRED | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_timeout_ms, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
    };
    mp_arg_val_t values[MP_ARRAY_SIZE(allowed)];
    mp_arg_parse_all(n_args - 1, args + 1, kwargs, MP_ARRAY_SIZE(allowed), allowed, values);
    return mail_ask(actor_get_ref(args[0]), values[0].u_obj, values[1].u_obj);
}
static MP_DEFINE_CONST_FUN_OBJ_KW(ref_ask_obj, 1, ref_ask);

// room(): waits until the mailbox of a slow receiver has room again.
static mp_obj_t ref_room(mp_obj_t self_in) {
    return mail_room(actor_get_ref(self_in));
}
static MP_DEFINE_CONST_FUN_OBJ_1(ref_room_obj, ref_room);

// narrow(): the right to send, ask and monitor, and no other.
static mp_obj_t ref_narrow(mp_obj_t self_in) {
    return actor_new_narrow_ref(actor_get_ref(self_in));
}
static MP_DEFINE_CONST_FUN_OBJ_1(ref_narrow_obj, ref_narrow);

static mp_obj_t ref_alive(mp_obj_t self_in) {
    rt_info_t info;
    return mp_obj_new_bool(rt_info(actor_get_ref(self_in), &info) == 0);
}
static MP_DEFINE_CONST_FUN_OBJ_1(ref_alive_obj, ref_alive);

static void ref_print(const mp_print_t *print, mp_obj_t self_in, mp_print_kind_t kind) {
    rt_info_t info;
    rt_ref_t ref = *actor_ref_value(self_in);
    char name[RT_NAME_BYTES_MAX + 1] = "";
    size_t len = rt_name_of(ref, name, RT_NAME_BYTES_MAX);
    name[len] = 0;
    mp_printf(print, "<Ref %x.%u%s%s%s>", (unsigned)((uintptr_t)ref.actor >> 6), (unsigned)ref.gen, len == 0 ? "" : " ",
        name, rt_info(ref, &info) == 0 ? "" : " dead");
}

static mp_obj_t ref_unary_op(mp_unary_op_t op, mp_obj_t self_in) {
    rt_ref_t ref = *actor_ref_value(self_in);
    return op == MP_UNARY_OP_HASH ? MP_OBJ_NEW_SMALL_INT(((uintptr_t)ref.actor >> 6 ^ ref.gen) & 0x3fffffff)
        : MP_OBJ_NULL;
}

static mp_obj_t ref_binary_op(mp_binary_op_t op, mp_obj_t left, mp_obj_t right) {
    if (op != MP_BINARY_OP_EQUAL || !mp_obj_is_type(right, &actor_type_ref)) {
        return MP_OBJ_NULL;
    }
    return mp_obj_new_bool(rt_ref_eq(*actor_ref_value(left), *actor_ref_value(right)));
}

static const mp_rom_map_elem_t ref_locals[] = {
    {MP_ROM_QSTR(MP_QSTR_alive), MP_ROM_PTR(&ref_alive_obj)},
    {MP_ROM_QSTR(MP_QSTR_ask), MP_ROM_PTR(&ref_ask_obj)},
    {MP_ROM_QSTR(MP_QSTR_narrow), MP_ROM_PTR(&ref_narrow_obj)},
    {MP_ROM_QSTR(MP_QSTR_room), MP_ROM_PTR(&ref_room_obj)},
    {MP_ROM_QSTR(MP_QSTR_send), MP_ROM_PTR(&ref_send_obj)},
};
static MP_DEFINE_CONST_DICT(ref_locals_dict, ref_locals);

MP_DEFINE_CONST_OBJ_TYPE(
    actor_type_ref,
    MP_QSTR_Ref,
    MP_TYPE_FLAG_NONE,
    print, ref_print,
    unary_op, ref_unary_op,
    binary_op, ref_binary_op,
    locals_dict, &ref_locals_dict
    );
