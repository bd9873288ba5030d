// SPDX-License-Identifier: MIT
// See capobj.h.
#include <errno.h>
#include <string.h>

#include "py/gc.h"
#include "py/objexcept.h"
#include "py/runtime.h"

#include "vm_ext/hw/capobj.h"
#include "vm_ext/hw/device.h"
#include "vm_ext/isolate/memory.h"

MP_DEFINE_EXCEPTION(Revoked, OSError)

static const mp_obj_type_t *const types[] = {
    [CAP_REGION] = &mmio_type_region, [CAP_PORTS] = &pio_type_ports, [CAP_LINE] = &irq_type_line,
    [CAP_MEMORY] = &dma_type_memory, [CAP_DEVICE] = &hw_type_device,
};
_Static_assert(MP_ARRAY_SIZE(types) == CAP_KINDS, "a type for each kind");

static cap_node_t nothing; // never lives
static const cap_t none = {&nothing, 1};

bool capobj_is_type(const mp_obj_type_t *type) {
    for (size_t i = 0; i < MP_ARRAY_SIZE(types); i++) {
        if (type == types[i]) {
            return true;
        }
    }
    return false;
}

capobj_t *capobj_of(mp_obj_t object) {
    if (!mp_obj_is_obj(object)) {
        return NULL;
    }
    return capobj_is_type(mp_obj_get_type(object)) ? MP_OBJ_TO_PTR(object) : NULL;
}

capobj_t *capobj_get(mp_obj_t object) {
    capobj_t *self = capobj_of(object);
    if (self == NULL) {
        mp_raise_msg_varg(&mp_type_TypeError, MP_ERROR_TEXT("a capability is needed, not '%q'"),
            (qstr)mp_obj_get_type(object)->name);
    }
    return self;
}

cap_kind_t capobj_kind(const capobj_t *self) {
    cap_kind_t kind = 0;
    while (types[kind] != self->base.type) {
        kind++;
    }
    return kind;
}

capobj_t *capobj_new(cap_kind_t kind) {
    size_t bytes = kind == CAP_DEVICE ? sizeof(device_obj_t) : sizeof(capobj_t);
    capobj_t *self = gc_alloc(bytes, GC_ALLOC_FLAG_HAS_FINALISER);
    if (self == NULL) {
        m_malloc_fail(bytes);
    }
    memset(self, 0, bytes);
    self->cap = none;
    self->base.type = types[kind];
    return self;
}

void capobj_raise_revoked(void) {
    mp_raise_msg(&mp_type_Revoked, MP_ERROR_TEXT("this capability was revoked"));
}

void capobj_check(int result) {
    switch (result) {
        case 0:
            return;
        case -EPERM:
            capobj_raise_revoked();
        case -ENOMEM:
            m_malloc_fail(0);
        default:
            mp_raise_OSError(-result);
    }
}

// --- in messages

void capobj_moves(void *place) {
    cap_t from, child = none;
    memcpy(&from, place, sizeof(from));
    cap_derive_whole(from, NULL, &child); // revoked meanwhile, or no memory: what arrives is dead
    memcpy(place, &child, sizeof(child));
}

void capobj_discard(void *place) {
    cap_t cap;
    memcpy(&cap, place, sizeof(cap));
    memcpy(place, &none, sizeof(none));
    cap_revoke(cap);
}

mp_obj_t capobj_from_message(void *place, bool loan, const rt_msg_t *msg) {
    cap_t cap;
    if (loan && msg->kind != RT_MSG_ASK) {
        isolate_nopreempt_enter();
        capobj_discard(place); // there will be no answer that it could end with
        isolate_nopreempt_leave();
    }
    memcpy(&cap, place, sizeof(cap));
    capobj_t *self = capobj_new(cap.node == NULL ? CAP_REGION : cap.node->kind);
    isolate_nopreempt_enter();
    int result = cap_hold(cap, &isolate_cur()->caps);
    if (result == 0) {
        self->cap = cap;
        if (loan) {
            cap_lend_for_call(cap, (uintptr_t)msg);
        }
        memcpy(place, &none, sizeof(none));
    }
    isolate_nopreempt_leave();
    if (result != -EPERM) { // it may arrive dead
        capobj_check(result);
    }
    return MP_OBJ_FROM_PTR(self);
}

// --- what all have

static mp_obj_t capobj_del(mp_obj_t self_in) {
    capobj_t *self = capobj_get(self_in);
    isolate_nopreempt_enter();
    cap_t cap = self->cap;
    self->cap = none;
    if (cap.node != &nothing) {
        cap_drop(cap);
    }
    isolate_nopreempt_leave();
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_1(capobj_del_obj, capobj_del);

void capobj_print(const mp_print_t *print, mp_obj_t self_in, mp_print_kind_t kind) {
    const capobj_t *self = MP_OBJ_TO_PTR(self_in);
    unsigned core;
    bool lives = capobj_enter(self->cap, &core);
    uint64_t base = self->cap.node->base, length = self->cap.node->length;
    bool reads = self->cap.node->rights & CAP_READ_ONLY;
    capobj_leave(core);
    if (!lives) {
        mp_printf(print, "<%q, revoked>", (qstr)mp_obj_get_type(self_in)->name);
    } else {
        mp_printf(print, "<%q %lx, %lu%s>", (qstr)mp_obj_get_type(self_in)->name, (unsigned long)base,
            (unsigned long)length, reads ? ", read only" : "");
    }
}
