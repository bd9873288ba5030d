// SPDX-License-Identifier: MIT
// See device.h.
#include <errno.h>
#include <string.h>

#include "py/runtime.h"

#include "hal/bus.h"
#include "hal/time.h"
#include "vm_ext/actor/memory.h"
#include "vm_ext/hw/access.h"
#include "vm_ext/hw/device.h"
#include "vm_ext/hw/dma.h"
#include "vm_ext/hw/ring.h"
#include "vm_ext/hw/virtio.h"

static device_t *devices; // never given back

uint64_t device_load(const device_t *device, place_t place) {
    const device_window_t *window = &device->windows[place.window];
    uintptr_t addr = window->base + place.offset;
    return window->ports ? hal_bus_port_read(addr, place.width) : hw_load(addr, place.width);
}

void device_store(const device_t *device, place_t place, uint64_t value) {
    const device_window_t *window = &device->windows[place.window];
    uintptr_t addr = window->base + place.offset;
    if (window->ports) {
        hal_bus_port_write(addr, place.width, value);
    } else {
        hw_store(addr, place.width, value);
    }
}

// --- reset

static bool reset_steps(const device_t *device) {
    for (unsigned i = 0; i < device->n_steps; i++) {
        const device_step_t *step = &device->steps[i];
        if (!step->until) {
            device_store(device, step->place, step->value);
            continue;
        }
        uint64_t end_ns = hal_time_ns() + DEVICE_RESET_NS;
        while ((device_load(device, step->place) & step->mask) != step->value) {
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
    for (unsigned i = 0; i < device->n_rings; i++) {
        ring_park(device, i);
    }
    for (unsigned i = 0; i < device->n_registers; i++) {
        if (device->registers[i].flags & REGISTER_ADDRESS) {
            device_store(device, device->registers[i].place, (uintptr_t)device->spare);
        }
    }
    return true;
}

// --- life

// Of the addresses that all its address registers take.
static unsigned spare_bits(const device_t *device) {
    unsigned bits = 64;
    for (unsigned i = 0; i < device->n_registers; i++) {
        bool address = device->registers[i].flags & REGISTER_ADDRESS;
        bits = address ? MIN(bits, 8u * device->registers[i].place.width) : bits;
    }
    return bits;
}

static size_t spare_pages(const device_t *device) {
    size_t bytes = 0;
    for (unsigned i = 0; i < device->n_registers; i++) {
        bytes = MAX(bytes, device->registers[i].needs_bytes);
    }
    return (bytes + RT_PAGE_BYTES - 1) / RT_PAGE_BYTES;
}

static void free_memory(device_t *device) {
    for (unsigned i = 0; i < device->n_rings; i++) {
        ring_free(device, i);
    }
    if (device->spare != NULL) {
        rt_pages_free(device->spare, spare_pages(device));
        device->spare = NULL;
    }
}

// What its address registers and rings are aimed at while no driver has aimed them at its own.
static bool make_memory(device_t *device) {
    bool made = true;
    if (spare_pages(device) != 0) {
        device->spare = dma_pages_new(spare_pages(device));
        size_t bytes = spare_pages(device) * RT_PAGE_BYTES;
        made = device->spare != NULL && dma_reaches(device->spare, bytes, spare_bits(device));
    }
    for (unsigned i = 0; i < device->n_rings && made; i++) {
        made = ring_new(device, i);
    }
    return made;
}

device_t *device_new(const device_t *draft) {
    device_t *device = at_load_acq(&devices);
    bool expected = false;
    while (device != NULL && !at_cas_acq_rel(&device->in_use, &expected, true)) {
        device = device->next;
        expected = false;
    }
    if (device == NULL) {
        device = rt_alloc(sizeof(*device));
        if (device == NULL) {
            return NULL;
        }
        *device = (device_t) {.in_use = true, .next = at_load(&devices)};
        while (!at_cas_acq_rel(&devices, &device->next, device)) {
        }
    }
    device->transport = draft->transport;
    device->stuck = true; // until its first reset
    device->n_windows = draft->n_windows;
    device->n_steps = draft->n_steps;
    device->n_rings = draft->n_rings;
    device->n_registers = draft->n_registers;
    device->n_fields = draft->n_fields;
    device->notify_unit = draft->notify_unit;
    device->features = draft->features;
    memcpy(device->windows, draft->windows, sizeof(device->windows));
    memcpy(device->steps, draft->steps, sizeof(device->steps));
    device->registers = draft->registers;
    device->fields = draft->fields;
    device->ring_kinds = draft->ring_kinds;
    device->tables_bytes = draft->tables_bytes;
    if (!make_memory(device)) {
        free_memory(device);
        device->registers = NULL;
        at_store_rel(&device->in_use, false); // pairs with the CAS above
        return NULL;
    }
    return device;
}

void device_undo(device_t *device) {
    free_memory(device);
    rt_free(device->registers, device->tables_bytes);
    device->registers = NULL;
    at_store_rel(&device->in_use, false); // pairs with device_new()
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
            device_undo(device);
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

// --- for Python

static void device_attr(mp_obj_t self_in, qstr attr, mp_obj_t *dest) {
    if (dest[0] != MP_OBJ_NULL) {
        return;
    }
    if (attr == MP_QSTR___del__) { // a collection asks for it, in which nothing can be allocated
        dest[1] = MP_OBJ_SENTINEL;
        return;
    }
    dest[0] = register_find(MP_OBJ_TO_PTR(self_in), attr);
    if (dest[0] == MP_OBJ_NULL) {
        dest[1] = MP_OBJ_SENTINEL; // go on in the methods
    }
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

static const mp_rom_map_elem_t device_locals[] = {
    {MP_ROM_QSTR(MP_QSTR___del__), MP_ROM_PTR(&capobj_del_obj)},
    {MP_ROM_QSTR(MP_QSTR_ack), MP_ROM_PTR(&virtio_ack_obj)},
    {MP_ROM_QSTR(MP_QSTR_dump), MP_ROM_PTR(&device_dump_obj)},
    {MP_ROM_QSTR(MP_QSTR_negotiate), MP_ROM_PTR(&virtio_negotiate_obj)},
    {MP_ROM_QSTR(MP_QSTR_queue), MP_ROM_PTR(&virtio_queue_obj)},
    {MP_ROM_QSTR(MP_QSTR_ready), MP_ROM_PTR(&virtio_ready_obj)},
    {MP_ROM_QSTR(MP_QSTR_release), MP_ROM_PTR(&device_release_obj)},
    {MP_ROM_QSTR(MP_QSTR_reset), MP_ROM_PTR(&device_reset_obj)},
    {MP_ROM_QSTR(MP_QSTR_ring), MP_ROM_PTR(&device_ring_obj)},
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
