// SPDX-License-Identifier: MIT
// See virtio.h. Section numbers are those of Virtio 1.1.
#include <errno.h>
#include <string.h>

#include "py/objlist.h"
#include "py/runtime.h"

#include "hal/mem.h"
#include "hal/mmio.h"
#include "vm_ext/actor/memory.h"
#include "vm_ext/hw/dma.h"
#include "vm_ext/hw/virtio.h"
#include "vm_ext/isolate/memory.h"

enum { STATUS_ACKNOWLEDGE = 1, STATUS_DRIVER = 2, STATUS_DRIVER_OK = 4, STATUS_FEATURES_OK = 8 };
enum { DESC_NEXT = 1, DESC_WRITE = 2, AVAIL_NO_INTERRUPT = 1, USED_NO_NOTIFY = 1, MSIX_NONE = 0xffff };
#define FEATURE_VERSION_1 (1ull << 32)

// --- the transports' registers (4.1.4.3, 4.2.2)

typedef struct {
    place_t device_feature_select, device_feature, driver_feature_select, driver_feature, status;
    place_t queue_select, queue_size_max, queue_size, queue_vector, queue_notify_off, queue_enable;
    place_t descriptors, available, used; // the low half; the high one follows
} transport_t;

// Windows of the PCI transport, in this order; of MMIO there is one.
enum { WINDOW_COMMON, WINDOW_NOTIFY, WINDOW_ISR, WINDOW_CONFIG };
enum { MMIO_NOTIFY = 0x50 };
static const place_t mmio_status = {0, 4, 0x60}, mmio_ack = {0, 4, 0x64}, pci_isr = {WINDOW_ISR, 1, 0};

static const transport_t transports[] = {
    [TRANSPORT_PCI] = {
        .device_feature_select = {0, 4, 0}, .device_feature = {0, 4, 4}, .driver_feature_select = {0, 4, 8},
        .driver_feature = {0, 4, 12}, .status = {0, 1, 20}, .queue_select = {0, 2, 22}, .queue_size_max = {0, 2, 24},
        .queue_size = {0, 2, 24}, .queue_vector = {0, 2, 26}, .queue_enable = {0, 2, 28},
        .queue_notify_off = {0, 2, 30},
        .descriptors = {0, 4, 32}, .available = {0, 4, 40}, .used = {0, 4, 48},
    },
    [TRANSPORT_MMIO] = {
        .device_feature_select = {0, 4, 0x14}, .device_feature = {0, 4, 0x10}, .driver_feature_select = {0, 4, 0x24},
        .driver_feature = {0, 4, 0x20}, .status = {0, 4, 0x70}, .queue_select = {0, 4, 0x30},
        .queue_size_max = {0, 4, 0x34}, .queue_size = {0, 4, 0x38}, .queue_enable = {0, 4, 0x44},
        .descriptors = {0, 4, 0x80}, .available = {0, 4, 0x90}, .used = {0, 4, 0xa0},
    },
};

void virtio_check(const device_t *device) {
    const uint64_t pci_bytes[] = {56, 4, 1}, mmio_bytes[] = {0x100};
    bool pci = device->transport == TRANSPORT_PCI;
    unsigned n = pci ? 3 : device->transport == TRANSPORT_MMIO ? 1 : 0;
    bool fits = device->transport <= TRANSPORT_MMIO && device->n_windows >= n;
    for (unsigned i = 0; i < n && fits; i++) {
        fits = !device->windows[i].ports && device->windows[i].length >= (pci ? pci_bytes : mmio_bytes)[i];
    }
    if (!fits) {
        mp_raise_ValueError(MP_ERROR_TEXT("description: the windows are not those of the transport"));
    }
}

static uint32_t get(const device_t *device, place_t place) {
    return device_load(device, place);
}

static void set(const device_t *device, place_t place, uint32_t value) {
    if (place.width != 0) {
        device_store(device, place, value);
    }
}

