// SPDX-License-Identifier: MIT
// Registers as objects, made when their name is first used: r() reads, r(value) writes, r.FIELD and r.FIELD = value are
// a field of it, r(FIELD=value, ...) changes several at once.
// Invariant: what is written has no bit that the description does not let be written; an address register is written
// by write_address() only.
#include <errno.h>
#include <string.h>

#include "py/runtime.h"
#include "py/smallint.h"

#include "hal/mem.h"
#include "vm_ext/hw/access.h"
#include "vm_ext/hw/device.h"
#include "vm_ext/hw/dma.h"

typedef struct {
    mp_obj_base_t base;
    cap_t cap;
    uint16_t index;
    // Of a plain register in memory, what the description says: it does so as long as the node lives. Else 0.
    uint8_t width;
    uintptr_t addr;
    uint64_t readable, forbidden; // to be written
    cap_node_t *const *user; // the device's; of what is not written so, nobody
    mp_obj_t fields; // {name: number in the table}, of those that were used
} register_obj_t;

static cap_node_t *const nobody;

static uint64_t word_of(mp_obj_t value) {
    return mp_obj_is_small_int(value) ? (uint64_t)MP_OBJ_SMALL_INT_VALUE(value)
        : (mp_uint_t)mp_obj_get_int_truncated(value);
}

static NORETURN void refuse(int result) {
    switch (result) {
        case -EACCES:
            mp_raise_msg(&mp_type_OSError, MP_ERROR_TEXT("this register does not allow that"));
        case -EFAULT:
            mp_raise_TypeError(MP_ERROR_TEXT("this register takes a dma.Buffer of yours that is large enough"));
        case -ERANGE:
            mp_raise_ValueError(MP_ERROR_TEXT("this field has fewer bits"));
        default:
            capobj_check(result);
    }
    capobj_raise_revoked();
}

static inline uint64_t ones(unsigned bits) {
    return bits >= 64 ? ~0ull : (1ull << bits) - 1;
}

// --- access; all between enter and leave

static int load(const device_t *device, unsigned index, uint64_t *value) {
    const device_register_t *reg = &device->registers[index];
    if (reg->readable == 0) {
        return -EACCES;
    }
    *value = device_load(device, reg->place) & reg->readable;
    return 0;
}

static int store(const cap_t cap, unsigned index, uint64_t value) {
    const device_t *device = cap.node->object;
    const device_register_t *reg = &device->registers[index];
    if (reg->flags & REGISTER_ADDRESS) {
        return -EFAULT;
    }
    if (reg->writable == 0 || (value & ~reg->writable) != 0) {
        return -EACCES;
    }
    int result = device_claim(cap);
    if (result == 0) {
        device_store(device, reg->place, value);
    }
    return result;
}

static int write_address(const cap_t cap, unsigned index, mp_obj_t buffer) {
    device_t *device = cap.node->object;
    const device_register_t *reg = &device->registers[index];
    buffer_block_t *block = ((actor_obj_buffer_t *)MP_OBJ_TO_PTR(buffer))->block;
    if (!(reg->flags & REGISTER_ADDRESS)) {
        return -EACCES;
    }
    if (block == NULL || block->n_pages == 0 || block->size_bytes < reg->needs_bytes
        || ((uint64_t)(uintptr_t)block->data & ~ones(8 * reg->place.width)) != 0) {
        return -EFAULT;
    }
    int result = device_claim(cap);
    if (result != 0) {
        return result;
    }
    if (device->posted[index] != NULL) {
        return -EBUSY; // until the device is reset
    }
    dma_pin(block);
    device->posted[index] = block;
    hal_cache_clean(block->data, block->size_bytes);
    device_store(device, reg->place, (uintptr_t)block->data);
    return 0;
}

// The bits of `mask` become `bits`; what is cleared by ones stays as it is.
static int change(const cap_t cap, unsigned index, uint64_t mask, uint64_t bits) {
    const device_t *device = cap.node->object;
    const device_register_t *reg = &device->registers[index];
    uint64_t others = reg->writable & ~reg->clear & ~mask;
    uint64_t value = 0;
    if (others & reg->readable) {
        value = device_load(device, reg->place) & others & reg->readable;
    }
    return store(cap, index, value | bits);
}

