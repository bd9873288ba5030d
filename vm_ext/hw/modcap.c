// SPDX-License-Identifier: MIT
// Module cap: what can be done with every capability.
#include <errno.h>

#include "py/runtime.h"

#include "vm_ext/hw/capobj.h"
#include "vm_ext/hw/modcap.h"
#include "vm_ext/isolate/memory.h"
#include "vm_ext/isolate/rights.h"

// narrow(cap, offset, length, readonly=False): a part of it. It ends with what it is a part of.
static mp_obj_t cap_narrow(size_t n_args, const mp_obj_t *args, mp_map_t *kwargs) {
    static const mp_arg_t allowed[] = {
        {MP_QSTR_cap, MP_ARG_REQUIRED | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_offset, MP_ARG_REQUIRED | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_length, MP_ARG_REQUIRED | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_readonly, MP_ARG_BOOL, {.u_bool = false}},
    };
    mp_arg_val_t values[MP_ARRAY_SIZE(allowed)];
    mp_arg_parse_all(n_args, args, kwargs, MP_ARRAY_SIZE(allowed), allowed, values);
    capobj_t *from = capobj_get(values[0].u_obj);
    mp_int_t offset = mp_obj_get_int(values[1].u_obj), length = mp_obj_get_int(values[2].u_obj);
    if (offset < 0 || length < 0) {
        mp_raise_ValueError(MP_ERROR_TEXT("offset and length are >= 0"));
    }
    if (capobj_kind(from) == CAP_DEVICE) {
        mp_raise_TypeError(MP_ERROR_TEXT("a Device has no parts"));
    }
    capobj_t *part = capobj_new(capobj_kind(from));
    isolate_nopreempt_enter();
    int result = cap_derive(from->cap, offset, length, values[3].u_bool ? CAP_READ_ONLY : 0, &isolate_cur()->caps,
        &part->cap);
    isolate_nopreempt_leave();
    if (result == -EINVAL) {
        mp_raise_ValueError(MP_ERROR_TEXT("offset and length are within the capability"));
    }
    capobj_check(result);
    return MP_OBJ_FROM_PTR(part);
}
static MP_DEFINE_CONST_FUN_OBJ_KW(cap_narrow_obj, 3, cap_narrow);

// revoke(cap): it ends, with all that was narrowed or lent from it. Whoever has those can do nothing with them from
// now on, on any core.
static mp_obj_t cap_revoke_py(mp_obj_t cap) {
    capobj_t *self = capobj_get(cap);
    isolate_nopreempt_enter();
    cap_revoke(self->cap);
    isolate_nopreempt_leave();
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(cap_revoke_obj, cap_revoke_py);

// recall(cap): the same with what was made from it; it lives on.
static mp_obj_t cap_recall_py(mp_obj_t cap) {
    capobj_t *self = capobj_get(cap);
    isolate_nopreempt_enter();
    cap_recall(self->cap);
    isolate_nopreempt_leave();
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(cap_recall_obj, cap_recall_py);

// alive(cap)
static mp_obj_t cap_alive(mp_obj_t cap) {
    capobj_t *self = capobj_get(cap);
    unsigned core;
    bool lives = capobj_enter(self->cap, &core);
    capobj_leave(core);
    return mp_obj_new_bool(lives);
}
static MP_DEFINE_CONST_FUN_OBJ_1(cap_alive_obj, cap_alive);

// --- loans

// loan(cap): to be put into an ask(): what arrives ends with the answer.
static mp_obj_t cap_loan(mp_obj_t cap) {
    capobj_get(cap);
    loan_obj_t *self = mp_obj_malloc(loan_obj_t, &cap_type_loan);
    self->cap = cap;
    return MP_OBJ_FROM_PTR(self);
}
static MP_DEFINE_CONST_FUN_OBJ_1(cap_loan_obj, cap_loan);

MP_DEFINE_CONST_OBJ_TYPE(
    cap_type_loan,
    MP_QSTR_Loan,
    MP_TYPE_FLAG_NONE
    );

// --- who has what

void cap_need_root(void) {
    rights_need(RIGHT_MACHINE);
}

static mp_obj_t holder_name(const cap_holder_t *holder) {
    // The holder is in its isolate; only its address is looked at here.
    rt_info_t info;
    int result = 0;
    for (uint32_t i = 0; result != -ENOENT && holder != NULL; i++) {
        result = rt_info_at(i, &info);
        if (result == 0 && info.arg != NULL && &((isolate_t *)info.arg)->caps == holder) {
            return actor_new_ref(info.ref);
        }
    }
    return mp_const_none;
}

// list(): of each that lives (number, of what it is a part or None, kind, base, length, read only, who has it)
static mp_obj_t cap_list(void) {
    static const uint16_t kinds[] = {
        [CAP_REGION] = MP_QSTR_mmio, [CAP_PORTS] = MP_QSTR_pio, [CAP_LINE] = MP_QSTR_irq, [CAP_MEMORY] = MP_QSTR_dma,
        [CAP_DEVICE] = MP_QSTR_device,
    };
    rights_need(RIGHT_SYSTEM);
    mp_obj_t list = mp_obj_new_list(0, NULL);
    cap_info_t info;
    int result = 0;
    for (uint32_t i = 0; result != -ENOENT; i++) {
        isolate_nopreempt_enter();
        result = cap_info_at(i, &info);
        isolate_nopreempt_leave();
        if (result != 0) {
            continue;
        }
        const mp_obj_t parts[] = {
            mp_obj_new_int_from_uint((uintptr_t)info.cap.node >> 4),
            info.parent == NULL ? mp_const_none : mp_obj_new_int_from_uint((uintptr_t)info.parent >> 4),
            MP_OBJ_NEW_QSTR(kinds[info.kind]), mp_obj_new_int_from_uint(info.base),
            mp_obj_new_int_from_uint(info.length),
            mp_obj_new_bool(info.rights & CAP_READ_ONLY), holder_name(info.holder),
        };
        mp_obj_list_append(list, mp_obj_new_tuple(MP_ARRAY_SIZE(parts), parts));
    }
    return list;
}
static MP_DEFINE_CONST_FUN_OBJ_0(cap_list_obj, cap_list);

static const mp_rom_map_elem_t globals_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_cap)},
    {MP_ROM_QSTR(MP_QSTR_Revoked), MP_ROM_PTR(&mp_type_Revoked)},
    {MP_ROM_QSTR(MP_QSTR_alive), MP_ROM_PTR(&cap_alive_obj)},
    {MP_ROM_QSTR(MP_QSTR_list), MP_ROM_PTR(&cap_list_obj)},
    {MP_ROM_QSTR(MP_QSTR_loan), MP_ROM_PTR(&cap_loan_obj)},
    {MP_ROM_QSTR(MP_QSTR_narrow), MP_ROM_PTR(&cap_narrow_obj)},
    {MP_ROM_QSTR(MP_QSTR_recall), MP_ROM_PTR(&cap_recall_obj)},
    {MP_ROM_QSTR(MP_QSTR_revoke), MP_ROM_PTR(&cap_revoke_obj)},
};
static MP_DEFINE_CONST_DICT(globals, globals_table);

const mp_obj_module_t cap_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&globals,
};

MP_REGISTER_MODULE(MP_QSTR_cap, cap_module);
