// SPDX-License-Identifier: MIT
// Module _hw: where capabilities come from. For the code that finds devices and hands them to drivers; without the
// right 'machine' OSError(EPERM). What it makes is its own, and ends with it.
#include <errno.h>

#include "py/objstr.h"
#include "py/runtime.h"

#include "hal/bus.h"
#include "vm_ext/hw/capobj.h"
#include "vm_ext/hw/device.h"
#include "vm_ext/hw/hw.h"
#include "vm_ext/hw/line.h"
#include "vm_ext/hw/modcap.h"
#include "vm_ext/isolate/memory.h"

void hw_init(void) {
    line_init();
    device_init();
}

static uint64_t word_of(mp_obj_t value) {
    return (mp_uint_t)mp_obj_get_int_truncated(value);
}

static mp_obj_t root_new(cap_kind_t kind, uint64_t base, uint64_t length, void *object) {
    capobj_t *self = capobj_new(kind);
    isolate_nopreempt_enter();
    int result = cap_root(kind, base, length, object, &isolate_cur()->caps, &self->cap);
    isolate_nopreempt_leave();
    capobj_check(result);
    return MP_OBJ_FROM_PTR(self);
}

// region(address, length): ValueError if devices have no registers there.
static mp_obj_t hw_region(mp_obj_t base_in, mp_obj_t length_in) {
    cap_need_root();
    uint64_t base = word_of(base_in), length = word_of(length_in);
    hal_mem_region_t window;
    for (unsigned i = 0; hal_bus_window(i, &window) == 0; i++) {
        if (base >= window.base && length <= window.size_bytes && base - window.base <= window.size_bytes - length) {
            return root_new(CAP_REGION, base, length, NULL);
        }
    }
    mp_raise_ValueError(MP_ERROR_TEXT("no registers of devices are there"));
}
static MP_DEFINE_CONST_FUN_OBJ_2(hw_region_obj, hw_region);

// windows(): the addresses that region() takes, as (address, length).
static mp_obj_t hw_windows(void) {
    cap_need_root();
    mp_obj_t list = mp_obj_new_list(0, NULL);
    hal_mem_region_t window;
    for (unsigned i = 0; hal_bus_window(i, &window) == 0; i++) {
        const mp_obj_t parts[] = {
            mp_obj_new_int_from_uint(window.base), mp_obj_new_int_from_uint(window.size_bytes),
        };
        mp_obj_list_append(list, mp_obj_new_tuple(2, parts));
    }
    return list;
}
static MP_DEFINE_CONST_FUN_OBJ_0(hw_windows_obj, hw_windows);

// ports(): all of them; None where there are none.
static mp_obj_t hw_ports(void) {
    cap_need_root();
    return hal_bus_ports() == 0 ? mp_const_none : root_new(CAP_PORTS, 0, hal_bus_ports(), NULL);
}
static MP_DEFINE_CONST_FUN_OBJ_0(hw_ports_obj, hw_ports);

// memory(bytes): an allowance of memory that devices may use.
static mp_obj_t hw_memory(mp_obj_t bytes) {
    cap_need_root();
    return root_new(CAP_MEMORY, 0, word_of(bytes), NULL);
}
static MP_DEFINE_CONST_FUN_OBJ_1(hw_memory_obj, hw_memory);

static mp_obj_t line_new(unsigned number, bool message) {
    isolate_nopreempt_enter();
    hw_line_t *line = line_find(number, message);
    isolate_nopreempt_leave();
    if (line == NULL) {
        m_malloc_fail(sizeof(hw_line_t));
    }
    return root_new(CAP_LINE, number, 1, line);
}

// line(number): of the interrupt controller.
static mp_obj_t hw_line(mp_obj_t number) {
    cap_need_root();
    mp_int_t n = mp_obj_get_int(number);
    if (n < 0 || n > 0xffff) {
        mp_raise_ValueError(MP_ERROR_TEXT("no such line"));
    }
    return line_new(n, false);
}
static MP_DEFINE_CONST_FUN_OBJ_1(hw_line_obj, hw_line);

