// SPDX-License-Identifier: MIT
// See device.h.
#include <errno.h>
#include <string.h>

#include "py/objstr.h"
#include "py/runtime.h"
#include "py/smallint.h"

#include "hal/mem.h"
#include "hal/time.h"
#include "vm_ext/actor/memory.h"
#include "vm_ext/hw/access.h"
#include "vm_ext/hw/device.h"
#include "vm_ext/hw/dma.h"
#include "vm_ext/hw/virtio.h"
#include "vm_ext/isolate/memory.h"

static device_t *devices; // never given back

// --- registers

uint64_t device_load(const device_t *device, unsigned window, uint32_t offset, unsigned width) {
    return hw_load(device->windows[window].base + offset, width);
}

void device_store(const device_t *device, unsigned window, uint32_t offset, unsigned width, uint64_t value) {
    hw_store(device->windows[window].base + offset, width, value);
}

// --- reset

static bool reset_steps(const device_t *device) {
    for (unsigned i = 0; i < device->n_steps; i++) {
        const device_step_t *step = &device->steps[i];
        if (!step->until) {
            device_store(device, step->window, step->offset, step->width, step->value);
            continue;
        }
        uint64_t end_ns = hal_time_ns() + DEVICE_RESET_NS;
        while ((device_load(device, step->window, step->offset, step->width) & step->mask) != step->value) {
            if (hal_time_ns() > end_ns) {
                return false;
            }
            hal_cpu_relax();
        }
    }
    return true;
}

bool device_reset(device_t *device) {
    device->epoch++;
    device->stuck = !reset_steps(device);
    if (device->stuck) {
        return false; // it may still write to what it was given
    }
    for (unsigned i = 0; i < device->n_registers; i++) {
        if (device->posted[i] != NULL) {
            dma_unpin(device->posted[i]);
            device->posted[i] = NULL;
        }
    }
    virtio_free_queues(device);
    return true;
}

// A node of a device has ended.
static void on_end(cap_node_t *node) {
    device_t *device = node->object;
    if (at_load(&device->user) == node) {
        device_reset(device);
        at_store_rel(&device->user, NULL); // pairs with device_claim()
    }
    if (device->root == node) {
        if (at_load(&device->user) != NULL) { // its node ends with this one, and comes later
            device_reset(device);
            at_store_rel(&device->user, NULL);
        }
        device->root = NULL;
        if (!device->stuck) {
            rt_free(device->registers, (device->n_registers + 1) * sizeof(device_register_t));
            device->registers = NULL;
            at_store_rel(&device->in_use, false); // pairs with device_new()
        }
    }
}

void device_init(void) {
    cap_set_hook(CAP_DEVICE, on_end);
}

int device_claim(const cap_t cap) {
    device_t *device = cap.node->object;
    cap_node_t *user = NULL;
    if (at_load(&device->user) != cap.node && !at_cas_acq_rel(&device->user, &user, cap.node)) {
        return -EBUSY;
    }
    return device->stuck && !device_reset(device) ? -EIO : 0;
}

void device_raise(int result) {
    switch (result) {
        case 0:
            return;
        case -EACCES:
            mp_raise_msg(&mp_type_OSError, MP_ERROR_TEXT("this register does not allow that"));
        default:
            capobj_check(result);
    }
}

// --- making one

static NORETURN void bad(mp_rom_error_text_t what) {
    mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("description: %s"), (const char *)what);
}

static uint64_t word_of(mp_obj_t value) {
    return (mp_uint_t)mp_obj_get_int_truncated(value);
}

static bool is_width(mp_int_t width) {
    return width == 1 || width == 2 || width == 4 || width == 8;
}

static void check_place(const device_t *device, mp_int_t window, mp_int_t offset, mp_int_t width) {
    if (window < 0 || window >= device->n_windows) {
        bad("no such window");
    }
    if (!is_width(width)) {
        bad("width is 1, 2, 4 or 8");
    }
    uint64_t length = device->windows[window].length;
    if (offset < 0 || offset % width != 0 || length < (uint64_t)width || (uint64_t)offset > length - width) {
        bad("a register is not within its window");
    }
}

