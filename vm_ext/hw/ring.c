// SPDX-License-Identifier: MIT
// See ring.h.
#include <errno.h>
#include <string.h>

#include "py/runtime.h"

#include "hal/mem.h"
#include "hal/mmio.h"
#include "vm_ext/actor/memory.h"
#include "vm_ext/hw/dma.h"
#include "vm_ext/hw/ring.h"

typedef struct ring {
    bool in_use;
    uint16_t oldest, n_posted; // entries that the device has, or is done with and that were not taken
    volatile uint32_t *entries;
    uint8_t *spare; // what entries name that are nobody's
    size_t n_pages; // of both
    // What the device cannot change, by entry.
    buffer_block_t *blocks[RING_ENTRIES_MAX];
    uint32_t lengths[RING_ENTRIES_MAX];
} ring_t;

// --- bits of an entry

static void put(uint32_t *words, const device_field_t *field, uint64_t value) {
    for (unsigned done = 0; done < field->bits;) {
        unsigned at = field->shift + done, offset = at % 32;
        unsigned n = MIN(32 - offset, field->bits - done);
        uint32_t mask = (n == 32 ? ~0u : (1u << n) - 1) << offset;
        words[at / 32] = (words[at / 32] & ~mask) | ((uint32_t)(value >> done) << offset & mask);
        done += n;
    }
}

static uint64_t get(const uint32_t *words, const device_field_t *field) {
    uint64_t value = 0;
    for (unsigned done = 0; done < field->bits;) {
        unsigned at = field->shift + done, offset = at % 32;
        unsigned n = MIN(32 - offset, field->bits - done);
        uint64_t part = words[at / 32] >> offset & (n == 32 ? ~0u : (1u << n) - 1);
        value |= part << done;
        done += n;
    }
    return value;
}

static bool fits(const device_field_t *field, uint64_t value) {
    return field->bits >= 64 || value >> field->bits == 0;
}

// The word that tells whose the entry is comes last.
static void write_entry(const ring_kind_t *kind, ring_t *ring, unsigned index, const uint32_t *words) {
    volatile uint32_t *entry = ring->entries + index * kind->n_words;
    unsigned last = kind->done.shift / 32;
    for (unsigned i = 0; i < kind->n_words; i++) {
        if (i != last) {
            entry[i] = words[i];
        }
    }
    hal_mmio_wmb();
    entry[last] = words[last];
    hal_cache_clean((const void *)entry, kind->n_words * 4);
}

static void clear_entry(const ring_kind_t *kind, ring_t *ring, unsigned index) {
    uint32_t words[RING_WORDS_MAX] = {0};
    put(words, &kind->address, (uintptr_t)ring->spare);
    write_entry(kind, ring, index, words);
}

// --- life

static size_t pages_of(size_t bytes) {
    return (bytes + RT_PAGE_BYTES - 1) / RT_PAGE_BYTES;
}

static size_t ring_bytes(const ring_kind_t *kind) {
    return kind->n_entries * kind->n_words * 4u;
}

static size_t ring_pages(const ring_kind_t *kind) {
    return pages_of(ring_bytes(kind)) + pages_of(MAX(kind->needs_bytes, 1));
}

bool ring_new(device_t *device, unsigned number) {
    const ring_kind_t *kind = &device->ring_kinds[number];
    ring_t *ring = rt_alloc(sizeof(*ring));
    if (ring == NULL) {
        return false;
    }
    memset(ring, 0, sizeof(*ring));
    device->rings[number] = ring;
    uint8_t *pages = dma_pages_new(ring_pages(kind));
    ring->entries = (uint32_t *)pages;
    ring->spare = pages + pages_of(ring_bytes(kind)) * RT_PAGE_BYTES;
    bool wide = kind->base_high.width != 0 || kind->base.width == 8;
    size_t bytes = ring_pages(kind) * RT_PAGE_BYTES;
    return pages != NULL && dma_reaches(pages, bytes, kind->address.bits) && dma_reaches(pages, bytes, wide ? 64 : 32);
}