// message(): (Line, address, data): an interrupt that a device raises by writing data there; None: there are none.
static mp_obj_t hw_message(void) {
    cap_need_root();
    unsigned number;
    uint64_t addr;
    uint32_t data;
    int result = hal_bus_msi_alloc(&number, &addr, &data);
    if (result == -ENOTSUP) {
        return mp_const_none;
    }
    capobj_check(result);
    const mp_obj_t parts[] = {
        line_new(number, true), mp_obj_new_int_from_uint(addr), mp_obj_new_int_from_uint(data),
    };
    return mp_obj_new_tuple(3, parts);
}
static MP_DEFINE_CONST_FUN_OBJ_0(hw_message_obj, hw_message);

// pci(): (configuration space's address and length, memory window's, lines of INTA..INTD, whether BARs are assigned);
// None: there is no PCI.
static mp_obj_t hw_pci(void) {
    cap_need_root();
    hal_bus_pci_t pci;
    if (hal_bus_pci(&pci) != 0) {
        return mp_const_none;
    }
    mp_obj_t lines[4];
    for (unsigned i = 0; i < 4; i++) {
        lines[i] = MP_OBJ_NEW_SMALL_INT(pci.intx[i]);
    }
    const mp_obj_t parts[] = {
        mp_obj_new_int_from_uint(pci.ecam.base), mp_obj_new_int_from_uint(pci.ecam.size_bytes),
        mp_obj_new_int_from_uint(pci.memory.base), mp_obj_new_int_from_uint(pci.memory.size_bytes),
        mp_obj_new_tuple(4, lines), mp_obj_new_bool(pci.assigned),
    };
    return mp_obj_new_tuple(MP_ARRAY_SIZE(parts), parts);
}
static MP_DEFINE_CONST_FUN_OBJ_0(hw_pci_obj, hw_pci);

// devices(): what the firmware describes, as (name, address, length, line).
static mp_obj_t hw_devices(void) {
    cap_need_root();
    mp_obj_t list = mp_obj_new_list(0, NULL);
    hal_bus_device_t device;
    for (unsigned i = 0; hal_bus_device(i, &device) == 0; i++) {
        const mp_obj_t parts[] = {
            mp_obj_new_str_from_cstr(device.name), mp_obj_new_int_from_uint(device.registers.base),
            mp_obj_new_int_from_uint(device.registers.size_bytes), MP_OBJ_NEW_SMALL_INT(device.line),
        };
        mp_obj_list_append(list, mp_obj_new_tuple(MP_ARRAY_SIZE(parts), parts));
    }
    return list;
}
static MP_DEFINE_CONST_FUN_OBJ_0(hw_devices_obj, hw_devices);

static mp_obj_t hw_device(size_t n_args, const mp_obj_t *args, mp_map_t *kwargs) {
    cap_need_root();
    return device_make(n_args, args, kwargs);
}
static MP_DEFINE_CONST_FUN_OBJ_KW(hw_device_obj, 3, hw_device);

static const mp_rom_map_elem_t globals_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR__hw)},
    {MP_ROM_QSTR(MP_QSTR_device), MP_ROM_PTR(&hw_device_obj)},
    {MP_ROM_QSTR(MP_QSTR_devices), MP_ROM_PTR(&hw_devices_obj)},
    {MP_ROM_QSTR(MP_QSTR_line), MP_ROM_PTR(&hw_line_obj)},
    {MP_ROM_QSTR(MP_QSTR_memory), MP_ROM_PTR(&hw_memory_obj)},
    {MP_ROM_QSTR(MP_QSTR_message), MP_ROM_PTR(&hw_message_obj)},
    {MP_ROM_QSTR(MP_QSTR_pci), MP_ROM_PTR(&hw_pci_obj)},
    {MP_ROM_QSTR(MP_QSTR_ports), MP_ROM_PTR(&hw_ports_obj)},
    {MP_ROM_QSTR(MP_QSTR_region), MP_ROM_PTR(&hw_region_obj)},
    {MP_ROM_QSTR(MP_QSTR_windows), MP_ROM_PTR(&hw_windows_obj)},
};
static MP_DEFINE_CONST_DICT(globals, globals_table);

const mp_obj_module_t hw_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&globals,
};

MP_REGISTER_MODULE(MP_QSTR__hw, hw_module);