// (until, window, offset, width, value, mask)
static void read_steps(device_t *device, mp_obj_t steps) {
    size_t n;
    mp_obj_t *items;
    mp_obj_get_array(steps, &n, &items);
    if (n == 0 || n > DEVICE_STEPS_MAX) {
        bad("a reset has 1 to 16 steps");
    }
    for (size_t i = 0; i < n; i++) {
        mp_obj_t *parts;
        mp_obj_get_array_fixed_n(items[i], 6, &parts);
        mp_int_t window = mp_obj_get_int(parts[1]), offset = mp_obj_get_int(parts[2]);
        mp_int_t width = mp_obj_get_int(parts[3]);
        check_place(device, window, offset, width);
        device->steps[i] = (device_step_t) {
            .until = mp_obj_is_true(parts[0]), .window = window, .width = width, .offset = offset,
            .value = word_of(parts[4]), .mask = word_of(parts[5]),
        };
    }
    device->n_steps = n;
}

// (name, window, offset, width, readable, writable, kind, needs_bytes)
static void read_register(const device_t *device, device_register_t *to, mp_obj_t from) {
    mp_obj_t *parts;
    mp_obj_get_array_fixed_n(from, 8, &parts);
    size_t len;
    const char *name = mp_obj_str_get_data(parts[0], &len);
    if (len == 0 || len > DEVICE_NAME_BYTES_MAX) {
        bad("a name has 1 to 23 characters");
    }
    mp_int_t window = mp_obj_get_int(parts[1]), offset = mp_obj_get_int(parts[2]), width = mp_obj_get_int(parts[3]);
    check_place(device, window, offset, width);
    mp_int_t kind = mp_obj_get_int(parts[6]);
    mp_int_t needs = mp_obj_get_int(parts[7]);
    if (kind != REGISTER_PLAIN && (kind != REGISTER_ADDRESS || width < 4 || needs <= 0)) {
        bad("an address register has 4 or 8 bytes, and says what it needs");
    }
    *to = (device_register_t) {
        .window = window, .offset = offset, .width = width, .kind = kind, .needs_bytes = needs,
        .readable = word_of(parts[4]), .writable = word_of(parts[5]),
    };
    memcpy(to->name, name, len);
}

static device_t *device_new(void) {
    for (device_t *device = at_load_acq(&devices); device != NULL; device = device->next) {
        bool expected = false;
        if (at_cas_acq_rel(&device->in_use, &expected, true)) {
            return device;
        }
    }
    device_t *device = rt_alloc(sizeof(*device));
    if (device != NULL) {
        memset(device, 0, sizeof(*device));
        device->in_use = true;
        device->next = at_load(&devices);
        while (!at_cas_acq_rel(&devices, &device->next, device)) {
        }
    }
    return device;
}

static void copy_description(device_t *to, const device_t *from) {
    to->transport = from->transport;
    to->stuck = true; // until its first reset
    to->n_windows = from->n_windows;
    to->n_steps = from->n_steps;
    to->n_registers = from->n_registers;
    to->notify_unit = from->notify_unit;
    to->features = from->features;
    memcpy(to->windows, from->windows, sizeof(to->windows));
    memcpy(to->steps, from->steps, sizeof(to->steps));
    to->registers = from->registers;
}

static void read_windows(device_t *draft, size_t n, const mp_obj_t *windows) {
    if (n == 0 || n > DEVICE_WINDOWS_MAX) {
        bad("a device has 1 to 5 windows");
    }
    for (size_t i = 0; i < n; i++) {
        if (!mp_obj_is_type(windows[i], &mmio_type_region)) {
            bad("a window is an mmio.Region");
        }
        const capobj_t *window = MP_OBJ_TO_PTR(windows[i]);
        unsigned core;
        bool lives = capobj_enter(window->cap, &core);
        const cap_node_t *node = window->cap.node;
        bool writes = !(node->rights & CAP_READ_ONLY);
        draft->windows[i] = (device_window_t) {node->base, node->length};
        capobj_leave(core);
        if (!lives) {
            capobj_raise_revoked();
        }
        if (!writes) {
            bad("a window is read only");
        }
    }
    draft->n_windows = n;
}

