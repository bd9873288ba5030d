// SPDX-License-Identifier: MIT
// Virtio (1.1): the transport's registers, negotiation and split queues (2.6), for the modern PCI transport (4.1) and
// MMIO version 2 (4.2). All that holds addresses is written here, in memory that no Python can name.
// Invariant: a descriptor that the device may follow is of a Buffer that is pinned for it, within its bounds.
#ifndef VM_EXT_HW_VIRTIO_H
#define VM_EXT_HW_VIRTIO_H

#include "vm_ext/hw/device.h"

enum { TRANSPORT_NONE, TRANSPORT_PCI, TRANSPORT_MMIO };
enum { VIRTQ_SIZE_MAX = 256 };

// In nopreempt, after the device was reset.
void virtio_free_queues(device_t *device);

// ValueError: its windows do not hold what the transport has there.
void virtio_check(const device_t *device);

extern const mp_obj_fun_builtin_fixed_t virtio_negotiate_obj, virtio_ready_obj, virtio_ack_obj;
extern const mp_obj_fun_builtin_var_t virtio_queue_obj;
extern const mp_obj_type_t hw_type_queue;

#endif
