// SPDX-License-Identifier: MIT
// See caps.h.
#include "py/runtime.h"

#include "vm_ext/isolate/isolate.h"
#include "vm_ext/isolate/rights.h"
#include "vm_ext/modactor/caps.h"

MP_REGISTER_ROOT_POINTER(mp_obj_t actor_caps);

mp_obj_t caps_objects(void) {
    if (MP_STATE_VM(actor_caps) == MP_OBJ_NULL) {
        MP_STATE_VM(actor_caps) = mp_obj_new_dict(0);
    }
    return MP_STATE_VM(actor_caps);
}

void caps_set_objects(mp_obj_t objects) {
    MP_STATE_VM(actor_caps) = objects;
}

static unsigned right_of(mp_obj_t name) {
    unsigned right = mp_obj_is_qstr(name) ? rights_named(MP_OBJ_QSTR_VALUE(name)) : 0;
    if (right == 0) {
        mp_raise_msg_varg(&mp_type_ValueError,
            MP_ERROR_TEXT("no such right: %s (machine, vfs, names, system, console)"), mp_obj_str_get_str(name));
    }
    if (!rights_have(right)) {
        mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("no right to %s here, so none to give"),
            mp_obj_str_get_str(name));
    }
    return right;
}

static void add(caps_t *caps, mp_obj_t one) {
    if (mp_obj_is_str(one)) {
        caps->rights |= right_of(one);
        return;
    }
    mp_obj_t *pair;
    mp_obj_get_array_fixed_n(one, 2, &pair);
    mp_obj_str_get_str(pair[0]); // TypeError
    if (caps->objects == mp_const_none) {
        caps->objects = mp_obj_new_dict(1);
    }
    mp_obj_dict_store(caps->objects, pair[0], pair[1]);
}

caps_t caps_parse(mp_obj_t caps_in) {
    caps_t caps = {0, mp_const_none};
    if (caps_in == mp_const_none) {
        return caps;
    }
    if (caps_in == MP_OBJ_NEW_QSTR(MP_QSTR_all)) {
        return (caps_t) {isolate_cur()->rights & RIGHTS_TO_GIVE, caps_objects()};
    }
    if (mp_obj_is_str(caps_in)) {
        mp_raise_TypeError(MP_ERROR_TEXT("caps is 'all', a list or a dict"));
    }
    if (mp_obj_is_type(caps_in, &mp_type_dict)) {
        caps.objects = caps_in;
        return caps;
    }
    mp_obj_t iterator = mp_getiter(caps_in, NULL);
    for (mp_obj_t one = mp_iternext(iterator); one != MP_OBJ_STOP_ITERATION; one = mp_iternext(iterator)) {
        add(&caps, one);
    }
    return caps;
}
