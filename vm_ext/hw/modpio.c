// SPDX-License-Identifier: MIT
// Module pio: ranges of I/O ports, of machines that have them. Port addresses are the range's own, from 0.
#include <errno.h>

#include "py/runtime.h"

#include "hal/bus.h"
#include "vm_ext/hw/access.h"
#include "vm_ext/hw/capobj.h"

static NORETURN void refuse(int result) {
    if (result == -EPERM) {
        capobj_raise_revoked();
    }
    if (result == -EACCES) {
        mp_raise_msg(&mp_type_OSError, MP_ERROR_TEXT("these Ports are read only"));
    }
    mp_raise_ValueError(MP_ERROR_TEXT("port is a multiple of the width, within the range"));
}

static mp_obj_t access(const mp_obj_t *args, unsigned width, bool in) {
    mp_check_self(mp_obj_is_type(args[0], &pio_type_ports));
    capobj_t *self = MP_OBJ_TO_PTR(args[0]);
    mp_uint_t port = mp_obj_get_int(args[1]);
    uint32_t value = in ? 0 : (mp_uint_t)mp_obj_get_int_truncated(args[2]);
    unsigned core;
    int result = -EPERM;
    if (capobj_enter(self->cap, &core)) {
        const cap_node_t *node = self->cap.node;
        result = !in && node->rights & CAP_READ_ONLY ? -EACCES : hw_within(node, port, width) ? 0 : -EINVAL;
        if (result == 0 && in) {
            value = hal_bus_port_read(node->base + port, width);
        } else if (result == 0) {
            hal_bus_port_write(node->base + port, width, value);
        }
    }
    capobj_leave(core);
    if (result != 0) {
        refuse(result);
    }
    return in ? mp_obj_new_int_from_uint(value) : mp_const_none;
}

// read8(port), write8(port, value), and so on
#define ACCESSORS(bits) \
    static mp_obj_t ports_read##bits(mp_obj_t self, mp_obj_t port) { \
        return access((const mp_obj_t[]) {self, port}, (bits) / 8, true); \
    } \
    static MP_DEFINE_CONST_FUN_OBJ_2(ports_read##bits##_obj, ports_read##bits); \
    static mp_obj_t ports_write##bits(mp_obj_t self, mp_obj_t port, mp_obj_t value) { \
        return access((const mp_obj_t[]) {self, port, value}, (bits) / 8, false); \
    } \
    static MP_DEFINE_CONST_FUN_OBJ_3(ports_write##bits##_obj, ports_write##bits)

ACCESSORS(8);
ACCESSORS(16);
ACCESSORS(32);

static const mp_rom_map_elem_t ports_locals[] = {
    {MP_ROM_QSTR(MP_QSTR___del__), MP_ROM_PTR(&capobj_del_obj)},
    {MP_ROM_QSTR(MP_QSTR_read16), MP_ROM_PTR(&ports_read16_obj)},
    {MP_ROM_QSTR(MP_QSTR_read32), MP_ROM_PTR(&ports_read32_obj)},
    {MP_ROM_QSTR(MP_QSTR_read8), MP_ROM_PTR(&ports_read8_obj)},
    {MP_ROM_QSTR(MP_QSTR_write16), MP_ROM_PTR(&ports_write16_obj)},
    {MP_ROM_QSTR(MP_QSTR_write32), MP_ROM_PTR(&ports_write32_obj)},
    {MP_ROM_QSTR(MP_QSTR_write8), MP_ROM_PTR(&ports_write8_obj)},
};
static MP_DEFINE_CONST_DICT(ports_locals_dict, ports_locals);

MP_DEFINE_CONST_OBJ_TYPE(
    pio_type_ports,
    MP_QSTR_Ports,
    MP_TYPE_FLAG_NONE,
    print, capobj_print,
    locals_dict, &ports_locals_dict
    );

static const mp_rom_map_elem_t globals_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_pio)},
    {MP_ROM_QSTR(MP_QSTR_Ports), MP_ROM_PTR(&pio_type_ports)},
};
static MP_DEFINE_CONST_DICT(globals, globals_table);

const mp_obj_module_t pio_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&globals,
};

MP_REGISTER_MODULE(MP_QSTR_pio, pio_module);
