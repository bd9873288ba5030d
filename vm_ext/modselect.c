// SPDX-License-Identifier: MIT
// Module select in place of upstream's extmod/modselect.c, as its documentation has it. Upstream keeps an entry
// without an ioctl when registering fails, and fills a list that it sized before the polled objects, which
// may be Python, ran.
// Invariant: a set's entries are a list of [object, events, revents], lists that Python never sees; while a
// set polls it is busy, and neither polls nor changes otherwise (OSError EBUSY).
#include "py/mperrno.h"
#include "py/mphal.h"
#include "py/objlist.h"
#include "py/runtime.h"
#include "py/stream.h"

#include "vm_ext/safe/busy.h"

#define FLAG_ONESHOT (1)
#define FOREVER      (~(mp_uint_t)0)
#define OTHER_EVENTS (~(mp_uint_t)(MP_STREAM_POLL_RD | MP_STREAM_POLL_WR))

enum { OBJECT, EVENTS, REVENTS, ENTRY_LEN };

typedef struct {
    mp_obj_base_t base;
    mp_obj_list_t *entries;
    size_t next;     // of ipoll()'s iteration
    mp_int_t flags;  // of ipoll()
    mp_obj_t result; // of ipoll(), the same tuple each time
} poll_t;

static const mp_obj_type_t poll_type;

static mp_obj_t *entry_at(const poll_t *self, size_t i) {
    return ((mp_obj_list_t *)MP_OBJ_TO_PTR(self->entries->items[i]))->items;
}

static mp_uint_t get_word(mp_obj_t *entry, int field) {
    return MP_OBJ_SMALL_INT_VALUE(entry[field]);
}

static void set_word(mp_obj_t *entry, int field, mp_uint_t value) {
    entry[field] = MP_OBJ_NEW_SMALL_INT(value & 0xffff);
}

static mp_obj_t *find(poll_t *self, mp_obj_t obj) {
    for (size_t i = 0; i < self->entries->len; ++i) {
        if (entry_at(self, i)[OBJECT] == obj) {
            return entry_at(self, i);
        }
    }
    return NULL;
}

static void add(poll_t *self, mp_obj_t obj, mp_uint_t events, bool keep_old) {
    mp_get_stream_raise(obj, MP_STREAM_OP_IOCTL);
    mp_obj_t *entry = find(self, obj);
    if (entry == NULL) {
        mp_obj_t fields[ENTRY_LEN] = { obj, MP_OBJ_NEW_SMALL_INT(0), MP_OBJ_NEW_SMALL_INT(0) };
        mp_obj_t fresh = mp_obj_new_list(ENTRY_LEN, fields);
        set_word(((mp_obj_list_t *)MP_OBJ_TO_PTR(fresh))->items, EVENTS, events);
        mp_obj_list_append(MP_OBJ_FROM_PTR(self->entries), fresh);
        return;
    }
    set_word(entry, EVENTS, keep_old ? get_word(entry, EVENTS) | events : events);
}

// Polls each object once; how many are ready.
static size_t poll_once(poll_t *self) {
    size_t ready = 0;
    for (size_t i = 0; i < self->entries->len; ++i) {
        mp_obj_t *entry = entry_at(self, i);
        int err;
        const mp_stream_p_t *stream = mp_get_stream_raise(entry[OBJECT], MP_STREAM_OP_IOCTL);
        mp_uint_t events = stream->ioctl(entry[OBJECT], MP_STREAM_POLL, get_word(entry, EVENTS), &err);
        if (events == MP_STREAM_ERROR) {
            mp_raise_OSError(err);
        }
        set_word(entry, REVENTS, events);
        ready += get_word(entry, REVENTS) != 0;
    }
    return ready;
}

static void poll_until(poll_t *self, mp_uint_t timeout_ms) {
    mp_uint_t start = mp_hal_ticks_ms();
    while (poll_once(self) == 0) {
        mp_uint_t elapsed = mp_hal_ticks_ms() - start;
        if (timeout_ms == FOREVER) {
            mp_event_wait_indefinite();
        } else if (elapsed >= timeout_ms) {
            return;
        } else {
            mp_event_wait_ms(timeout_ms - elapsed);
        }
    }
}

static void check_idle(const poll_t *self) {
    safe_busy_t busy;
    if (!safe_busy_enter(&busy, self)) {
        mp_raise_OSError(MP_EBUSY);
    }
    safe_busy_leave(&busy);
}