static void set_address(const device_t *device, place_t place, const void *addr) {
    place_t high = place;
    high.offset += 4;
    set(device, place, (uint32_t)(uintptr_t)addr);
    set(device, high, (uint64_t)(uintptr_t)addr >> 32);
}

// --- queues (2.6)

typedef struct {
    uint64_t addr;
    uint32_t len_bytes;
    uint16_t flags, next;
} desc_t;

typedef struct {
    uint32_t id, len_bytes;
} used_item_t;

typedef struct virtq {
    uint16_t index, size, n_free, first_free, next_avail, next_used;
    uintptr_t notify; // where its number is written; 2 bytes wide on PCI, 4 on MMIO
    size_t n_pages;
    desc_t *desc;
    volatile uint16_t *avail; // flags, index, ring
    volatile uint16_t *used; // flags, index; then items
    volatile used_item_t *used_items;
    // What the device cannot change, by descriptor.
    buffer_block_t *blocks[VIRTQ_SIZE_MAX];
    uint16_t next[VIRTQ_SIZE_MAX];
    uint16_t chain_len[VIRTQ_SIZE_MAX]; // of the chain that begins here; 0: none does
} virtq_t;

static void free_queue(virtq_t *queue) {
    for (unsigned i = 0; i < queue->size; i++) {
        if (queue->blocks[i] != NULL) {
            dma_unpin(queue->blocks[i]);
        }
    }
    rt_pages_free(queue->desc, queue->n_pages);
    rt_free(queue, sizeof(*queue));
}

void virtio_free_queues(device_t *device) {
    for (unsigned i = 0; i < DEVICE_QUEUES_MAX; i++) {
        if (device->queues[i] != NULL) {
            free_queue(device->queues[i]);
            device->queues[i] = NULL;
        }
    }
}

// Descriptors, then the ring that the driver writes, then the one that the device writes, each in pages of its own.
static virtq_t *queue_new(unsigned index, unsigned size) {
    virtq_t *queue = rt_alloc(sizeof(*queue));
    if (queue == NULL) {
        return NULL;
    }
    size_t avail_at = (size * sizeof(desc_t) + RT_PAGE_BYTES - 1) / RT_PAGE_BYTES * RT_PAGE_BYTES;
    size_t used_at = avail_at + RT_PAGE_BYTES;
    memset(queue, 0, sizeof(*queue));
    queue->n_pages = used_at / RT_PAGE_BYTES + 1;
    uint8_t *pages = dma_pages_new(queue->n_pages);
    if (pages == NULL) {
        rt_free(queue, sizeof(*queue));
        return NULL;
    }
    queue->desc = (desc_t *)pages;
    queue->avail = (uint16_t *)(pages + avail_at);
    queue->used = (uint16_t *)(pages + used_at);
    queue->used_items = (used_item_t *)(pages + used_at + 4);
    queue->index = index;
    queue->size = queue->n_free = size;
    for (unsigned i = 0; i < size; i++) {
        queue->next[i] = i + 1;
    }
    return queue;
}
_Static_assert(VIRTQ_SIZE_MAX * sizeof(used_item_t) + 6 <= RT_PAGE_BYTES, "a ring fits a page");

// -ENODEV: the device has no such queue. 4.1.5.1.3, 4.2.3.2.
static int queue_start(device_t *device, unsigned index, unsigned size, unsigned vector) {
    const transport_t *at = &transports[device->transport];
    set(device, at->queue_select, index);
    unsigned max = get(device, at->queue_size_max);
    if (max == 0) {
        return -ENODEV;
    }
    size = MIN(MIN(size, max), VIRTQ_SIZE_MAX);
    size = 1u << (31 - __builtin_clz(size)); // a power of two
    uintptr_t notify = device->windows[0].base + MMIO_NOTIFY;
    if (device->transport == TRANSPORT_PCI) {
        uint64_t offset = (uint64_t)get(device, at->queue_notify_off) * device->notify_unit;
        if (offset + 2 > device->windows[WINDOW_NOTIFY].length) {
            return -ENODEV;
        }
        notify = device->windows[WINDOW_NOTIFY].base + offset;
    }
    virtq_t *queue = queue_new(index, size);
    if (queue == NULL) {
        return -ENOMEM;
    }
    queue->notify = notify;
    set(device, at->queue_size, size);
    set_address(device, at->descriptors, queue->desc);
    set_address(device, at->available, (void *)queue->avail);
    set_address(device, at->used, (void *)queue->used);
    set(device, at->queue_vector, vector);
    set(device, at->queue_enable, 1);
    device->queues[index] = queue;
    return 0;
}

