// SPDX-License-Identifier: MIT
// A device as a driver gets it: the trusted half of a driver. What the driver can do with it is what its description
// says; where bus addresses go, only the C here writes.
//
// A description is tables of registers with their fields and of rings, and a list of steps that resets the device; it
// comes from who holds the device's windows. Registers are plain, or take a Buffer: what is written is its address.
// While they have none they are aimed at spare pages, as rings are at entries that name such.
// Invariant: a device has at most one user, a node; only that one writes its registers. When the node ends, or the
// device is reset, in this order: the device's reset, until it says that it is over; then its Buffers are unpinned and
// its queues' pages given back. A device that cannot be reset keeps them: it is stuck.
#ifndef VM_EXT_HW_DEVICE_H
#define VM_EXT_HW_DEVICE_H

#include "py/obj.h"

#include "vm_ext/hw/capobj.h"
#include "vm_ext/modactor/buffer.h"

enum { DEVICE_WINDOWS_MAX = 5, DEVICE_QUEUES_MAX = 16, DEVICE_NAME_BYTES_MAX = 23, DEVICE_REGISTERS_MAX = 128 };
enum { DEVICE_STEPS_MAX = 16, DEVICE_RESET_NS = 50000000, DEVICE_RINGS_MAX = 8, DEVICE_FIELDS_MAX = 512 };

typedef struct {
    uint8_t window, width; // in bytes; 0: there is none
    uint32_t offset;
} place_t;

enum { FIELD_READ = 1, FIELD_WRITE = 2, FIELD_CLEAR = 4 }; // clear: writing ones does something, zeros nothing

typedef struct {
    char name[DEVICE_NAME_BYTES_MAX + 1];
    uint16_t shift; // from the register's or the entry's lowest bit
    uint8_t bits, flags;
} device_field_t;

enum { REGISTER_ADDRESS = 1, REGISTER_EFFECT = 2 }; // takes a Buffer; reading does something

typedef struct {
    char name[DEVICE_NAME_BYTES_MAX + 1];
    place_t place;
    uint8_t flags;
    uint16_t first_field, n_fields;
    uint64_t readable, writable; // masks; 0: not at all
    uint64_t clear; // bits of fields that are FIELD_CLEAR
    uint32_t needs_bytes; // of the Buffer whose address it takes
} device_register_t;

typedef struct {
    bool until; // read until (value & mask) is that; else write it
    place_t place;
    uint64_t value, mask;
} device_step_t;

typedef struct {
    uint64_t base, length;
    bool ports;
} device_window_t;

struct virtq;
struct ring;
struct ring_kind;

typedef struct device {
    struct device *next; // all that there ever were
    bool in_use;
    uint8_t transport; // virtio.h
    bool stuck;
    uint8_t n_windows, n_steps, n_rings;
    uint16_t n_registers, n_fields;
    uint32_t epoch; // counts resets: what was made before one is over
    uint32_t notify_unit;
    uint64_t features; // that a driver may ask for
    cap_node_t *root, *user; // user: atomic
    device_window_t windows[DEVICE_WINDOWS_MAX];
    device_step_t steps[DEVICE_STEPS_MAX];
    // The tables, in one piece that begins with the registers.
    device_register_t *registers;
    device_field_t *fields;
    struct ring_kind *ring_kinds;
    size_t tables_bytes;
    void *spare; // what address registers name that have no Buffer
    buffer_block_t *posted[DEVICE_REGISTERS_MAX]; // of address registers
    struct virtq *queues[DEVICE_QUEUES_MAX];
    struct ring *rings[DEVICE_RINGS_MAX];
} device_t;

typedef struct {
    mp_obj_base_t base;
    cap_t cap;
    mp_obj_t registers; // those that were looked at, by name
} device_obj_t;

extern const mp_obj_type_t hw_type_device, hw_type_register;

void device_init(void);

// A new device of a description that was read; the draft's tables are its own from now on. In nopreempt; NULL: no
// memory.
device_t *device_new(const device_t *draft);
void device_undo(device_t *device); // of one that has no root yet

// In nopreempt, by who uses it or when nobody can: false: it is stuck.
bool device_reset(device_t *device);

// Between capobj_enter() and leave: makes the node its user. -EBUSY: another is; -EIO: stuck.
int device_claim(const cap_t cap);

uint64_t device_load(const device_t *device, place_t place);
void device_store(const device_t *device, place_t place, uint64_t value);

// register.c: the object of a register, or MP_OBJ_NULL if there is none of that name.
mp_obj_t register_find(device_obj_t *self, qstr name);
extern const mp_obj_fun_builtin_fixed_t device_dump_obj;

// describe.c: device(windows, registers, reset, ...)
mp_obj_t device_make(size_t n_args, const mp_obj_t *args, mp_map_t *kwargs);

#endif
