// SPDX-License-Identifier: MIT
// Descriptions as drivers_py/description.py compiles them, read into a device's tables. Names and rules of the
// datasheet are checked there; here, that nothing reaches out of the windows, and that nothing a driver can write lies
// over what holds addresses.
#include <errno.h>
#include <string.h>

#include "py/objstr.h"
#include "py/runtime.h"

#include "vm_ext/actor/memory.h"
#include "vm_ext/hw/device.h"
#include "vm_ext/hw/ring.h"
#include "vm_ext/hw/virtio.h"
#include "vm_ext/isolate/memory.h"

static NORETURN void bad(mp_rom_error_text_t what) {
    mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("description: %s"), (const char *)what);
}

static uint64_t word_of(mp_obj_t value) {
    return (mp_uint_t)mp_obj_get_int_truncated(value);
}

static mp_int_t in_range(mp_obj_t value, mp_int_t min, mp_int_t max) {
    mp_int_t n = mp_obj_get_int(value);
    if (n < min || n > max) {
        bad(MP_ERROR_TEXT("a number is out of range"));
    }
    return n;
}

static void read_name(char *to, mp_obj_t from) {
    size_t len;
    const char *name = mp_obj_str_get_data(from, &len);
    if (len == 0 || len > DEVICE_NAME_BYTES_MAX) {
        bad(MP_ERROR_TEXT("a name has 1 to 23 characters"));
    }
    memcpy(to, name, len);
    to[len] = 0;
}

static const mp_obj_t *parts_of(mp_obj_t tuple, size_t n) {
    mp_obj_t *parts;
    mp_obj_get_array_fixed_n(tuple, n, &parts);
    return parts;
}

static size_t list_of(mp_obj_t list, size_t max, mp_obj_t **items) {
    size_t n;
    mp_obj_get_array(list, &n, items);
    if (n > max) {
        bad(MP_ERROR_TEXT("too many windows, registers, fields, rings or steps"));
    }
    return n;
}

// (window, offset, width)
static place_t read_place(const device_t *device, const mp_obj_t *parts) {
    mp_int_t window = in_range(parts[0], 0, device->n_windows - 1);
    mp_int_t offset = mp_obj_get_int(parts[1]), width = mp_obj_get_int(parts[2]);
    bool ports = device->windows[window].ports;
    if (width != 1 && width != 2 && width != 4 && (width != 8 || ports)) {
        bad(MP_ERROR_TEXT("width is 1, 2, 4 or 8, and not 8 for ports"));
    }
    uint64_t length = device->windows[window].length;
    if (offset < 0 || offset % width != 0 || length < (uint64_t)width || (uint64_t)offset > length - width) {
        bad(MP_ERROR_TEXT("a register is not within its window"));
    }
    return (place_t) {.window = window, .offset = offset, .width = width};
}

static place_t read_place_or_none(const device_t *device, mp_obj_t place) {
    if (place == mp_const_none) {
        return (place_t) {.width = 0};
    }
    return read_place(device, parts_of(place, 3));
}

static void read_windows(device_t *draft, mp_obj_t list) {
    mp_obj_t *windows;
    size_t n = list_of(list, DEVICE_WINDOWS_MAX, &windows);
    if (n == 0) {
        bad(MP_ERROR_TEXT("a device has a window"));
    }
    for (size_t i = 0; i < n; i++) {
        bool ports = mp_obj_is_type(windows[i], &pio_type_ports);
        if (!ports && !mp_obj_is_type(windows[i], &mmio_type_region)) {
            bad(MP_ERROR_TEXT("a window is an mmio.Region or pio.Ports"));
        }
        const capobj_t *window = MP_OBJ_TO_PTR(windows[i]);
        unsigned core;
        bool lives = capobj_enter(window->cap, &core);
        const cap_node_t *node = window->cap.node;
        bool writes = !(node->rights & CAP_READ_ONLY);
        draft->windows[i] = (device_window_t) {node->base, node->length, ports};
        capobj_leave(core);
        if (!lives) {
            capobj_raise_revoked();
        }
        if (!writes) {
            bad(MP_ERROR_TEXT("a window is read only"));
        }
    }
    draft->n_windows = n;
}