// --- the device

static device_obj_t *device_of(mp_obj_t self_in) {
    mp_check_self(mp_obj_is_type(self_in, &hw_type_device));
    return MP_OBJ_TO_PTR(self_in);
}

// Makes this node the device's user; false and *result otherwise. Between enter and leave.
static bool is_virtio(const cap_t cap, int *result) {
    const device_t *device = cap.node->object;
    *result = device->transport == TRANSPORT_NONE ? -ENODEV : device_claim(cap);
    return *result == 0;
}

static int negotiate(device_t *device, uint64_t *features) {
    const transport_t *at = &transports[device->transport];
    uint64_t offered = 0;
    if (!device_reset(device)) {
        return -EIO;
    }
    set(device, at->status, STATUS_ACKNOWLEDGE);
    set(device, at->status, STATUS_ACKNOWLEDGE | STATUS_DRIVER);
    for (unsigned half = 0; half < 2; half++) {
        set(device, at->device_feature_select, half);
        offered |= (uint64_t)get(device, at->device_feature) << 32 * half;
    }
    if (!(offered & FEATURE_VERSION_1)) {
        return -ENODEV;
    }
    *features = offered & ((*features & device->features) | FEATURE_VERSION_1);
    for (unsigned half = 0; half < 2; half++) {
        set(device, at->driver_feature_select, half);
        set(device, at->driver_feature, *features >> 32 * half);
    }
    unsigned status = STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK;
    set(device, at->status, status);
    return get(device, at->status) & STATUS_FEATURES_OK ? 0 : -ENODEV;
}

// negotiate(features): resets the device, accepts those of the features that it offers and the description allows;
// these. 3.1.1, steps 1 to 6.
static mp_obj_t virtio_negotiate(mp_obj_t self_in, mp_obj_t features_in) {
    device_obj_t *self = device_of(self_in);
    uint64_t features = (mp_uint_t)mp_obj_get_int_truncated(features_in);
    unsigned core;
    int result = -EPERM;
    if (capobj_enter(self->cap, &core) && is_virtio(self->cap, &result)) {
        result = negotiate(self->cap.node->object, &features);
    }
    capobj_leave(core);
    capobj_check(result);
    return mp_obj_new_int_from_uint(features);
}
MP_DEFINE_CONST_FUN_OBJ_2(virtio_negotiate_obj, virtio_negotiate);

