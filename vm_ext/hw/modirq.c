// SPDX-License-Identifier: MIT
// Module irq: interrupt lines. See line.h.
#include <errno.h>

#include "py/objlist.h"
#include "py/runtime.h"

#include "hal/irq.h"
#include "hal/bus.h"
#include "hal/time.h"
#include "vm_ext/hw/capobj.h"
#include "vm_ext/hw/line.h"
#include "vm_ext/isolate/memory.h"
#include "vm_ext/modactor/mail.h"

enum { STORM = 1000 }; // interrupts that nobody looked at
enum { OPEN_NS = 1000000000 };

// Lines live for ever, found again by number.
static hw_line_t *lines;

static void on_interrupt(void *arg, unsigned number) {
    hw_line_t *line = arg;
    bool storm = line->line.count >= STORM;
    if (!line->message || storm) {
        hal_irq_mask(number);
        at_store(&line->masked, true);
        line->storms += storm;
    }
    rt_post_from_irq(&line->line);
}

// In rt_line_take(), by the actor that has the line.
static void on_taken(rt_line_t *line, uint32_t count) {
    ((hw_line_t *)line)->pending += count;
}

hw_line_t *line_find(unsigned number, bool message) {
    hw_line_t *line = at_load_acq(&lines); // pairs with the CAS
    for (; line != NULL; line = line->next) {
        if (line->number == number) {
            line->message = message;
            return line;
        }
    }
    line = rt_alloc(sizeof(*line));
    if (line != NULL) {
        *line = (hw_line_t) {.number = number, .message = message, .line.taken = on_taken};
        line->next = at_load(&lines);
        while (!at_cas_acq_rel(&lines, &line->next, line)) {
        }
    }
    return line;
}

// --- whose it is

// -EBUSY: it is another's. -EAGAIN: an interrupt of its last user is still under way.
static int line_open(capobj_t *self) {
    unsigned core;
    int result = -EPERM;
    if (capobj_enter(self->cap, &core)) {
        hw_line_t *line = self->cap.node->object;
        cap_node_t *nobody = NULL;
        result = 0;
        const cap_node_t *user = at_load(&line->user);
        if (user == NULL && !rt_line_idle(&line->line)) {
            result = -EAGAIN;
        } else if (user != self->cap.node) {
            result = at_cas_acq_rel(&line->user, &nobody, self->cap.node) ? 1 : -EBUSY;
        }
        if (result == 1) {
            line->pending = 0;
            at_store(&line->masked, false);
            result = rt_line_open(isolate_cur()->actor, &line->line);
            if (result == 0) {
                result = hal_irq_attach(line->number, on_interrupt, line);
            }
            if (result != 0) {
                at_store_rel(&line->user, NULL);
            }
        }
    }
    capobj_leave(core);
    return result;
}

static void stop_using(cap_node_t *node) {
    hw_line_t *line = node->object;
    if (at_load(&line->user) == node) {
        hal_irq_detach(line->number);
        at_store_rel(&line->user, NULL); // pairs with the CAS in line_open()
    }
}

static void on_end(cap_node_t *node) {
    hw_line_t *line = node->object;
    stop_using(node);
    if (node->parent == NULL && line->message) {
        hal_bus_msi_free(line->number);
    }
}

void line_init(void) {
    cap_set_hook(CAP_LINE, on_end);
}

// --- waiting

static uint32_t look(mp_obj_t self_in, bool again) {
    capobj_t *self = MP_OBJ_TO_PTR(self_in);
    unsigned core;
    uint32_t n = 0;
    bool lives = capobj_enter(self->cap, &core);
    if (lives) {
        hw_line_t *line = self->cap.node->object;
        n = line->pending;
        line->pending = 0;
        bool unmask = (n == 0 || again) && at_load(&line->user) == self->cap.node;
        if (unmask && at_load(&line->masked)) {
            at_store(&line->masked, false); // before it can come again
            hal_irq_unmask(line->number);
        }
    }
    capobj_leave(core);
    if (!lives) {
        capobj_raise_revoked();
    }
    return n;
}

uint32_t line_poll(mp_obj_t self_in) {
    return look(self_in, false);
}

static capobj_t *line_of(mp_obj_t self_in) {
    mp_check_self(mp_obj_is_type(self_in, &irq_type_line));
    return MP_OBJ_TO_PTR(self_in);
}

static void open_it(capobj_t *self) {
    // The core that an interrupt of its last user came to takes it at its next turn, which an emulator may delay.
    uint64_t end_ns = hal_time_ns() + OPEN_NS;
    int result = line_open(self);
    while (result == -EAGAIN && hal_time_ns() < end_ns) {
        rt_yield(isolate_cur()->actor);
        result = line_open(self);
    }
    capobj_check(result == -EAGAIN ? -EBUSY : result);
}