void ring_free(device_t *device, unsigned number) {
    ring_t *ring = device->rings[number];
    if (ring != NULL) {
        if (ring->entries != NULL) {
            rt_pages_free((void *)ring->entries, ring_pages(&device->ring_kinds[number]));
        }
        rt_free(ring, sizeof(*ring));
        device->rings[number] = NULL;
    }
}

static void set(const device_t *device, place_t place, uint64_t value) {
    if (place.width != 0) {
        device_store(device, place, value);
    }
}

void ring_park(device_t *device, unsigned number) {
    const ring_kind_t *kind = &device->ring_kinds[number];
    ring_t *ring = device->rings[number];
    for (unsigned i = 0; i < kind->n_entries; i++) {
        clear_entry(kind, ring, i);
        if (ring->blocks[i] != NULL) {
            dma_unpin(ring->blocks[i]);
            ring->blocks[i] = NULL;
        }
    }
    ring->oldest = ring->n_posted = 0;
    ring->in_use = false;
    uintptr_t base = (uintptr_t)ring->entries;
    set(device, kind->base, kind->base.width == 8 ? base : (uint32_t)base);
    set(device, kind->base_high, (uint64_t)base >> 32);
    set(device, kind->size, ring_bytes(kind));
    if (!kind->tail_is_last) {
        set(device, kind->head, 0);
        set(device, kind->tail, 0);
    }
}

// --- for Python

typedef struct {
    mp_obj_base_t base;
    cap_t cap; // the device's
    uint32_t epoch;
    uint16_t number, size;
    uint32_t written; // of the entry that take() gave last
    uint32_t words[RING_WORDS_MAX]; // that entry, without its address
    mp_obj_t tokens[]; // by entry
} ring_obj_t;

static NORETURN void refuse(int result) {
    switch (result) {
        case -EFAULT:
            mp_raise_ValueError(MP_ERROR_TEXT("an entry is (dma.Buffer of yours, start, length) within it"));
        case -EINVAL:
            mp_raise_ValueError(MP_ERROR_TEXT("this ring does not take that start or length"));
        case -ERANGE:
            mp_raise_ValueError(MP_ERROR_TEXT("this field has fewer bits"));
        case -ENOENT:
            mp_raise_TypeError(MP_ERROR_TEXT("an entry of this ring has no such field that is yours"));
        case -ESTALE:
            mp_raise_msg(&mp_type_OSError, MP_ERROR_TEXT("the device was reset"));
        default:
            capobj_check(result);
    }
    capobj_raise_revoked();
}

// The ring, if the device was not reset since. Between enter and leave.
static ring_t *live_ring(const ring_obj_t *self, const ring_kind_t **kind) {
    const device_t *device = self->cap.node->object;
    *kind = &device->ring_kinds[self->number];
    return device->epoch == self->epoch ? device->rings[self->number] : NULL;
}

static int find_kind(const device_t *device, const char *name, size_t len) {
    for (unsigned i = 0; i < device->n_rings && len <= DEVICE_NAME_BYTES_MAX; i++) {
        const char *other = device->ring_kinds[i].name;
        if (memcmp(other, name, len) == 0 && other[len] == 0) {
            return i;
        }
    }
    return -ENODEV;
}