// ready(): the device may begin.
static mp_obj_t virtio_ready(mp_obj_t self_in) {
    device_obj_t *self = device_of(self_in);
    unsigned core;
    int result = -EPERM;
    if (capobj_enter(self->cap, &core) && is_virtio(self->cap, &result)) {
        const device_t *device = self->cap.node->object;
        const transport_t *at = &transports[device->transport];
        set(device, at->status, get(device, at->status) | STATUS_DRIVER_OK);
    }
    capobj_leave(core);
    capobj_check(result);
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_1(virtio_ready_obj, virtio_ready);

// ack(): what the interrupt was for (1: a queue, 2: the configuration changed); the device holds its line up no more.
// For lines that are not messages.
static mp_obj_t virtio_ack(mp_obj_t self_in) {
    device_obj_t *self = device_of(self_in);
    unsigned core;
    int result = -EPERM;
    uint32_t status = 0;
    if (capobj_enter(self->cap, &core) && is_virtio(self->cap, &result)) {
        const device_t *device = self->cap.node->object;
        if (device->transport == TRANSPORT_PCI) {
            status = device_load(device, pci_isr); // reading clears it
        } else {
            status = device_load(device, mmio_status);
            device_store(device, mmio_ack, status);
        }
    }
    capobj_leave(core);
    capobj_check(result);
    return MP_OBJ_NEW_SMALL_INT(status);
}
MP_DEFINE_CONST_FUN_OBJ_1(virtio_ack_obj, virtio_ack);

// --- queues for Python

typedef struct {
    mp_obj_base_t base;
    cap_t cap; // the device's
    uint32_t epoch;
    uint16_t index, size;
    uint32_t written; // of the request that take() gave last
    mp_obj_t tokens[]; // of requests under way, by first descriptor
} queue_obj_t;

// The queue, if the device was not reset since. Between enter and leave.
static virtq_t *live_queue(const queue_obj_t *self) {
    const device_t *device = self->cap.node->object;
    return device->epoch == self->epoch ? device->queues[self->index] : NULL;
}

// queue(index, size=256, vector=None): the device's queue of this number; before ready(). vector: of MSI-X
static mp_obj_t virtio_queue(size_t n_args, const mp_obj_t *args) {
    device_obj_t *self = device_of(args[0]);
    mp_int_t index = mp_obj_get_int(args[1]);
    mp_int_t size = n_args > 2 ? mp_obj_get_int(args[2]) : VIRTQ_SIZE_MAX;
    mp_int_t vector = n_args > 3 && args[3] != mp_const_none ? mp_obj_get_int(args[3]) : MSIX_NONE;
    if (index < 0 || index >= DEVICE_QUEUES_MAX || size < 1 || size > VIRTQ_SIZE_MAX || vector < 0 || vector > 0xffff) {
        mp_raise_ValueError(MP_ERROR_TEXT("index is below 16, size 1 to 256"));
    }
    queue_obj_t *queue = (queue_obj_t *)m_malloc0(sizeof(queue_obj_t) + size * sizeof(mp_obj_t));
    queue->base.type = &hw_type_queue;
    queue->cap = self->cap;
    queue->index = index;
    unsigned core;
    int result = -EPERM;
    if (capobj_enter(self->cap, &core) && is_virtio(self->cap, &result)) {
        device_t *device = self->cap.node->object;
        result = device->queues[index] != NULL ? -EBUSY : queue_start(device, index, size, vector);
        if (result == 0) {
            queue->epoch = device->epoch;
            queue->size = device->queues[index]->size;
        }
    }
    capobj_leave(core);
    capobj_check(result);
    return MP_OBJ_FROM_PTR(queue);
}
MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(virtio_queue_obj, 2, 4, virtio_queue);

typedef struct {
    actor_obj_buffer_t *buffer;
    size_t start, len;
} part_t;

enum { PARTS_MAX = 32 };

static NORETURN void refuse(int result) {
    switch (result) {
        case -EFAULT:
            mp_raise_ValueError(MP_ERROR_TEXT("a part is (dma.Buffer of yours, start, length) within it"));
        case -ESTALE:
            mp_raise_msg(&mp_type_OSError, MP_ERROR_TEXT("the device was reset"));
        case -EBADMSG:
            mp_raise_msg(&mp_type_OSError, MP_ERROR_TEXT("the device answered what it was not asked"));
        default:
            capobj_check(result);
    }
    capobj_raise_revoked();
}

static bool is_usable(const part_t *part) {
    const buffer_block_t *block = part->buffer->block;
    return block != NULL && block->n_pages != 0 && part->len != 0 && part->len <= UINT32_MAX
           && part->start <= block->size_bytes && part->len <= block->size_bytes - part->start;
}

// Between enter and leave. The chain's first descriptor; negative: an error.
static int post(virtq_t *queue, const part_t *parts, unsigned n_parts, unsigned n_readable) {
    if (queue->n_free < n_parts) {
        return -EAGAIN;
    }
    for (unsigned i = 0; i < n_parts; i++) {
        if (!is_usable(&parts[i])) {
            return -EFAULT;
        }
    }
    unsigned head = queue->first_free, at = head;
    for (unsigned i = 0; i < n_parts; i++) {
        buffer_block_t *block = parts[i].buffer->block;
        bool last = i + 1 == n_parts;
        unsigned next = queue->next[at];
        dma_pin(block);
        queue->blocks[at] = block;
        hal_cache_clean(block->data + parts[i].start, parts[i].len);
        queue->desc[at] = (desc_t) {
            .addr = (uintptr_t)block->data + parts[i].start, .len_bytes = parts[i].len,
            .flags = (i < n_readable ? 0 : DESC_WRITE) | (last ? 0 : DESC_NEXT), .next = last ? 0 : next,
        };
        at = next;
    }
    queue->first_free = at;
    queue->n_free -= n_parts;
    queue->chain_len[head] = n_parts;
    queue->avail[2 + queue->next_avail % queue->size] = head;
    hal_mmio_wmb(); // the chain is there before the index says so
    queue->avail[1] = ++queue->next_avail;
    return head;
}

// post(token, n_readable, buffer, start, length, ...): a request of parts, of which the device reads the first
// n_readable and writes the others. take() gives the token when it is done. OSError(EAGAIN): the queue is full.
static mp_obj_t queue_post(size_t n_args, const mp_obj_t *args) {
    mp_check_self(mp_obj_is_type(args[0], &hw_type_queue));
    queue_obj_t *self = MP_OBJ_TO_PTR(args[0]);
    unsigned n_parts = (n_args - 3) / 3;
    mp_uint_t n_readable = mp_obj_get_int(args[2]);
    if (n_parts == 0 || n_parts > PARTS_MAX || (n_args - 3) % 3 != 0 || n_readable > n_parts) {
        mp_raise_ValueError(MP_ERROR_TEXT("a request has 1 to 32 parts: buffer, start, length"));
    }
    part_t parts[PARTS_MAX];
    for (unsigned i = 0; i < n_parts; i++) {
        const mp_obj_t *part = args + 3 + 3 * i;
        if (!mp_obj_is_type(part[0], &actor_type_buffer)) {
            mp_raise_TypeError(MP_ERROR_TEXT("a part is of a dma.Buffer"));
        }
        parts[i] = (part_t) {MP_OBJ_TO_PTR(part[0]), mp_obj_get_int(part[1]), mp_obj_get_int(part[2])};
    }
    unsigned core;
    int result = -EPERM;
    if (capobj_enter(self->cap, &core)) {
        virtq_t *queue = live_queue(self);
        result = queue == NULL ? -ESTALE : post(queue, parts, n_parts, n_readable);
        if (result >= 0) {
            self->tokens[result] = args[1];
        }
    }
    capobj_leave(core);
    if (result < 0) {
        refuse(result);
    }
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR(queue_post_obj, 6, queue_post);

// kick(): tells the device that there are new requests, if it wants to be told.
static mp_obj_t queue_kick(mp_obj_t self_in) {
    mp_check_self(mp_obj_is_type(self_in, &hw_type_queue));
    queue_obj_t *self = MP_OBJ_TO_PTR(self_in);
    unsigned core;
    int result = -EPERM;
    if (capobj_enter(self->cap, &core)) {
        const virtq_t *queue = live_queue(self);
        result = queue == NULL ? -ESTALE : 0;
        at_fence_sc(); // the index is out before the device's wish is read
        if (result == 0 && !(queue->used[0] & USED_NO_NOTIFY)) {
            const device_t *device = self->cap.node->object;
            if (device->transport == TRANSPORT_PCI) {
                hal_mmio_write16(queue->notify, queue->index);
            } else {
                hal_mmio_write32(queue->notify, queue->index);
            }
        }
    }
    capobj_leave(core);
    if (result != 0) {
        refuse(result);
    }
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(queue_kick_obj, queue_kick);

// The head of the chain that is done, -EAGAIN: none is. Between enter and leave.
static int take(virtq_t *queue, uint32_t *written) {
    if (queue->used[1] == queue->next_used) {
        return -EAGAIN;
    }
    hal_mmio_rmb(); // the item is read after the index
    const volatile used_item_t *item = &queue->used_items[queue->next_used % queue->size];
    uint32_t head = item->id;
    *written = item->len_bytes;
    queue->next_used++;
    if (head >= queue->size || queue->chain_len[head] == 0) {
        return -EBADMSG;
    }
    unsigned at = head, last = head;
    for (unsigned i = 0; i < queue->chain_len[head]; i++) {
        buffer_block_t *block = queue->blocks[at];
        hal_cache_invalidate(block->data, block->size_bytes);
        queue->blocks[at] = NULL;
        dma_unpin(block);
        last = at;
        at = queue->next[at];
    }
    queue->next[last] = queue->first_free;
    queue->first_free = head;
    queue->n_free += queue->chain_len[head];
    queue->chain_len[head] = 0;
    return head;
}

// take(): the token of a request that is done, or None. `written` is how many bytes the device wrote then.
static mp_obj_t queue_take(mp_obj_t self_in) {
    mp_check_self(mp_obj_is_type(self_in, &hw_type_queue));
    queue_obj_t *self = MP_OBJ_TO_PTR(self_in);
    mp_obj_t token = mp_const_none;
    unsigned core;
    int result = -EPERM;
    if (capobj_enter(self->cap, &core)) {
        virtq_t *queue = live_queue(self);
        result = queue == NULL ? -ESTALE : take(queue, &self->written);
        if (result >= 0) {
            token = self->tokens[result];
            self->tokens[result] = MP_OBJ_NULL;
        }
    }
    capobj_leave(core);
    if (result < 0 && result != -EAGAIN) {
        refuse(result);
    }
    return token;
}
static MP_DEFINE_CONST_FUN_OBJ_1(queue_take_obj, queue_take);

// interrupts(on): whether the device is to interrupt when it is done. What is done already is not told: take() first.
static mp_obj_t queue_interrupts(mp_obj_t self_in, mp_obj_t on) {
    mp_check_self(mp_obj_is_type(self_in, &hw_type_queue));
    queue_obj_t *self = MP_OBJ_TO_PTR(self_in);
    bool wanted = mp_obj_is_true(on);
    unsigned core;
    int result = -EPERM;
    if (capobj_enter(self->cap, &core)) {
        const virtq_t *queue = live_queue(self);
        result = queue == NULL ? -ESTALE : 0;
        if (result == 0) {
            queue->avail[0] = wanted ? 0 : AVAIL_NO_INTERRUPT;
            at_fence_sc();
        }
    }
    capobj_leave(core);
    if (result != 0) {
        refuse(result);
    }
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(queue_interrupts_obj, queue_interrupts);

static const mp_rom_map_elem_t queue_locals[] = {
    {MP_ROM_QSTR(MP_QSTR_interrupts), MP_ROM_PTR(&queue_interrupts_obj)},
    {MP_ROM_QSTR(MP_QSTR_kick), MP_ROM_PTR(&queue_kick_obj)},
    {MP_ROM_QSTR(MP_QSTR_post), MP_ROM_PTR(&queue_post_obj)},
    {MP_ROM_QSTR(MP_QSTR_take), MP_ROM_PTR(&queue_take_obj)},
};
static MP_DEFINE_CONST_DICT(queue_locals_dict, queue_locals);

static void queue_attr(mp_obj_t self_in, qstr attr, mp_obj_t *dest) {
    const queue_obj_t *self = MP_OBJ_TO_PTR(self_in);
    if (dest[0] != MP_OBJ_NULL) {
        return;
    }
    if (attr == MP_QSTR_size) {
        dest[0] = MP_OBJ_NEW_SMALL_INT(self->size);
    } else if (attr == MP_QSTR_written) {
        dest[0] = mp_obj_new_int_from_uint(self->written);
    } else {
        dest[1] = MP_OBJ_SENTINEL; // go on in the methods
    }
}

MP_DEFINE_CONST_OBJ_TYPE(
    hw_type_queue,
    MP_QSTR_Queue,
    MP_TYPE_FLAG_NONE,
    attr, queue_attr,
    locals_dict, &queue_locals_dict
    );
