// SPDX-License-Identifier: MIT
// Module mmio: windows of device registers.
// Each access is one load or store of exactly its width, checked against the window's length; docs/hal.md says what
// each port orders it with.
#include <errno.h>

#include "py/runtime.h"

#include "vm_ext/hw/access.h"
#include "vm_ext/hw/capobj.h"

enum { BULK = 64 }; // accesses without a pause

// What an access came to; ports share it.
static NORETURN void refuse(int result) {
    if (result == -EPERM) {
        capobj_raise_revoked();
    }
    if (result == -EACCES) {
        mp_raise_msg(&mp_type_OSError, MP_ERROR_TEXT("this Region is read only"));
    }
    mp_raise_ValueError(MP_ERROR_TEXT("offset is a multiple of the width, within the Region"));
}

static inline mp_uint_t offset_of(mp_obj_t offset) {
    return mp_obj_is_small_int(offset) ? MP_OBJ_SMALL_INT_VALUE(offset) : mp_obj_get_int(offset);
}

static capobj_t *region_of(mp_obj_t self_in) {
    mp_check_self(mp_obj_is_type(self_in, &mmio_type_region));
    return MP_OBJ_TO_PTR(self_in);
}

static inline mp_obj_t read(mp_obj_t self_in, mp_obj_t offset_in, unsigned width) {
    capobj_t *self = region_of(self_in);
    mp_uint_t offset = offset_of(offset_in);
    unsigned core;
    int result = -EPERM;
    uint64_t value = 0;
    if (capobj_enter(self->cap, &core)) {
        const cap_node_t *node = self->cap.node;
        result = -EINVAL;
        if (hw_within(node, offset, width)) {
            value = hw_load(node->base + offset, width);
            result = 0;
        }
    }
    capobj_leave(core);
    if (result != 0) {
        refuse(result);
    }
    return width < 4 ? MP_OBJ_NEW_SMALL_INT(value) : mp_obj_new_int_from_uint(value);
}

static inline mp_obj_t write(mp_obj_t self_in, mp_obj_t offset_in, mp_obj_t value_in, unsigned width) {
    capobj_t *self = region_of(self_in);
    mp_uint_t offset = offset_of(offset_in);
    uint64_t value = mp_obj_is_small_int(value_in) ? (uint64_t)MP_OBJ_SMALL_INT_VALUE(value_in)
        : (mp_uint_t)mp_obj_get_int_truncated(value_in);
    unsigned core;
    int result = -EPERM;
    if (capobj_enter(self->cap, &core)) {
        const cap_node_t *node = self->cap.node;
        result = node->rights & CAP_READ_ONLY ? -EACCES : -EINVAL;
        if (result == -EINVAL && hw_within(node, offset, width)) {
            hw_store(node->base + offset, width, value);
            result = 0;
        }
    }
    capobj_leave(core);
    if (result != 0) {
        refuse(result);
    }
    return mp_const_none;
}