static void poll_alone(poll_t *self, mp_uint_t timeout_ms) {
    safe_busy_t busy;
    if (!safe_busy_enter(&busy, self)) {
        mp_raise_OSError(MP_EBUSY);
    }
    nlr_buf_t nlr;
    if (nlr_push(&nlr) != 0) {
        safe_busy_leave(&busy);
        nlr_jump(nlr.ret_val);
    }
    poll_until(self, timeout_ms);
    nlr_pop();
    safe_busy_leave(&busy);
}

static poll_t *new_set(void) {
    poll_t *self = mp_obj_malloc(poll_t, &poll_type);
    self->result = MP_OBJ_NULL;
    self->next = SIZE_MAX;
    self->flags = 0;
    self->entries = MP_OBJ_TO_PTR(mp_obj_new_list(0, NULL));
    return self;
}

// --- poll objects

// register(obj, eventmask=POLLIN | POLLOUT)
static mp_obj_t poll_register(size_t n_args, const mp_obj_t *args) {
    poll_t *self = MP_OBJ_TO_PTR(args[0]);
    check_idle(self);
    mp_uint_t events = n_args == 3 ? (mp_uint_t)mp_obj_get_int(args[2]) : MP_STREAM_POLL_RD | MP_STREAM_POLL_WR;
    add(self, args[1], events, false);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(poll_register_obj, 2, 3, poll_register);

// unregister(obj)
static mp_obj_t poll_unregister(mp_obj_t self_in, mp_obj_t obj) {
    poll_t *self = MP_OBJ_TO_PTR(self_in);
    check_idle(self);
    for (size_t i = 0; i < self->entries->len; ++i) {
        if (entry_at(self, i)[OBJECT] == obj) {
            self->entries->items[i] = self->entries->items[self->entries->len - 1];
            self->entries->items[--self->entries->len] = MP_OBJ_NULL;
            break;
        }
    }
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(poll_unregister_obj, poll_unregister);

// modify(obj, eventmask)
static mp_obj_t poll_modify(mp_obj_t self_in, mp_obj_t obj, mp_obj_t events_in) {
    poll_t *self = MP_OBJ_TO_PTR(self_in);
    mp_int_t events = mp_obj_get_int(events_in);
    check_idle(self);
    mp_obj_t *entry = find(self, obj);
    if (entry == NULL) {
        mp_raise_OSError(MP_ENOENT);
    }
    set_word(entry, EVENTS, events);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_3(poll_modify_obj, poll_modify);

static void poll_with_timeout(size_t n_args, const mp_obj_t *args) {
    mp_int_t timeout = n_args >= 2 && args[1] != mp_const_none ? mp_obj_get_int(args[1]) : -1;
    poll_alone(MP_OBJ_TO_PTR(args[0]), timeout < 0 ? FOREVER : (mp_uint_t)timeout);
}

// poll(timeout=-1): a list of (obj, event)
static mp_obj_t poll_poll(size_t n_args, const mp_obj_t *args) {
    poll_t *self = MP_OBJ_TO_PTR(args[0]);
    poll_with_timeout(n_args, args);
    mp_obj_t list = mp_obj_new_list(0, NULL);
    for (size_t i = 0; i < self->entries->len; ++i) {
        mp_obj_t *entry = entry_at(self, i);
        if (get_word(entry, REVENTS) != 0) {
            mp_obj_t pair[] = { entry[OBJECT], entry[REVENTS] };
            mp_obj_list_append(list, mp_obj_new_tuple(2, pair));
        }
    }
    return list;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(poll_poll_obj, 1, 2, poll_poll);

// ipoll(timeout=-1, flags=0): iterates over (obj, event), the same tuple each time
static mp_obj_t poll_ipoll(size_t n_args, const mp_obj_t *args) {
    poll_t *self = MP_OBJ_TO_PTR(args[0]);
    mp_int_t flags = n_args >= 3 ? mp_obj_get_int(args[2]) : 0;
    if (self->result == MP_OBJ_NULL) {
        mp_obj_t nothing[] = { mp_const_none, mp_const_none };
        self->result = mp_obj_new_tuple(2, nothing);
    }
    poll_with_timeout(n_args, args);
    self->flags = flags;
    self->next = 0;
    return args[0];
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(poll_ipoll_obj, 1, 3, poll_ipoll);

static mp_obj_t poll_iternext(mp_obj_t self_in) {
    poll_t *self = MP_OBJ_TO_PTR(self_in);
    while (self->next < self->entries->len) {
        mp_obj_t *entry = entry_at(self, self->next++);
        if (get_word(entry, REVENTS) != 0) {
            mp_obj_tuple_t *result = MP_OBJ_TO_PTR(self->result);
            result->items[0] = entry[OBJECT];
            result->items[1] = entry[REVENTS];
            if (self->flags & FLAG_ONESHOT) {
                set_word(entry, EVENTS, 0);
            }
            return self->result;
        }
    }
    self->next = SIZE_MAX;
    return MP_OBJ_STOP_ITERATION;
}

static const mp_rom_map_elem_t poll_locals_dict_table[] = {
    { MP_ROM_QSTR(MP_QSTR_register), MP_ROM_PTR(&poll_register_obj) },
    { MP_ROM_QSTR(MP_QSTR_unregister), MP_ROM_PTR(&poll_unregister_obj) },
    { MP_ROM_QSTR(MP_QSTR_modify), MP_ROM_PTR(&poll_modify_obj) },
    { MP_ROM_QSTR(MP_QSTR_poll), MP_ROM_PTR(&poll_poll_obj) },
    { MP_ROM_QSTR(MP_QSTR_ipoll), MP_ROM_PTR(&poll_ipoll_obj) },
};
static MP_DEFINE_CONST_DICT(poll_locals_dict, poll_locals_dict_table);

static MP_DEFINE_CONST_OBJ_TYPE(
    poll_type,
    MP_QSTR_poll,
    MP_TYPE_FLAG_ITER_IS_ITERNEXT,
    iter, poll_iternext,
    locals_dict, &poll_locals_dict
    );

// --- the module

// poll()
static mp_obj_t select_poll(void) {
    return MP_OBJ_FROM_PTR(new_set());
}
static MP_DEFINE_CONST_FUN_OBJ_0(select_poll_obj, select_poll);

static void add_all(poll_t *set, mp_obj_t objects, mp_uint_t events) {
    size_t len;
    mp_obj_t *items;
    mp_obj_get_array(objects, &len, &items);
    for (size_t i = 0; i < len; ++i) {
        add(set, items[i], events, true);
    }
}

static mp_obj_t all_with(const poll_t *set, mp_uint_t events) {
    mp_obj_t list = mp_obj_new_list(0, NULL);
    for (size_t i = 0; i < set->entries->len; ++i) {
        if (get_word(entry_at(set, i), REVENTS) & events) {
            mp_obj_list_append(list, entry_at(set, i)[OBJECT]);
        }
    }
    return list;
}

static mp_uint_t timeout_from_seconds(mp_obj_t seconds_in) {
    mp_float_t seconds = mp_obj_get_float(seconds_in);
    return seconds >= 0 && seconds < (1 << 20) ? (mp_uint_t)(seconds * 1000) : FOREVER;
}

// select(rlist, wlist, xlist, timeout=None): three lists
static mp_obj_t select_select(size_t n_args, const mp_obj_t *args) {
    mp_uint_t timeout = n_args == 4 && args[3] != mp_const_none ? timeout_from_seconds(args[3]) : FOREVER;
    poll_t *set = new_set();
    add_all(set, args[0], MP_STREAM_POLL_RD);
    add_all(set, args[1], MP_STREAM_POLL_WR);
    add_all(set, args[2], MP_STREAM_POLL_ERR | MP_STREAM_POLL_HUP);
    poll_alone(set, timeout);
    mp_obj_t lists[] = {
        all_with(set, MP_STREAM_POLL_RD), all_with(set, MP_STREAM_POLL_WR), all_with(set, OTHER_EVENTS),
    };
    return mp_obj_new_tuple(MP_ARRAY_SIZE(lists), lists);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(select_select_obj, 3, 4, select_select);

static const mp_rom_map_elem_t select_module_globals_table[] = {
    { MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_select) },
    { MP_ROM_QSTR(MP_QSTR_select), MP_ROM_PTR(&select_select_obj) },
    { MP_ROM_QSTR(MP_QSTR_poll), MP_ROM_PTR(&select_poll_obj) },
    { MP_ROM_QSTR(MP_QSTR_POLLIN), MP_ROM_INT(MP_STREAM_POLL_RD) },
    { MP_ROM_QSTR(MP_QSTR_POLLOUT), MP_ROM_INT(MP_STREAM_POLL_WR) },
    { MP_ROM_QSTR(MP_QSTR_POLLERR), MP_ROM_INT(MP_STREAM_POLL_ERR) },
    { MP_ROM_QSTR(MP_QSTR_POLLHUP), MP_ROM_INT(MP_STREAM_POLL_HUP) },
};
static MP_DEFINE_CONST_DICT(select_module_globals, select_module_globals_table);

const mp_obj_module_t mp_module_select = {
    .base = { &mp_type_module },
    .globals = (mp_obj_dict_t *)&select_module_globals,
};
MP_REGISTER_EXTENSIBLE_MODULE(MP_QSTR_select, mp_module_select);