// (until, window, offset, width, value, mask)
static void read_steps(device_t *device, mp_obj_t list) {
    mp_obj_t *steps;
    size_t n = list_of(list, DEVICE_STEPS_MAX, &steps);
    for (size_t i = 0; i < n; i++) {
        const mp_obj_t *parts = parts_of(steps[i], 6);
        device->steps[i] = (device_step_t) {
            .until = mp_obj_is_true(parts[0]), .place = read_place(device, parts + 1), .value = word_of(parts[4]),
            .mask = word_of(parts[5]),
        };
    }
    device->n_steps = n;
}

// --- registers and fields

// (name, shift, bits, flags), within so many bits
static void read_field(device_field_t *to, const mp_obj_t *parts, unsigned max_bits) {
    mp_int_t shift = in_range(parts[1], 0, max_bits - 1);
    *to = (device_field_t) {.shift = shift, .bits = in_range(parts[2], 1, MIN(max_bits - shift, 64))};
    to->flags = in_range(parts[3], 0, FIELD_READ | FIELD_WRITE | FIELD_CLEAR);
    read_name(to->name, parts[0]);
}

// (name, window, offset, width, readable, writable, flags, needs_bytes, fields)
static void read_register(device_t *draft, device_register_t *to, mp_obj_t from) {
    const mp_obj_t *parts = parts_of(from, 9);
    place_t place = read_place(draft, parts + 1);
    mp_obj_t *fields;
    *to = (device_register_t) {
        .place = place, .flags = in_range(parts[6], 0, REGISTER_ADDRESS | REGISTER_EFFECT),
        .needs_bytes = in_range(parts[7], 0, 1 << 30), .first_field = draft->n_fields,
        .n_fields = list_of(parts[8], 64, &fields),
        .readable = word_of(parts[4]), .writable = word_of(parts[5]),
    };
    read_name(to->name, parts[0]);
    bool address = to->flags & REGISTER_ADDRESS;
    bool plain = to->n_fields != 0 || (to->readable | to->writable) != 0;
    if (address && (place.width < 4 || to->needs_bytes == 0 || plain)) {
        bad(MP_ERROR_TEXT("an address register has 4 or 8 bytes, and says what it needs"));
    }
    if (draft->n_fields + to->n_fields > DEVICE_FIELDS_MAX) {
        bad(MP_ERROR_TEXT("more than 512 fields"));
    }
    for (unsigned i = 0; i < to->n_fields; i++) {
        device_field_t *field = &draft->fields[draft->n_fields++];
        read_field(field, parts_of(fields[i], 4), 8 * place.width);
        if (field->flags & FIELD_CLEAR) {
            to->clear |= (field->bits == 64 ? ~0ull : (1ull << field->bits) - 1) << field->shift;
        }
    }
}

static bool overlap(place_t a, place_t b) {
    return a.width != 0 && b.width != 0 && a.window == b.window && a.offset < b.offset + b.width
           && b.offset < a.offset + a.width;
}

// What a driver can read or write lies over none of these.
static void check_apart(const device_t *draft, place_t place) {
    for (unsigned i = 0; i < draft->n_registers; i++) {
        const device_register_t *reg = &draft->registers[i];
        bool other = !(reg->flags & REGISTER_ADDRESS) && (reg->readable | reg->writable) != 0;
        if (other && overlap(reg->place, place)) {
            bad(MP_ERROR_TEXT("a register lies over one that only the kernel writes"));
        }
    }
}

// --- rings

// (shift, bits) or None
static device_field_t read_bits(const ring_kind_t *kind, mp_obj_t from) {
    if (from == mp_const_none) {
        return (device_field_t) {.bits = 0};
    }
    const mp_obj_t *parts = parts_of(from, 2);
    unsigned all = kind->n_words * 32;
    unsigned shift = in_range(parts[0], 0, all - 1);
    return (device_field_t) {.shift = shift, .bits = in_range(parts[1], 1, MIN(all - shift, 64))};
}

static bool bits_overlap(const device_field_t *a, const device_field_t *b) {
    return a->bits != 0 && b->bits != 0 && a->shift < b->shift + b->bits && b->shift < a->shift + a->bits;
}

