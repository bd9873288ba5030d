// SPDX-License-Identifier: MIT
// machine.mem32: not memory, but the one thing that Python streams use it for. Upstream's
// ioctl(SEEK, arg) passes a pointer to { offset, whence } in arg, and code for 32-bit boards, such as
// mpremote's mount, reads machine.mem32[arg] and machine.mem32[arg + 4] and stores the new offset to
// machine.mem32[arg]. Here arg is a token, good while that ioctl() runs, and mem32 looks it up; every
// other index is a ValueError. Nothing is ever dereferenced.
// Invariant: the windows are a list on the heap, innermost first; a token names its window's depth.
#include "py/runtime.h"

#include "vm_ext/seekwin.h"

#define TOKEN_FIRST (0x1000)
#define TOKEN_STEP  (8) // offset, then whence, as two words of 32 bits
#define WHENCE_AT   (4)

struct _seekwin_t {
    struct _seekwin_t *outer;
    mp_uint_t token;
    mp_off_t offset;
    int whence;
};

MP_REGISTER_ROOT_POINTER(struct _seekwin_t *seekwin_innermost);

seekwin_t *seekwin_open(mp_off_t offset, int whence) {
    seekwin_t *window = m_new_obj(seekwin_t);
    window->outer = MP_STATE_VM(seekwin_innermost);
    window->token = window->outer == NULL ? TOKEN_FIRST : window->outer->token + TOKEN_STEP;
    window->offset = offset;
    window->whence = whence;
    MP_STATE_VM(seekwin_innermost) = window;
    return window;
}

mp_uint_t seekwin_token(const seekwin_t *window) {
    return window->token;
}

mp_off_t seekwin_close(seekwin_t *window) {
    MP_STATE_VM(seekwin_innermost) = window->outer;
    return window->offset;
}

static seekwin_t *find(mp_obj_t index_in, mp_uint_t *at) {
    mp_uint_t index = mp_obj_get_int(index_in);
    for (seekwin_t *window = MP_STATE_VM(seekwin_innermost); window != NULL; window = window->outer) {
        *at = index - window->token;
        if (*at == 0 || *at == WHENCE_AT) {
            return window;
        }
    }
    mp_raise_ValueError(MP_ERROR_TEXT("mem32[arg], only within ioctl(SEEK, arg)"));
}

// mem32[arg] is the offset, mem32[arg + 4] the whence; mem32[arg] = position answers the seek.
static mp_obj_t seekwin_subscr(mp_obj_t self, mp_obj_t index, mp_obj_t value) {
    mp_uint_t at;
    if (value == MP_OBJ_NULL) {
        return MP_OBJ_NULL; // del
    }
    seekwin_t *window = find(index, &at);
    if (value == MP_OBJ_SENTINEL) {
        return mp_obj_new_int(at == WHENCE_AT ? window->whence : window->offset);
    }
    if (at == WHENCE_AT) {
        mp_raise_ValueError(MP_ERROR_TEXT("whence is read-only"));
    }
    mp_int_t position = mp_obj_get_int(value);
    if (position < 0) {
        mp_raise_ValueError(MP_ERROR_TEXT("position must be >= 0"));
    }
    window->offset = position;
    return mp_const_none;
}

static void seekwin_print(const mp_print_t *print, mp_obj_t self, mp_print_kind_t kind) {
    mp_print_str(print, "<offset and whence of a seek>");
}

static MP_DEFINE_CONST_OBJ_TYPE(
    seekwin_type,
    MP_QSTR_mem32,
    MP_TYPE_FLAG_NONE,
    print, seekwin_print,
    subscr, seekwin_subscr
    );

const mp_obj_base_t seekwin_obj = {&seekwin_type};
