// SPDX-License-Identifier: MIT
// A device as a driver gets it: the trusted half of a driver. What the driver can do with it is what its description
// says; where bus addresses go, only the C here writes.
//
// A description is a table of registers and a list of steps that resets the device; it comes from who holds the
// device's windows. Registers are plain, or take a Buffer: then what is written is its address.
// Invariant: a device has at most one user, a node; only that one makes it use memory. When the node ends, or the
// device is reset, in this order: the device's reset, until it says that it is over; then its Buffers are unpinned and
// its queues' pages given back. A device that cannot be reset keeps them: it is stuck.
#ifndef VM_EXT_HW_DEVICE_H
#define VM_EXT_HW_DEVICE_H

#include "py/obj.h"

#include "vm_ext/hw/capobj.h"
#include "vm_ext/modactor/buffer.h"

enum { DEVICE_WINDOWS_MAX = 5, DEVICE_QUEUES_MAX = 16, DEVICE_NAME_BYTES_MAX = 23, DEVICE_REGISTERS_MAX = 128 };
enum { DEVICE_STEPS_MAX = 16, DEVICE_RESET_NS = 50000000 };

typedef enum { REGISTER_PLAIN, REGISTER_ADDRESS } register_kind_t;

typedef struct {
    char name[DEVICE_NAME_BYTES_MAX + 1];
    uint32_t offset;
    uint8_t window, width, kind; // width in bytes
    uint64_t readable, writable; // masks; 0: not at all
    uint32_t needs_bytes; // of the Buffer whose address it takes
} device_register_t;

typedef struct {
    bool until; // read until (value & mask) is that; else write it
    uint8_t window, width;
    uint32_t offset;
    uint64_t value, mask;
} device_step_t;

typedef struct {
    uint64_t base, length;
} device_window_t;

struct virtq;

typedef struct device {
    struct device *next; // all that there ever were
    bool in_use;
    uint8_t transport; // virtio.h
    bool stuck;
    uint8_t n_windows, n_steps;
    uint16_t n_registers;
    uint32_t epoch; // counts resets: what was made before one is over
    uint32_t notify_unit;
    uint64_t features; // that a driver may ask for
    cap_node_t *root, *user; // user: atomic
    device_window_t windows[DEVICE_WINDOWS_MAX];
    device_step_t steps[DEVICE_STEPS_MAX];
    device_register_t *registers;
    buffer_block_t *posted[DEVICE_REGISTERS_MAX]; // of address registers
    struct virtq *queues[DEVICE_QUEUES_MAX];
} device_t;

typedef struct {
    mp_obj_base_t base;
    cap_t cap;
    mp_obj_t registers; // those that were looked at, by name
} device_obj_t;

extern const mp_obj_type_t hw_type_device;

void device_init(void);

// Of what the description's evaluation gave; raises ValueError naming what is wrong.
mp_obj_t device_make(size_t n_args, const mp_obj_t *args, mp_map_t *kwargs);

// In nopreempt, by who uses it or when nobody can: false: it is stuck.
bool device_reset(device_t *device);

// Between capobj_enter() and leave: makes the node its user. -EBUSY: another is; -EIO: stuck.
int device_claim(const cap_t cap);

uint64_t device_load(const device_t *device, unsigned window, uint32_t offset, unsigned width);
void device_store(const device_t *device, unsigned window, uint32_t offset, unsigned width, uint64_t value);

void device_raise(int result);

#endif