// open(): interrupts come to this actor from now on; wait() does that, too. OSError(EBUSY): they go to another.
static mp_obj_t line_open_py(mp_obj_t self_in) {
    open_it(line_of(self_in));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(line_open_obj, line_open_py);

// wait(timeout_ms=None): until there was an interrupt since the last wait(); how many there were. To be awaited where
// the program is a coroutine. A line that is not a message is masked from an interrupt until the next wait().
static mp_obj_t line_wait(size_t n_args, const mp_obj_t *args) {
    capobj_t *self = line_of(args[0]);
    open_it(self);
    return mail_line(args[0], n_args > 1 ? args[1] : mp_const_none);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(line_wait_obj, 1, 2, line_wait);

// --- as mail

MP_REGISTER_ROOT_POINTER(mp_obj_t irq_listening);

mp_obj_t line_listener(const rt_line_t *line) {
    if (MP_STATE_VM(irq_listening) == MP_OBJ_NULL) {
        return MP_OBJ_NULL;
    }
    size_t n;
    mp_obj_t *items;
    mp_obj_list_get(MP_STATE_VM(irq_listening), &n, &items);
    for (size_t i = 0; i < n; i++) {
        const capobj_t *self = MP_OBJ_TO_PTR(items[i]);
        unsigned core;
        bool fits = capobj_enter(self->cap, &core) && self->cap.node->object == line;
        capobj_leave(core);
        if (fits) {
            return items[i];
        }
    }
    return MP_OBJ_NULL;
}

// listen(): from now on actor.receive() gives this object when there was an interrupt.
static mp_obj_t line_listen(mp_obj_t self_in) {
    open_it(line_of(self_in));
    if (MP_STATE_VM(irq_listening) == MP_OBJ_NULL) {
        MP_STATE_VM(irq_listening) = mp_obj_new_list(0, NULL);
    }
    mp_obj_list_append(MP_STATE_VM(irq_listening), self_in);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(line_listen_obj, line_listen);

// close(): interrupts come here no more, and another may open it.
static mp_obj_t line_close(mp_obj_t self_in) {
    capobj_t *self = line_of(self_in);
    unsigned core;
    if (capobj_enter(self->cap, &core)) {
        stop_using(self->cap.node);
    }
    capobj_leave(core);
    if (MP_STATE_VM(irq_listening) != MP_OBJ_NULL) {
        size_t n;
        mp_obj_t *items;
        mp_obj_list_get(MP_STATE_VM(irq_listening), &n, &items);
        for (size_t i = 0; i < n; i++) {
            if (items[i] == self_in) {
                mp_obj_list_remove(MP_STATE_VM(irq_listening), self_in);
                break;
            }
        }
    }
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(line_close_obj, line_close);

// done(): the device is served; a line that was masked for that may come again.
static mp_obj_t line_done(mp_obj_t self_in) {
    line_of(self_in);
    return mp_obj_new_int_from_uint(look(self_in, true));
}
static MP_DEFINE_CONST_FUN_OBJ_1(line_done_obj, line_done);

// storms(): how often it was masked because nobody looked at a thousand interrupts.
static mp_obj_t line_storms(mp_obj_t self_in) {
    capobj_t *self = line_of(self_in);
    unsigned core;
    uint32_t storms = 0;
    bool lives = capobj_enter(self->cap, &core);
    if (lives) {
        storms = ((hw_line_t *)self->cap.node->object)->storms;
    }
    capobj_leave(core);
    if (!lives) {
        capobj_raise_revoked();
    }
    return mp_obj_new_int_from_uint(storms);
}
static MP_DEFINE_CONST_FUN_OBJ_1(line_storms_obj, line_storms);

static const mp_rom_map_elem_t line_locals[] = {
    {MP_ROM_QSTR(MP_QSTR___del__), MP_ROM_PTR(&capobj_del_obj)},
    {MP_ROM_QSTR(MP_QSTR_close), MP_ROM_PTR(&line_close_obj)},
    {MP_ROM_QSTR(MP_QSTR_done), MP_ROM_PTR(&line_done_obj)},
    {MP_ROM_QSTR(MP_QSTR_listen), MP_ROM_PTR(&line_listen_obj)},
    {MP_ROM_QSTR(MP_QSTR_open), MP_ROM_PTR(&line_open_obj)},
    {MP_ROM_QSTR(MP_QSTR_storms), MP_ROM_PTR(&line_storms_obj)},
    {MP_ROM_QSTR(MP_QSTR_wait), MP_ROM_PTR(&line_wait_obj)},
};
static MP_DEFINE_CONST_DICT(line_locals_dict, line_locals);

MP_DEFINE_CONST_OBJ_TYPE(
    irq_type_line,
    MP_QSTR_Line,
    MP_TYPE_FLAG_NONE,
    print, capobj_print,
    locals_dict, &line_locals_dict
    );

static const mp_rom_map_elem_t globals_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_irq)},
    {MP_ROM_QSTR(MP_QSTR_Line), MP_ROM_PTR(&irq_type_line)},
};
static MP_DEFINE_CONST_DICT(globals, globals_table);

const mp_obj_module_t irq_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&globals,
};

MP_REGISTER_MODULE(MP_QSTR_irq, irq_module);