static void check_ring(const device_t *draft, const ring_kind_t *kind) {
    const place_t places[] = {kind->base, kind->base_high, kind->size, kind->head, kind->tail};
    for (size_t i = 0; i < MP_ARRAY_SIZE(places); i++) {
        // The head tells nothing that is secret: it may be read.
        if (i != 3) {
            check_apart(draft, places[i]);
        }
    }
    for (unsigned i = 0; i < draft->n_registers; i++) {
        if (draft->registers[i].writable != 0 && overlap(draft->registers[i].place, kind->head)) {
            bad(MP_ERROR_TEXT("a register lies over a ring's head"));
        }
    }
    if (kind->base.width < 4 || kind->tail.width == 0 || kind->address.bits == 0) {
        bad(MP_ERROR_TEXT("a ring has a base, a tail and addresses"));
    }
    if (kind->done.bits == 0 && kind->head.width == 0) {
        bad(MP_ERROR_TEXT("a ring says when the device is done with an entry"));
    }
    if (kind->length.bits == 0 && kind->needs_bytes == 0) {
        bad(MP_ERROR_TEXT("entries have a length, or all need as many bytes"));
    }
    bool good = !bits_overlap(&kind->address, &kind->length) && !bits_overlap(&kind->address, &kind->done);
    for (unsigned i = 0; i < kind->n_fields; i++) {
        good = good && !bits_overlap(&kind->fields[i], &kind->address);
        if (kind->fields[i].flags & FIELD_WRITE) {
            good = good && !bits_overlap(&kind->fields[i], &kind->length);
            good = good && !bits_overlap(&kind->fields[i], &kind->done);
        }
    }
    if (!good) {
        bad(MP_ERROR_TEXT("a field lies over an entry's address, length or owner"));
    }
}

// What description.py's Ring.compiled() says, in this order.
static void read_ring(const device_t *draft, ring_kind_t *to, mp_obj_t from) {
    const mp_obj_t *parts = parts_of(from, 23);
    mp_obj_t *fields, *preset;
    memset(to, 0, sizeof(*to));
    read_name(to->name, parts[0]);
    to->n_words = in_range(parts[1], 1, RING_WORDS_MAX);
    to->n_entries = in_range(parts[2], 2, RING_ENTRIES_MAX);
    to->base = read_place_or_none(draft, parts[3]);
    to->base_high = read_place_or_none(draft, parts[4]);
    to->size = read_place_or_none(draft, parts[5]);
    to->head = read_place_or_none(draft, parts[6]);
    to->tail = read_place_or_none(draft, parts[7]);
    to->tail_is_last = mp_obj_is_true(parts[8]);
    to->idle = read_place_or_none(draft, parts[9]);
    to->idle_mask = word_of(parts[10]);
    to->device_writes = mp_obj_is_true(parts[11]);
    to->unit_bytes = in_range(parts[12], 1, 4096);
    to->align_bytes = in_range(parts[13], 1, 4096);
    to->needs_bytes = in_range(parts[14], 0, 1 << 20);
    to->address = read_bits(to, parts[15]);
    to->length = read_bits(to, parts[16]);
    to->written = read_bits(to, parts[17]);
    to->done = read_bits(to, parts[18]);
    to->done_value = in_range(parts[19], 0, 1);
    if (list_of(parts[20], to->n_words, &preset) != to->n_words) {
        bad(MP_ERROR_TEXT("preset is as long as an entry"));
    }
    for (unsigned i = 0; i < to->n_words; i++) {
        to->preset[i] = word_of(preset[i]);
    }
    to->n_fields = list_of(parts[21], RING_FIELDS_MAX, &fields);
    for (unsigned i = 0; i < to->n_fields; i++) {
        read_field(&to->fields[i], parts_of(fields[i], 4), to->n_words * 32);
    }
    in_range(parts[22], 1, 1); // the form's version
    check_ring(draft, to);
}

// --- all