// --- names

static device_field_t field_at(const register_obj_t *self, unsigned number, int *result) {
    device_field_t field = {.bits = 0};
    unsigned core;
    *result = -EPERM;
    if (capobj_enter(self->cap, &core)) {
        const device_t *device = self->cap.node->object;
        field = device->fields[number];
        *result = 0;
    }
    capobj_leave(core);
    return field;
}

static int find_field(const register_obj_t *self, qstr name, unsigned *number) {
    size_t len;
    const char *text = (const char *)qstr_data(name, &len);
    unsigned core;
    int result = -EPERM;
    if (len <= DEVICE_NAME_BYTES_MAX && capobj_enter(self->cap, &core)) {
        const device_t *device = self->cap.node->object;
        const device_register_t *reg = &device->registers[self->index];
        result = -ENOENT;
        for (unsigned i = reg->first_field; i < reg->first_field + reg->n_fields && result != 0; i++) {
            if (memcmp(device->fields[i].name, text, len) == 0 && device->fields[i].name[len] == 0) {
                *number = i;
                result = 0;
            }
        }
    } else if (len > DEVICE_NAME_BYTES_MAX) {
        return -ENOENT;
    }
    capobj_leave(core);
    return result;
}

// The field of this name, looked up once; bits 0: there is none.
static device_field_t field_of(register_obj_t *self, qstr name) {
    if (self->fields == MP_OBJ_NULL) {
        self->fields = mp_obj_new_dict(0);
    }
    const mp_map_elem_t *known = mp_map_lookup(mp_obj_dict_get_map(self->fields), MP_OBJ_NEW_QSTR(name), MP_MAP_LOOKUP);
    unsigned number = known == NULL ? 0 : MP_OBJ_SMALL_INT_VALUE(known->value);
    int result = known == NULL ? find_field(self, name, &number) : 0;
    device_field_t field = {.bits = 0};
    if (result == -ENOENT) {
        return field;
    }
    if (result == 0) {
        if (known == NULL) {
            mp_obj_dict_store(self->fields, MP_OBJ_NEW_QSTR(name), MP_OBJ_NEW_SMALL_INT(number));
        }
        field = field_at(self, number, &result);
    }
    capobj_check(result);
    return field;
}

static void describe(register_obj_t *reg, const device_t *device, unsigned index) {
    const device_register_t *from = &device->registers[index];
    const device_window_t *window = &device->windows[from->place.window];
    reg->index = index;
    reg->width = from->place.width;
    reg->addr = window->base + from->place.offset;
    reg->readable = window->ports ? 0 : from->readable;
    reg->forbidden = ~from->writable;
    reg->user = window->ports || from->writable == 0 ? &nobody : &device->user;
}

mp_obj_t register_find(device_obj_t *self, qstr attr) {
    if (self->registers == MP_OBJ_NULL) {
        self->registers = mp_obj_new_dict(0);
    }
    mp_map_t *known = mp_obj_dict_get_map(self->registers);
    const mp_map_elem_t *found = mp_map_lookup(known, MP_OBJ_NEW_QSTR(attr), MP_MAP_LOOKUP);
    if (found != NULL) {
        return found->value;
    }
    size_t len;
    const char *name = (const char *)qstr_data(attr, &len);
    unsigned index = DEVICE_REGISTERS_MAX;
    unsigned core;
    register_obj_t made = {.base = {&hw_type_register}, .cap = self->cap, .fields = MP_OBJ_NULL};
    if (len <= DEVICE_NAME_BYTES_MAX) {
        if (capobj_enter(self->cap, &core)) {
            const device_t *device = self->cap.node->object;
            for (unsigned i = 0; i < device->n_registers && index == DEVICE_REGISTERS_MAX; i++) {
                const char *other = device->registers[i].name;
                if (memcmp(other, name, len) == 0 && other[len] == 0) {
                    index = i;
                    describe(&made, device, i);
                }
            }
        }
        capobj_leave(core);
    }
    if (index == DEVICE_REGISTERS_MAX) {
        return MP_OBJ_NULL;
    }
    register_obj_t *reg = mp_obj_malloc(register_obj_t, &hw_type_register);
    *reg = made;
    mp_obj_dict_store(self->registers, MP_OBJ_NEW_QSTR(attr), MP_OBJ_FROM_PTR(reg));
    return MP_OBJ_FROM_PTR(reg);
}

