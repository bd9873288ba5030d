// SPDX-License-Identifier: MIT
// Rings of descriptors in memory: entries of one form, each of which names a piece of memory to the device, which goes
// round. What an entry looks like and which registers tell where the ring is and how far it was filled, the device's
// description says; the entries and these registers are written here only, in memory that no Python can name.
// Invariant: an entry names a part of a Buffer that is pinned for it, or the ring's own spare page. It is changed when
// it is posted and when the device is done with it, at no other time.
#ifndef VM_EXT_HW_RING_H
#define VM_EXT_HW_RING_H

#include "vm_ext/hw/device.h"

enum { RING_WORDS_MAX = 8, RING_ENTRIES_MAX = 256, RING_FIELDS_MAX = 12 };

typedef struct ring_kind {
    char name[DEVICE_NAME_BYTES_MAX + 1];
    uint16_t n_words, n_entries; // of an entry, 4 bytes each; of the ring
    // Registers: where the ring is, its bytes, how far the device is, how far it was filled, whether the device is done
    // with the entry that it is at.
    place_t base, base_high, size, head, tail, idle;
    uint64_t idle_mask;
    bool tail_is_last; // and head is the entry in use; else both are the one that follows
    bool device_writes; // to the Buffers
    uint32_t unit_bytes, align_bytes, needs_bytes; // of a length; of an address; of what an entry names
    // In an entry; bits 0: there is none. The length; then the entry says how much of it the device wrote; the bit that
    // tells that the device is done with it, and its value then.
    device_field_t address, length, written, done;
    uint32_t done_value;
    uint32_t preset[RING_WORDS_MAX]; // bits that every posted entry has
    uint8_t n_fields;
    device_field_t fields[RING_FIELDS_MAX];
} ring_kind_t;

// All in nopreempt. A ring's memory is the device's as long as that is: a device that was reset has it empty.
bool ring_new(device_t *device, unsigned number);
void ring_free(device_t *device, unsigned number);
void ring_park(device_t *device, unsigned number); // after a reset

extern const mp_obj_fun_builtin_var_t device_ring_obj;
extern const mp_obj_type_t hw_type_ring;

#endif