static void read_tables(device_t *draft, mp_obj_t registers_in, mp_obj_t rings_in) {
    mp_obj_t *registers, *rings;
    draft->n_registers = 0;
    size_t n = list_of(registers_in, DEVICE_REGISTERS_MAX, &registers);
    draft->registers = m_new0(device_register_t, n + 1);
    draft->fields = m_new0(device_field_t, DEVICE_FIELDS_MAX);
    for (size_t i = 0; i < n; i++) {
        read_register(draft, &draft->registers[i], registers[i]);
    }
    draft->n_registers = n;
    bool dma = draft->transport != TRANSPORT_NONE;
    for (size_t i = 0; i < n; i++) {
        if (draft->registers[i].flags & REGISTER_ADDRESS) {
            check_apart(draft, draft->registers[i].place);
            dma = true;
        }
    }
    draft->n_rings = list_of(rings_in, DEVICE_RINGS_MAX, &rings);
    draft->ring_kinds = m_new0(ring_kind_t, draft->n_rings + 1);
    for (size_t i = 0; i < draft->n_rings; i++) {
        read_ring(draft, &draft->ring_kinds[i], rings[i]);
        dma = true;
    }
    if (dma && draft->n_steps == 0) {
        bad(MP_ERROR_TEXT("a device that uses memory has a reset"));
    }
}

static void *add_table(uint8_t **at, const void *from, size_t bytes) {
    void *to = *at;
    memcpy(to, from, bytes);
    *at += (bytes + 7) / 8 * 8;
    return to;
}

// In nopreempt: the draft's tables move out of this isolate's heap.
static bool move_tables(device_t *draft) {
    size_t registers = (draft->n_registers + 1) * sizeof(device_register_t);
    size_t fields = draft->n_fields * sizeof(device_field_t);
    size_t rings = draft->n_rings * sizeof(ring_kind_t);
    draft->tables_bytes = registers + fields + rings + 32;
    uint8_t *at = rt_alloc(draft->tables_bytes);
    if (at == NULL) {
        return false;
    }
    draft->registers = add_table(&at, draft->registers, registers);
    draft->fields = add_table(&at, draft->fields, fields);
    draft->ring_kinds = add_table(&at, draft->ring_kinds, rings);
    return true;
}

static int make(device_t *draft, cap_t window, cap_t *out) {
    device_t *device = NULL;
    if (move_tables(draft)) {
        device = device_new(draft);
        if (device == NULL) {
            rt_free(draft->registers, draft->tables_bytes);
        }
    }
    if (device == NULL) {
        return -ENOMEM;
    }
    int result = cap_adopt(window, CAP_DEVICE, 0, draft->n_registers, device, &isolate_cur()->caps, out);
    if (result == 0) {
        device->root = out->node;
    } else {
        device_undo(device);
    }
    return result;
}

// device(windows, registers, reset, transport=0, notify_unit=0, features=0, rings=()): windows: Regions or Ports, of
// which the device ends with the first. registers, reset, rings: what description.py makes. To be sent to a driver.
mp_obj_t device_make(size_t n_args, const mp_obj_t *args, mp_map_t *kwargs) {
    static const mp_arg_t allowed[] = {
        {MP_QSTR_windows, MP_ARG_REQUIRED | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_registers, MP_ARG_REQUIRED | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_reset, MP_ARG_REQUIRED | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_transport, MP_ARG_INT, {.u_int = TRANSPORT_NONE}},
        {MP_QSTR_notify_unit, MP_ARG_INT, {.u_int = 0}},
        {MP_QSTR_features, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_INT(0)}},
        {MP_QSTR_rings, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_PTR(&mp_const_empty_tuple_obj)}},
    };
    mp_arg_val_t values[MP_ARRAY_SIZE(allowed)];
    mp_arg_parse_all(n_args, args, kwargs, MP_ARRAY_SIZE(allowed), allowed, values);
    device_t *draft = m_new0(device_t, 1);
    read_windows(draft, values[0].u_obj);
    read_steps(draft, values[2].u_obj);
    draft->transport = values[3].u_int;
    draft->notify_unit = values[4].u_int;
    draft->features = word_of(values[5].u_obj);
    read_tables(draft, values[1].u_obj, values[6].u_obj);
    virtio_check(draft); // raises

    mp_obj_t *windows;
    list_of(values[0].u_obj, DEVICE_WINDOWS_MAX, &windows);
    cap_t first = ((capobj_t *)MP_OBJ_TO_PTR(windows[0]))->cap;
    device_obj_t *self = (device_obj_t *)capobj_new(CAP_DEVICE);
    self->registers = MP_OBJ_NULL;
    isolate_nopreempt_enter();
    int result = make(draft, first, &self->cap);
    isolate_nopreempt_leave();
    capobj_check(result);
    return MP_OBJ_FROM_PTR(self);
}