// --- the type

typedef struct {
    uint64_t mask, bits;
} change_t;

static void add_change(change_t *all, device_field_t field, mp_obj_t value_in) {
    uint64_t value = word_of(value_in);
    if (field.bits == 0) {
        mp_raise_msg(&mp_type_AttributeError, MP_ERROR_TEXT("this register has no such field"));
    }
    if (!(field.flags & FIELD_WRITE)) {
        refuse(-EACCES);
    }
    if (value & ~ones(field.bits)) {
        refuse(-ERANGE);
    }
    all->mask |= ones(field.bits) << field.shift;
    all->bits |= value << field.shift;
}

static void change_fields(register_obj_t *self, const change_t *all) {
    unsigned core;
    int result = -EPERM;
    if (capobj_enter(self->cap, &core)) {
        result = change(self->cap, self->index, all->mask, all->bits);
    }
    capobj_leave(core);
    if (result != 0) {
        refuse(result);
    }
}

// Drivers do this all the time: it takes no more than it must.
static MP_NOINLINE mp_obj_t read_plain(const register_obj_t *self) {
    unsigned core;
    if (!capobj_enter_at(&self->cap, &core)) {
        capobj_leave(core);
        capobj_raise_revoked();
    }
    uint64_t value = hw_load(self->addr, self->width) & self->readable;
    capobj_leave(core);
    return value <= MP_SMALL_INT_MAX ? MP_OBJ_NEW_SMALL_INT(value) : mp_obj_new_int_from_uint(value);
}

static MP_NOINLINE mp_obj_t register_call_any(mp_obj_t self_in, size_t n_args, size_t n_kw, const mp_obj_t *args);

// By the device's user; who is not yet comes to be it the long way. That one was reset, or is stuck, and keeps all.
static MP_NOINLINE mp_obj_t write_plain(const register_obj_t *self, uint64_t value, const mp_obj_t *args) {
    unsigned core;
    if (!capobj_enter_at(&self->cap, &core) || at_load(self->user) != self->cap.node) {
        capobj_leave(core);
        return register_call_any(MP_OBJ_FROM_PTR(self), 1, 0, args);
    }
    hw_store(self->addr, self->width, value);
    capobj_leave(core);
    return mp_const_none;
}

static mp_obj_t register_call(mp_obj_t self_in, size_t n_args, size_t n_kw, const mp_obj_t *args) {
    const register_obj_t *self = MP_OBJ_TO_PTR(self_in);
    if ((n_args | n_kw) == 0 && self->readable != 0) {
        return read_plain(self);
    }
    if (n_args == 1 && n_kw == 0 && mp_obj_is_small_int(args[0])) {
        uint64_t value = (uint64_t)MP_OBJ_SMALL_INT_VALUE(args[0]);
        if ((value & self->forbidden) == 0) {
            return write_plain(self, value, args);
        }
    }
    return register_call_any(self_in, n_args, n_kw, args);
}