// device(windows, registers, reset, transport=0, notify_unit=0, features=0): windows: Regions, of which the device ends
// with the first. registers, reset: what drivers_py/description.py makes. To be sent to a driver.
mp_obj_t device_make(size_t n_args, const mp_obj_t *args, mp_map_t *kwargs) {
    static const mp_arg_t allowed[] = {
        {MP_QSTR_windows, MP_ARG_REQUIRED | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_registers, MP_ARG_REQUIRED | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_reset, MP_ARG_REQUIRED | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_transport, MP_ARG_INT, {.u_int = TRANSPORT_NONE}},
        {MP_QSTR_notify_unit, MP_ARG_INT, {.u_int = 0}},
        {MP_QSTR_features, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_INT(0)}},
    };
    mp_arg_val_t values[MP_ARRAY_SIZE(allowed)];
    mp_arg_parse_all(n_args, args, kwargs, MP_ARRAY_SIZE(allowed), allowed, values);
    size_t n_windows, n_registers;
    mp_obj_t *windows, *registers;
    device_t *draft = m_new0(device_t, 1);
    mp_obj_get_array(values[0].u_obj, &n_windows, &windows);
    read_windows(draft, n_windows, windows);
    read_steps(draft, values[2].u_obj);
    mp_obj_get_array(values[1].u_obj, &n_registers, &registers);
    if (n_registers > DEVICE_REGISTERS_MAX) {
        bad("more than 128 registers");
    }
    device_register_t *table = m_new0(device_register_t, n_registers + 1);
    for (size_t i = 0; i < n_registers; i++) {
        read_register(draft, &table[i], registers[i]);
    }
    draft->n_registers = n_registers;
    draft->transport = values[3].u_int;
    draft->notify_unit = values[4].u_int;
    draft->features = word_of(values[5].u_obj);
    virtio_check(draft); // raises

    device_obj_t *self = (device_obj_t *)capobj_new(CAP_DEVICE);
    self->registers = MP_OBJ_NULL;
    const capobj_t *first = MP_OBJ_TO_PTR(windows[0]);
    isolate_nopreempt_enter();
    int result = -ENOMEM;
    size_t bytes = (n_registers + 1) * sizeof(device_register_t);
    draft->registers = rt_alloc(bytes);
    device_t *device = draft->registers == NULL ? NULL : device_new();
    if (device != NULL) {
        memcpy(draft->registers, table, bytes);
        copy_description(device, draft);
        result = cap_adopt(first->cap, CAP_DEVICE, 0, n_registers, device, &isolate_cur()->caps, &self->cap);
        if (result == 0) {
            device->root = self->cap.node;
        } else {
            at_store_rel(&device->in_use, false);
        }
    }
    if (result != 0 && draft->registers != NULL) {
        rt_free(draft->registers, bytes);
    }
    isolate_nopreempt_leave();
    capobj_check(result);
    return MP_OBJ_FROM_PTR(self);
}

// --- registers as objects: r() reads, r(value) writes

typedef struct {
    mp_obj_base_t base;
    cap_t cap;
    uint16_t index;
    // Of a plain register, what the description says: it does so as long as the node lives. Else 0.
    uint8_t width;
    uintptr_t addr;
    uint64_t readable, writable;
} register_obj_t;