// ring(name): the device's ring of this name, empty.
static mp_obj_t device_ring(size_t n_args, const mp_obj_t *args) {
    (void)n_args;
    mp_check_self(mp_obj_is_type(args[0], &hw_type_device));
    device_obj_t *device_obj = MP_OBJ_TO_PTR(args[0]);
    size_t len;
    const char *name = mp_obj_str_get_data(args[1], &len);
    ring_obj_t *self = (ring_obj_t *)m_malloc0(sizeof(ring_obj_t) + RING_ENTRIES_MAX * sizeof(mp_obj_t));
    self->base.type = &hw_type_ring;
    self->cap = device_obj->cap;
    unsigned core;
    int result = -EPERM;
    if (capobj_enter(self->cap, &core)) {
        device_t *device = self->cap.node->object;
        int number = find_kind(device, name, len);
        result = number < 0 ? number : device_claim(self->cap);
        if (result == 0) {
            result = device->rings[number]->in_use ? -EBUSY : 0;
        }
        if (result == 0) {
            device->rings[number]->in_use = true;
            self->epoch = device->epoch;
            self->number = number;
            self->size = device->ring_kinds[number].n_entries;
        }
    }
    capobj_leave(core);
    capobj_check(result);
    return MP_OBJ_FROM_PTR(self);
}
MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(device_ring_obj, 2, 2, device_ring);

static ring_obj_t *ring_of(mp_obj_t self_in) {
    mp_check_self(mp_obj_is_type(self_in, &hw_type_ring));
    return MP_OBJ_TO_PTR(self_in);
}

static int find_field(const ring_kind_t *kind, mp_obj_t name_in) {
    size_t len;
    const char *name = (const char *)qstr_data(MP_OBJ_QSTR_VALUE(name_in), &len);
    for (unsigned i = 0; i < kind->n_fields && len <= DEVICE_NAME_BYTES_MAX; i++) {
        if (memcmp(kind->fields[i].name, name, len) == 0 && kind->fields[i].name[len] == 0) {
            return i;
        }
    }
    return -ENOENT;
}

// --- post

typedef struct {
    const buffer_block_t *block;
    mp_int_t start, len;
    unsigned n_kw;
    const mp_obj_t *names; // and values, which were seen to be integers
    uint64_t *values;
} entry_t;

static int check_entry(const ring_kind_t *kind, const entry_t *entry) {
    const buffer_block_t *block = entry->block;
    if (block == NULL || block->n_pages == 0 || entry->start < 0 || entry->len <= 0
        || (size_t)entry->start > block->size_bytes || (size_t)entry->len > block->size_bytes - entry->start) {
        return -EFAULT;
    }
    bool good = (size_t)entry->len >= kind->needs_bytes && entry->start % kind->align_bytes == 0;
    if (kind->length.bits != 0) {
        good = good && entry->len % kind->unit_bytes == 0 && fits(&kind->length, entry->len / kind->unit_bytes);
    }
    uint64_t addr = (uintptr_t)block->data + entry->start;
    return good && fits(&kind->address, addr + entry->len - 1) ? 0 : -EINVAL;
}

static int fill_fields(const ring_kind_t *kind, const entry_t *entry, uint32_t *words) {
    for (unsigned i = 0; i < entry->n_kw; i++) {
        int at = find_field(kind, entry->names[2 * i]);
        if (at < 0 || !(kind->fields[at].flags & FIELD_WRITE)) {
            return -ENOENT;
        }
        if (!fits(&kind->fields[at], entry->values[i])) {
            return -ERANGE;
        }
        put(words, &kind->fields[at], entry->values[i]);
    }
    return 0;
}

// Between enter and leave. The entry's index, or an error.
static int post(const ring_kind_t *kind, ring_t *ring, const entry_t *entry) {
    if (ring->n_posted + 1 >= kind->n_entries) { // a full ring would look like an empty one
        return -EAGAIN;
    }
    uint32_t words[RING_WORDS_MAX];
    memcpy(words, kind->preset, sizeof(words));
    int result = check_entry(kind, entry);
    if (result == 0) {
        result = fill_fields(kind, entry, words);
    }
    if (result != 0) {
        return result;
    }
    buffer_block_t *block = (buffer_block_t *)entry->block;
    put(words, &kind->address, (uintptr_t)block->data + entry->start);
    put(words, &kind->length, entry->len / kind->unit_bytes);
    unsigned index = (ring->oldest + ring->n_posted) % kind->n_entries;
    dma_pin(block);
    ring->blocks[index] = block;
    ring->lengths[index] = entry->len;
    ring->n_posted++;
    hal_cache_clean(block->data + entry->start, entry->len);
    write_entry(kind, ring, index, words);
    return index;
}