static MP_NOINLINE mp_obj_t register_call_any(mp_obj_t self_in, size_t n_args, size_t n_kw, const mp_obj_t *args) {
    register_obj_t *self = MP_OBJ_TO_PTR(self_in);
    if (n_kw != 0) {
        mp_arg_check_num(n_args, n_kw, 0, 0, true);
        change_t all = {0, 0};
        for (size_t i = 0; i < n_kw; i++) {
            add_change(&all, field_of(self, mp_obj_str_get_qstr(args[2 * i])), args[2 * i + 1]);
        }
        change_fields(self, &all);
        return mp_const_none;
    }
    mp_arg_check_num(n_args, n_kw, 0, 1, false);
    bool is_buffer = n_args == 1 && mp_obj_is_type(args[0], &actor_type_buffer);
    uint64_t value = n_args == 0 || is_buffer ? 0 : word_of(args[0]);
    unsigned core;
    int result = -EPERM;
    if (capobj_enter(self->cap, &core)) {
        if (n_args == 0) {
            result = load(self->cap.node->object, self->index, &value);
        } else {
            result = is_buffer ? write_address(self->cap, self->index, args[0]) : store(self->cap, self->index, value);
        }
    }
    capobj_leave(core);
    if (result != 0) {
        refuse(result);
    }
    return n_args == 0 ? mp_obj_new_int_from_uint(value) : mp_const_none;
}

static void register_attr(mp_obj_t self_in, qstr attr, mp_obj_t *dest) {
    register_obj_t *self = MP_OBJ_TO_PTR(self_in);
    device_field_t field = field_of(self, attr);
    if (field.bits == 0 || (dest[0] != MP_OBJ_NULL && dest[1] == MP_OBJ_NULL)) {
        return; // no such attribute, or it is to be deleted
    }
    if (dest[0] != MP_OBJ_NULL) {
        change_t all = {0, 0};
        add_change(&all, field, dest[1]);
        change_fields(self, &all);
        dest[0] = MP_OBJ_NULL;
        return;
    }
    uint64_t value = 0;
    unsigned core;
    int result = -EPERM;
    if (capobj_enter(self->cap, &core)) {
        result = field.flags & FIELD_READ ? load(self->cap.node->object, self->index, &value) : -EACCES;
    }
    capobj_leave(core);
    if (result != 0) {
        refuse(result);
    }
    dest[0] = mp_obj_new_int_from_uint(value >> field.shift & ones(field.bits));
}

MP_DEFINE_CONST_OBJ_TYPE(
    hw_type_register,
    MP_QSTR_Register,
    MP_TYPE_FLAG_NONE,
    call, register_call,
    attr, register_attr
    );

// --- all of them

static mp_obj_t name_of(const char *name) {
    return mp_obj_new_str(name, strlen(name));
}

// {field: value} of a register that was read.
static mp_obj_t decoded(const device_obj_t *self, const device_register_t *reg, uint64_t value) {
    mp_obj_t dict = mp_obj_new_dict(reg->n_fields);
    for (unsigned i = 0; i < reg->n_fields; i++) {
        register_obj_t of = {.cap = self->cap};
        int result;
        device_field_t field = field_at(&of, reg->first_field + i, &result);
        if (result == 0 && field.flags & FIELD_READ) {
            uint64_t part = value >> field.shift & ones(field.bits);
            mp_obj_dict_store(dict, name_of(field.name), mp_obj_new_int_from_uint(part));
        }
    }
    return dict;
}

// dump(): {name: (value, {field: value})} of all registers that can be read and do nothing then.
static mp_obj_t device_dump(mp_obj_t self_in) {
    mp_check_self(mp_obj_is_type(self_in, &hw_type_device));
    device_obj_t *self = MP_OBJ_TO_PTR(self_in);
    mp_obj_t dict = mp_obj_new_dict(0);
    bool more = true;
    for (unsigned i = 0; more; i++) {
        device_register_t reg = {.readable = 0};
        uint64_t value = 0;
        unsigned core;
        more = false;
        if (capobj_enter(self->cap, &core)) {
            const device_t *device = self->cap.node->object;
            more = i < device->n_registers;
            if (more && device->registers[i].flags == 0) {
                reg = device->registers[i];
                load(device, i, &value);
            }
        }
        capobj_leave(core);
        if (reg.readable != 0) {
            const mp_obj_t parts[] = {mp_obj_new_int_from_uint(value), decoded(self, &reg, value)};
            mp_obj_dict_store(dict, name_of(reg.name), mp_obj_new_tuple(2, parts));
        }
    }
    return dict;
}
MP_DEFINE_CONST_FUN_OBJ_1(device_dump_obj, device_dump);