// read8(offset), write8(offset, value), and so on
#define ACCESSORS(bits) \
    static mp_obj_t region_read##bits(mp_obj_t self, mp_obj_t offset) { \
        return read(self, offset, (bits) / 8); \
    } \
    static MP_DEFINE_CONST_FUN_OBJ_2(region_read##bits##_obj, region_read##bits); \
    static mp_obj_t region_write##bits(mp_obj_t self, mp_obj_t offset, mp_obj_t value) { \
        return write(self, offset, value, (bits) / 8); \
    } \
    static MP_DEFINE_CONST_FUN_OBJ_3(region_write##bits##_obj, region_write##bits)

ACCESSORS(8);
ACCESSORS(16);
ACCESSORS(32);
ACCESSORS(64);

// --- many at once

typedef struct {
    capobj_t *self;
    mp_uint_t offset;
    mp_buffer_info_t info;
    unsigned width;
} bulk_t;

static bulk_t bulk_of(size_t n_args, const mp_obj_t *args, mp_uint_t flags) {
    bulk_t bulk = {.self = region_of(args[0]), .offset = offset_of(args[1]), .width = 4};
    if (n_args > 3) {
        bulk.width = mp_obj_get_int(args[3]);
    }
    mp_get_buffer_raise(args[2], &bulk.info, flags);
    bool power = bulk.width == 1 || bulk.width == 2 || bulk.width == 4 || bulk.width == 8;
    if (!power || bulk.info.len % bulk.width != 0) {
        mp_raise_ValueError(MP_ERROR_TEXT("width is 1, 2, 4 or 8, and the length a multiple of it"));
    }
    return bulk;
}

static void copy_unit(uintptr_t addr, byte *data, unsigned width, bool in) {
    if (in) {
        uint64_t value = hw_load(addr, width);
        for (unsigned i = 0; i < width; i++) {
            data[i] = value >> 8 * i;
        }
    } else {
        uint64_t value = 0;
        for (unsigned i = 0; i < width; i++) {
            value |= (uint64_t)data[i] << 8 * i;
        }
        hw_store(addr, width, value);
    }
}

static void bulk_copy(const bulk_t *bulk, bool in) {
    byte *data = bulk->info.buf;
    for (size_t done = 0; done < bulk->info.len;) {
        unsigned core;
        int result = -EPERM;
        if (capobj_enter(bulk->self->cap, &core)) {
            const cap_node_t *node = bulk->self->cap.node;
            result = !in && node->rights & CAP_READ_ONLY ? -EACCES : 0;
            for (unsigned i = 0; i < BULK && result == 0 && done < bulk->info.len; i++) {
                if (!hw_within(node, bulk->offset + done, bulk->width)) {
                    result = -EINVAL;
                    break;
                }
                copy_unit(node->base + bulk->offset + done, data + done, bulk->width, in);
                done += bulk->width;
            }
        }
        capobj_leave(core);
        if (result != 0) {
            refuse(result);
        }
    }
}

// readinto(offset, buffer, width=4)
static mp_obj_t region_readinto(size_t n_args, const mp_obj_t *args) {
    bulk_t bulk = bulk_of(n_args, args, MP_BUFFER_WRITE);
    bulk_copy(&bulk, true);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(region_readinto_obj, 3, 4, region_readinto);

// writefrom(offset, buffer, width=4)
static mp_obj_t region_writefrom(size_t n_args, const mp_obj_t *args) {
    bulk_t bulk = bulk_of(n_args, args, MP_BUFFER_READ);
    bulk_copy(&bulk, false);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(region_writefrom_obj, 3, 4, region_writefrom);

static mp_obj_t region_unary_op(mp_unary_op_t op, mp_obj_t self_in) {
    if (op != MP_UNARY_OP_LEN) {
        return MP_OBJ_NULL;
    }
    capobj_t *self = MP_OBJ_TO_PTR(self_in);
    unsigned core;
    bool lives = capobj_enter(self->cap, &core);
    uint64_t length = self->cap.node->length;
    capobj_leave(core);
    if (!lives) {
        capobj_raise_revoked();
    }
    return mp_obj_new_int_from_uint(length);
}

static const mp_rom_map_elem_t region_locals[] = {
    {MP_ROM_QSTR(MP_QSTR___del__), MP_ROM_PTR(&capobj_del_obj)},
    {MP_ROM_QSTR(MP_QSTR_read16), MP_ROM_PTR(&region_read16_obj)},
    {MP_ROM_QSTR(MP_QSTR_read32), MP_ROM_PTR(&region_read32_obj)},
    {MP_ROM_QSTR(MP_QSTR_read64), MP_ROM_PTR(&region_read64_obj)},
    {MP_ROM_QSTR(MP_QSTR_read8), MP_ROM_PTR(&region_read8_obj)},
    {MP_ROM_QSTR(MP_QSTR_readinto), MP_ROM_PTR(&region_readinto_obj)},
    {MP_ROM_QSTR(MP_QSTR_write16), MP_ROM_PTR(&region_write16_obj)},
    {MP_ROM_QSTR(MP_QSTR_write32), MP_ROM_PTR(&region_write32_obj)},
    {MP_ROM_QSTR(MP_QSTR_write64), MP_ROM_PTR(&region_write64_obj)},
    {MP_ROM_QSTR(MP_QSTR_write8), MP_ROM_PTR(&region_write8_obj)},
    {MP_ROM_QSTR(MP_QSTR_writefrom), MP_ROM_PTR(&region_writefrom_obj)},
};
static MP_DEFINE_CONST_DICT(region_locals_dict, region_locals);

MP_DEFINE_CONST_OBJ_TYPE(
    mmio_type_region,
    MP_QSTR_Region,
    MP_TYPE_FLAG_NONE,
    print, capobj_print,
    unary_op, region_unary_op,
    locals_dict, &region_locals_dict
    );

static const mp_rom_map_elem_t globals_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_mmio)},
    {MP_ROM_QSTR(MP_QSTR_Region), MP_ROM_PTR(&mmio_type_region)},
};
static MP_DEFINE_CONST_DICT(globals, globals_table);

const mp_obj_module_t mmio_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&globals,
};

MP_REGISTER_MODULE(MP_QSTR_mmio, mmio_module);