// post(token, buffer, start, length, **fields): gives the device the next entry; take() gives the token when it is
// done. OSError(EAGAIN): the ring is full.
static mp_obj_t ring_post(size_t n_args, const mp_obj_t *args, mp_map_t *kwargs) {
    (void)n_args;
    ring_obj_t *self = ring_of(args[0]);
    if (!mp_obj_is_type(args[2], &actor_type_buffer)) {
        mp_raise_TypeError(MP_ERROR_TEXT("an entry is of a dma.Buffer"));
    }
    uint64_t values[RING_FIELDS_MAX];
    mp_obj_t names[2 * RING_FIELDS_MAX];
    unsigned n_kw = 0;
    for (size_t i = 0; i < kwargs->alloc; i++) {
        if (mp_map_slot_is_filled(kwargs, i)) {
            if (n_kw == RING_FIELDS_MAX) {
                refuse(-ENOENT);
            }
            names[2 * n_kw] = MP_OBJ_NEW_QSTR(mp_obj_str_get_qstr(kwargs->table[i].key));
            mp_int_t value = mp_obj_get_int(kwargs->table[i].value);
            if (value < 0) {
                refuse(-ERANGE);
            }
            values[n_kw++] = value;
        }
    }
    entry_t entry = {.start = mp_obj_get_int(args[3]), .len = mp_obj_get_int(args[4]), .n_kw = n_kw, .names = names,
                     .values = values};
    entry.block = ((actor_obj_buffer_t *)MP_OBJ_TO_PTR(args[2]))->block;
    unsigned core;
    int result = -EPERM;
    if (capobj_enter(self->cap, &core)) {
        const ring_kind_t *kind;
        ring_t *ring = live_ring(self, &kind);
        result = ring == NULL ? -ESTALE : post(kind, ring, &entry);
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
static MP_DEFINE_CONST_FUN_OBJ_KW(ring_post_obj, 5, ring_post);

// kick(): tells the device how far the ring was filled.
static mp_obj_t ring_kick(mp_obj_t self_in) {
    ring_obj_t *self = ring_of(self_in);
    unsigned core;
    int result = -EPERM;
    if (capobj_enter(self->cap, &core)) {
        const ring_kind_t *kind;
        const ring_t *ring = live_ring(self, &kind);
        result = ring == NULL ? -ESTALE : 0;
        if (result == 0 && (ring->n_posted != 0 || !kind->tail_is_last)) {
            unsigned next = (ring->oldest + ring->n_posted) % kind->n_entries;
            unsigned last = (next + kind->n_entries - 1) % kind->n_entries;
            set(self->cap.node->object, kind->tail, kind->tail_is_last ? last : next);
        }
    }
    capobj_leave(core);
    if (result != 0) {
        refuse(result);
    }
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(ring_kick_obj, ring_kick);

// --- take

// Whether the device is done with the oldest entry.
static bool is_done(const device_t *device, const ring_kind_t *kind, const ring_t *ring, const uint32_t *words) {
    if (kind->done.bits != 0) {
        return get(words, &kind->done) == kind->done_value;
    }
    unsigned head = device_load(device, kind->head) % kind->n_entries;
    unsigned ahead = (head + kind->n_entries - ring->oldest) % kind->n_entries;
    if (!kind->tail_is_last) {
        return ahead > 0 && ahead <= ring->n_posted;
    }
    if (ahead == 0 && kind->idle.width != 0) {
        return (device_load(device, kind->idle) & kind->idle_mask) == kind->idle_mask;
    }
    return ahead > 0 && ahead < ring->n_posted;
}

// Between enter and leave. The entry's index; -EAGAIN: the device is not done with any.
static int take(ring_obj_t *self, const ring_kind_t *kind, ring_t *ring) {
    unsigned index = ring->oldest;
    uint32_t words[RING_WORDS_MAX] = {0};
    volatile uint32_t *entry = ring->entries + index * kind->n_words;
    if (ring->n_posted == 0) {
        return -EAGAIN;
    }
    hal_cache_invalidate((void *)entry, kind->n_words * 4);
    words[kind->done.shift / 32] = entry[kind->done.shift / 32];
    if (!is_done(self->cap.node->object, kind, ring, words)) {
        return -EAGAIN;
    }
    hal_mmio_rmb(); // the rest is read after the word that says so
    for (unsigned i = 0; i < kind->n_words; i++) {
        words[i] = entry[i];
    }
    put(words, &kind->address, 0);
    memcpy(self->words, words, sizeof(words));
    self->written = MIN(get(words, &kind->written), ring->lengths[index]);
    clear_entry(kind, ring, index);
    buffer_block_t *block = ring->blocks[index];
    ring->blocks[index] = NULL;
    ring->oldest = (index + 1) % kind->n_entries;
    ring->n_posted--;
    if (kind->device_writes) {
        hal_cache_invalidate(block->data, block->size_bytes);
    }
    dma_unpin(block);
    return index;
}

// take(): the token of the oldest entry if the device is done with it, or None. `written` is how many bytes the device
// wrote then; the entry's fields are attributes.
static mp_obj_t ring_take(mp_obj_t self_in) {
    ring_obj_t *self = ring_of(self_in);
    mp_obj_t token = mp_const_none;
    unsigned core;
    int result = -EPERM;
    if (capobj_enter(self->cap, &core)) {
        const ring_kind_t *kind;
        ring_t *ring = live_ring(self, &kind);
        result = ring == NULL ? -ESTALE : take(self, kind, ring);
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
static MP_DEFINE_CONST_FUN_OBJ_1(ring_take_obj, ring_take);

static const mp_rom_map_elem_t ring_locals[] = {
    {MP_ROM_QSTR(MP_QSTR_kick), MP_ROM_PTR(&ring_kick_obj)},
    {MP_ROM_QSTR(MP_QSTR_post), MP_ROM_PTR(&ring_post_obj)},
    {MP_ROM_QSTR(MP_QSTR_take), MP_ROM_PTR(&ring_take_obj)},
};
static MP_DEFINE_CONST_DICT(ring_locals_dict, ring_locals);

static void ring_attr(mp_obj_t self_in, qstr attr, mp_obj_t *dest) {
    const ring_obj_t *self = MP_OBJ_TO_PTR(self_in);
    if (dest[0] != MP_OBJ_NULL) {
        return;
    }
    if (attr == MP_QSTR_size) {
        dest[0] = MP_OBJ_NEW_SMALL_INT(self->size - 1);
        return;
    }
    if (attr == MP_QSTR_written) {
        dest[0] = mp_obj_new_int_from_uint(self->written);
        return;
    }
    device_field_t field = {.bits = 0};
    unsigned core;
    if (capobj_enter(self->cap, &core)) {
        const ring_kind_t *kind;
        live_ring(self, &kind);
        int at = find_field(kind, MP_OBJ_NEW_QSTR(attr));
        if (at >= 0 && kind->fields[at].flags & FIELD_READ) {
            field = kind->fields[at];
        }
    }
    capobj_leave(core);
    if (field.bits != 0) {
        dest[0] = mp_obj_new_int_from_uint(get(self->words, &field));
    } else {
        dest[1] = MP_OBJ_SENTINEL; // go on in the methods
    }
}

MP_DEFINE_CONST_OBJ_TYPE(
    hw_type_ring,
    MP_QSTR_Ring,
    MP_TYPE_FLAG_NONE,
    attr, ring_attr,
    locals_dict, &ring_locals_dict
    );