static int write_address(const cap_t cap, unsigned index, mp_obj_t buffer) {
    device_t *device = cap.node->object;
    const device_register_t *reg = &device->registers[index];
    buffer_block_t *block = ((actor_obj_buffer_t *)MP_OBJ_TO_PTR(buffer))->block;
    if (block == NULL || block->n_pages == 0 || block->size_bytes < reg->needs_bytes) {
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
    device_store(device, reg->window, reg->offset, reg->width, (uintptr_t)block->data);
    return 0;
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

static MP_NOINLINE mp_obj_t write_plain(const register_obj_t *self, uint64_t value) {
    unsigned core;
    if (!capobj_enter_at(&self->cap, &core)) {
        capobj_leave(core);
        capobj_raise_revoked();
    }
    hw_store(self->addr, self->width, value);
    capobj_leave(core);
    return mp_const_none;
}

static MP_NOINLINE mp_obj_t register_call_any(mp_obj_t self_in, size_t n_args, size_t n_kw, const mp_obj_t *args);

static mp_obj_t register_call(mp_obj_t self_in, size_t n_args, size_t n_kw, const mp_obj_t *args) {
    const register_obj_t *self = MP_OBJ_TO_PTR(self_in);
    if ((n_args | n_kw) == 0 && self->readable != 0) {
        return read_plain(self);
    }
    if (n_args == 1 && n_kw == 0 && mp_obj_is_small_int(args[0]) && self->writable != 0) {
        uint64_t value = (uint64_t)MP_OBJ_SMALL_INT_VALUE(args[0]);
        if ((value & ~self->writable) == 0) {
            return write_plain(self, value);
        }
    }
    return register_call_any(self_in, n_args, n_kw, args);
}

static MP_NOINLINE mp_obj_t register_call_any(mp_obj_t self_in, size_t n_args, size_t n_kw, const mp_obj_t *args) {
    mp_arg_check_num(n_args, n_kw, 0, 1, false);
    register_obj_t *self = MP_OBJ_TO_PTR(self_in);
    bool is_buffer = n_args == 1 && mp_obj_is_type(args[0], &actor_type_buffer);
    uint64_t value = n_args == 0 || is_buffer ? 0 : word_of(args[0]);
    unsigned core;
    int result = -EPERM;
    if (capobj_enter(self->cap, &core)) {
        device_t *device = self->cap.node->object;
        const device_register_t *reg = &device->registers[self->index];
        if (n_args == 0) {
            result = reg->readable == 0 ? -EACCES : 0;
            if (result == 0) {
                value = device_load(device, reg->window, reg->offset, reg->width) & reg->readable;
            }
        } else if (reg->kind == REGISTER_ADDRESS) {
            result = is_buffer ? write_address(self->cap, self->index, args[0]) : -EFAULT;
        } else {
            result = is_buffer || reg->writable == 0 || (value & ~reg->writable) != 0 ? -EACCES : 0;
            if (result == 0) {
                device_store(device, reg->window, reg->offset, reg->width, value);
            }
        }
    }
    capobj_leave(core);
    if (result == -EFAULT) {
        mp_raise_TypeError(MP_ERROR_TEXT("this register takes a dma.Buffer of yours that is large enough"));
    }
    device_raise(result);
    return n_args == 0 ? mp_obj_new_int_from_uint(value) : mp_const_none;
}

static MP_DEFINE_CONST_OBJ_TYPE(
    hw_type_register,
    MP_QSTR_Register,
    MP_TYPE_FLAG_NONE,
    call, register_call
    );

static void describe(register_obj_t *reg, const device_t *device, unsigned index) {
    const device_register_t *from = &device->registers[index];
    bool plain = from->kind == REGISTER_PLAIN;
    reg->index = index;
    reg->width = from->width;
    reg->addr = device->windows[from->window].base + from->offset;
    reg->readable = plain ? from->readable : 0;
    reg->writable = plain ? from->writable : 0;
}

static int find_register(const device_obj_t *self, const char *name, size_t len, register_obj_t *found) {
    unsigned core;
    int result = -EPERM;
    if (capobj_enter(self->cap, &core)) {
        const device_t *device = self->cap.node->object;
        result = -ENOENT;
        for (unsigned i = 0; i < device->n_registers && result != 0; i++) {
            const char *other = device->registers[i].name;
            if (memcmp(other, name, len) == 0 && other[len] == 0) {
                describe(found, device, i);
                result = 0;
            }
        }
    }
    capobj_leave(core);
    return result;
}

static void device_attr(mp_obj_t self_in, qstr attr, mp_obj_t *dest) {
    device_obj_t *self = MP_OBJ_TO_PTR(self_in);
    if (dest[0] != MP_OBJ_NULL) {
        return;
    }
    if (attr == MP_QSTR___del__) { // a collection asks for it, in which nothing can be allocated
        dest[1] = MP_OBJ_SENTINEL;
        return;
    }
    if (self->registers == MP_OBJ_NULL) {
        self->registers = mp_obj_new_dict(0);
    }
    mp_map_t *known = mp_obj_dict_get_map(self->registers);
    mp_map_elem_t *found = mp_map_lookup(known, MP_OBJ_NEW_QSTR(attr), MP_MAP_LOOKUP);
    if (found != NULL) {
        dest[0] = found->value;
        return;
    }
    size_t len;
    const char *name = (const char *)qstr_data(attr, &len);
    register_obj_t made = {.base = {&hw_type_register}, .cap = self->cap};
    int result = len > DEVICE_NAME_BYTES_MAX ? -ENOENT : find_register(self, name, len, &made);
    if (result != 0) {
        dest[1] = MP_OBJ_SENTINEL; // go on in the methods
        return;
    }
    register_obj_t *reg = mp_obj_malloc(register_obj_t, &hw_type_register);
    *reg = made;
    dest[0] = MP_OBJ_FROM_PTR(reg);
    mp_obj_dict_store(self->registers, MP_OBJ_NEW_QSTR(attr), dest[0]);
}

// reset(): as its description says; it then has none of the Buffers that it was given.
static mp_obj_t device_reset_py(mp_obj_t self_in) {
    mp_check_self(mp_obj_is_type(self_in, &hw_type_device));
    device_obj_t *self = MP_OBJ_TO_PTR(self_in);
    unsigned core;
    int result = -EPERM;
    if (capobj_enter(self->cap, &core)) {
        result = device_claim(self->cap);
        if (result == 0 && !device_reset(self->cap.node->object)) {
            result = -EIO;
        }
    }
    capobj_leave(core);
    capobj_check(result);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(device_reset_obj, device_reset_py);

// release(): resets it; another may use it.
static mp_obj_t device_release(mp_obj_t self_in) {
    mp_check_self(mp_obj_is_type(self_in, &hw_type_device));
    device_obj_t *self = MP_OBJ_TO_PTR(self_in);
    unsigned core;
    if (capobj_enter(self->cap, &core)) {
        device_t *device = self->cap.node->object;
        if (at_load(&device->user) == self->cap.node) {
            device_reset(device);
            at_store_rel(&device->user, NULL); // pairs with device_claim()
        }
    }
    capobj_leave(core);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(device_release_obj, device_release);

// dump(): {name: value} of all plain registers that can be read.
static mp_obj_t device_dump(mp_obj_t self_in) {
    mp_check_self(mp_obj_is_type(self_in, &hw_type_device));
    device_obj_t *self = MP_OBJ_TO_PTR(self_in);
    mp_obj_t dict = mp_obj_new_dict(0);
    bool more = true;
    for (unsigned i = 0; more; i++) {
        char name[DEVICE_NAME_BYTES_MAX + 1] = "";
        uint64_t value = 0;
        unsigned core;
        more = false;
        if (capobj_enter(self->cap, &core)) {
            const device_t *device = self->cap.node->object;
            more = i < device->n_registers;
            const device_register_t *reg = &device->registers[i];
            if (more && reg->kind == REGISTER_PLAIN && reg->readable != 0) {
                memcpy(name, reg->name, sizeof(name));
                value = device_load(device, reg->window, reg->offset, reg->width) & reg->readable;
            }
        }
        capobj_leave(core);
        if (name[0] != 0) {
            mp_obj_dict_store(dict, mp_obj_new_str(name, strlen(name)), mp_obj_new_int_from_uint(value));
        }
    }
    return dict;
}
static MP_DEFINE_CONST_FUN_OBJ_1(device_dump_obj, device_dump);

static const mp_rom_map_elem_t device_locals[] = {
    {MP_ROM_QSTR(MP_QSTR___del__), MP_ROM_PTR(&capobj_del_obj)},
    {MP_ROM_QSTR(MP_QSTR_ack), MP_ROM_PTR(&virtio_ack_obj)},
    {MP_ROM_QSTR(MP_QSTR_dump), MP_ROM_PTR(&device_dump_obj)},
    {MP_ROM_QSTR(MP_QSTR_negotiate), MP_ROM_PTR(&virtio_negotiate_obj)},
    {MP_ROM_QSTR(MP_QSTR_queue), MP_ROM_PTR(&virtio_queue_obj)},
    {MP_ROM_QSTR(MP_QSTR_ready), MP_ROM_PTR(&virtio_ready_obj)},
    {MP_ROM_QSTR(MP_QSTR_release), MP_ROM_PTR(&device_release_obj)},
    {MP_ROM_QSTR(MP_QSTR_reset), MP_ROM_PTR(&device_reset_obj)},
};
static MP_DEFINE_CONST_DICT(device_locals_dict, device_locals);

MP_DEFINE_CONST_OBJ_TYPE(
    hw_type_device,
    MP_QSTR_Device,
    MP_TYPE_FLAG_NONE,
    print, capobj_print,
    attr, device_attr,
    locals_dict, &device_locals_dict
    );
