// SPDX-License-Identifier: MIT
// See mail.h. Mail that a receive() did not accept waits, decoded, in a list in the heap; answers to asks stay in
// the mailbox until the one who asked takes them, or nobody waits for them any more.
#include <string.h>

#include "py/mperrno.h"
#include "py/objexcept.h"
#include "py/objlist.h"
#include "py/objmodule.h"
#include "py/runtime.h"
#include "py/stream.h"

#include "hal/time.h"
#if PORT_HW
#include "vm_ext/hw/line.h"
#endif
#include "vm_ext/isolate/isolate.h"
#include "vm_ext/modactor/call.h"
#include "vm_ext/modactor/mail.h"
#include "vm_ext/modactor/message.h"
#include "vm_ext/modactor/ref.h"

#define NS_PER_MS (1000000)

typedef enum {
    WAIT_RECEIVE,
    WAIT_REPLY,
    WAIT_ROOM,
    WAIT_LINE,
} wait_kind_t;

typedef struct {
    mp_obj_base_t base;
    wait_kind_t kind;
    bool over; // the value was taken
    mp_obj_t accept; // receive: a function of the message, or None; line: that
    mp_obj_t value; // MP_OBJ_NULL: not yet
    mp_obj_t error; // to raise instead; MP_OBJ_NULL: none
    uint64_t id; // of the ask
    rt_ref_t of;
    uint64_t deadline_ns;
} obj_wait_t;

MP_REGISTER_ROOT_POINTER(mp_obj_t actor_kept_mail);
MP_REGISTER_ROOT_POINTER(mp_obj_t actor_waits);

static mp_obj_t list_in(mp_obj_t *root) {
    if (*root == MP_OBJ_NULL) {
        *root = mp_obj_new_list(0, NULL);
    }
    return *root;
}

// --- who waits for an answer

static bool is_awaited(const rt_msg_t *msg) {
    if (MP_STATE_VM(actor_waits) == MP_OBJ_NULL) {
        return false;
    }
    size_t n;
    mp_obj_t *waits;
    mp_obj_list_get(MP_STATE_VM(actor_waits), &n, &waits);
    for (size_t i = 0; i < n; i++) {
        const obj_wait_t *wait = MP_OBJ_TO_PTR(waits[i]);
        if (msg->kind == RT_MSG_REPLY ? wait->kind == WAIT_REPLY && wait->id == msg->id
            : wait->kind == WAIT_ROOM && rt_ref_eq(wait->of, rt_msg_from(msg))) {
            return true;
        }
    }
    return false;
}

static bool is_listed(const obj_wait_t *wait) {
    return wait->kind == WAIT_REPLY || wait->kind == WAIT_ROOM;
}

static void stop_waiting(obj_wait_t *wait) {
    wait->over = true;
    if (is_listed(wait)) {
        mp_obj_list_remove(MP_STATE_VM(actor_waits), MP_OBJ_FROM_PTR(wait));
    }
}

// --- what came

static bool accepts(mp_obj_t accept, mp_obj_t value) {
    return accept == mp_const_none || mp_obj_is_true(mp_call_function_1(accept, value));
}

// Out of the list, by identity: True is equal to 1, but other mail.
static void remove_kept(mp_obj_t value) {
    mp_obj_list_t *kept = MP_OBJ_TO_PTR(MP_STATE_VM(actor_kept_mail));
    for (size_t i = 0; i < kept->len; i++) {
        if (kept->items[i] == value) {
            mp_obj_t index = MP_OBJ_NEW_SMALL_INT(i);
            mp_obj_subscr(MP_OBJ_FROM_PTR(kept), index, MP_OBJ_NULL);
            return;
        }
    }
}

static mp_obj_t take_kept(const obj_wait_t *wait) {
    if (MP_STATE_VM(actor_kept_mail) == MP_OBJ_NULL) {
        return MP_OBJ_NULL;
    }
    mp_obj_list_t *kept = MP_OBJ_TO_PTR(MP_STATE_VM(actor_kept_mail));
    for (size_t i = 0; i < kept->len; i++) { // accept() may receive itself
        mp_obj_t value = kept->items[i];
        if (accepts(wait->accept, value)) {
            remove_kept(value);
            return value;
        }
    }
    return MP_OBJ_NULL;
}

static mp_obj_t open_mail(rt_msg_t *msg) {
    if (msg->kind == RT_MSG_USER) {
        return message_take(msg);
    }
    return call_from_message(msg);
}

// Takes the message of an interrupt; the object that listens to that line, or MP_OBJ_NULL.
static mp_obj_t take_interrupt(rt_actor_t *self) {
    uint64_t first_ns;
    rt_line_t *line = (rt_line_t *)rt_mail_take(self);
    rt_line_take(self, line, &first_ns);
    #if PORT_HW
    return line_listener(line);
    #else
    return MP_OBJ_NULL;
    #endif
}

void mail_keep_interrupt(rt_actor_t *self) {
    mp_obj_t listener = take_interrupt(self);
    if (listener != MP_OBJ_NULL) {
        mp_obj_list_append(list_in(&MP_STATE_VM(actor_kept_mail)), listener);
    }
}

static mp_obj_t take_new(const obj_wait_t *wait) {
    rt_actor_t *self = isolate_cur()->actor;
    rt_mail_rewind(self);
    for (rt_msg_t *msg = rt_mail_peek(self); msg != NULL; msg = rt_mail_peek(self)) {
        if (msg->kind == RT_MSG_REPLY || msg->kind == RT_MSG_ROOM) {
            if (is_awaited(msg)) {
                rt_mail_skip(self);
            } else {
                rt_msg_free(self, rt_mail_take(self));
            }
            continue;
        }
        mp_obj_t value;
        if (msg->kind == RT_MSG_IRQ) {
            value = take_interrupt(self);
            if (value == MP_OBJ_NULL) {
                continue;
            }
        } else {
            value = open_mail(rt_mail_take(self));
        }
        if (wait->accept == mp_const_none) {
            return value;
        }
        mp_obj_t kept = list_in(&MP_STATE_VM(actor_kept_mail));
        mp_obj_list_append(kept, value); // accept() may raise
        if (accepts(wait->accept, value)) {
            remove_kept(value);
            return value;
        }
    }
    return MP_OBJ_NULL;
}

static mp_obj_t take_awaited(const obj_wait_t *wait) {
    rt_actor_t *self = isolate_cur()->actor;
    rt_mail_rewind(self);
    for (rt_msg_t *msg = rt_mail_peek(self); msg != NULL; msg = rt_mail_peek(self)) {
        bool fits = wait->kind == WAIT_REPLY ? msg->kind == RT_MSG_REPLY && msg->id == wait->id
            : msg->kind == RT_MSG_ROOM && rt_ref_eq(rt_msg_from(msg), wait->of);
        if (fits) {
            return call_answer(rt_mail_take(self)); // raises if it is a failure
        }
        if ((msg->kind == RT_MSG_REPLY || msg->kind == RT_MSG_ROOM) && !is_awaited(msg)) {
            rt_msg_free(self, rt_mail_take(self)); // came too late
        } else if (msg->kind == RT_MSG_IRQ) {
            mail_keep_interrupt(self); // passed over it would stay, and the line be deaf
        } else {
            rt_mail_skip(self);
        }
    }
    return MP_OBJ_NULL;
}

static mp_obj_t poll_line(const obj_wait_t *wait) {
    #if PORT_HW
    rt_actor_t *self = isolate_cur()->actor;
    rt_mail_rewind(self);
    for (rt_msg_t *msg = rt_mail_peek(self); msg != NULL; msg = rt_mail_peek(self)) {
        if (msg->kind == RT_MSG_IRQ) {
            mail_keep_interrupt(self);
        } else {
            rt_mail_skip(self);
        }
    }
    uint32_t n = line_poll(wait->accept);
    return n == 0 ? MP_OBJ_NULL : mp_obj_new_int_from_uint(n);
    #else
    return MP_OBJ_NULL;
    #endif
}

// The value, MP_OBJ_NULL: not yet. Raises if there will be none.
static mp_obj_t poll(obj_wait_t *wait) {
    if (wait->over) {
        mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("was awaited already"));
    }
    mp_obj_t value;
    nlr_buf_t nlr;
    if (nlr_push(&nlr) != 0) {
        stop_waiting(wait);
        nlr_jump(nlr.ret_val);
    }
    if (wait->kind == WAIT_LINE) {
        value = poll_line(wait);
    } else {
        value = wait->kind == WAIT_RECEIVE ? take_kept(wait) : take_awaited(wait);
    }
    if (value == MP_OBJ_NULL && wait->kind == WAIT_RECEIVE) {
        value = take_new(wait);
    }
    if (value == MP_OBJ_NULL && wait->deadline_ns != RT_FOREVER && hal_time_ns() >= wait->deadline_ns) {
        mp_raise_OSError(MP_ETIMEDOUT); // asyncio.TimeoutError
    }
    nlr_pop();
    if (value != MP_OBJ_NULL) {
        stop_waiting(wait);
    }
    return value;
}

// --- waiting: in a coroutine that the actor's step drives, in a task of asyncio, or on the C stack

static mp_obj_t asyncio_core(void) {
    mp_map_elem_t *core = mp_map_lookup(&MP_STATE_VM(mp_loaded_modules_dict).map,
        MP_OBJ_NEW_QSTR(MP_QSTR_asyncio_dot_core), MP_MAP_LOOKUP);
    return core == NULL ? MP_OBJ_NULL : core->value;
}

// asyncio's core if it runs a task now; MP_OBJ_NULL: not. What sys.modules has under that name can be anything, and
// something else after it was asked.
static mp_obj_t core_with_task(void) {
    mp_obj_t core = isolate_cur()->has_asyncio ? asyncio_core() : MP_OBJ_NULL;
    if (core == MP_OBJ_NULL) {
        return MP_OBJ_NULL;
    }
    mp_obj_t task[2];
    mp_load_method_maybe(core, MP_QSTR_cur_task, task);
    return task[0] != MP_OBJ_NULL && task[0] != mp_const_none ? core : MP_OBJ_NULL;
}

static bool in_asyncio_task(void) {
    return core_with_task() != MP_OBJ_NULL;
}

static mp_obj_t block(obj_wait_t *wait) {
    for (;;) {
        mp_obj_t value = poll(wait);
        if (value != MP_OBJ_NULL) {
            return value;
        }
        rt_wait(isolate_cur()->actor, wait->deadline_ns);
        mp_handle_pending(true);
    }
}

static mp_obj_t begin(obj_wait_t *wait) {
    if (is_listed(wait)) {
        mp_obj_list_append(list_in(&MP_STATE_VM(actor_waits)), MP_OBJ_FROM_PTR(wait));
    }
    if (isolate_cur()->in_coroutine || in_asyncio_task()) {
        return MP_OBJ_FROM_PTR(wait);
    }
    return block(wait);
}

static void rest_until(uint64_t deadline_ns) {
    isolate_cur()->is_waiting = true;
    isolate_cur()->rest_until_ns = deadline_ns;
}

static mp_obj_t wait_iternext(mp_obj_t self_in) {
    obj_wait_t *wait = MP_OBJ_TO_PTR(self_in);
    if (wait->error != MP_OBJ_NULL) {
        nlr_raise(wait->error);
    }
    mp_obj_t value = wait->value != MP_OBJ_NULL ? wait->value : poll(wait);
    if (value != MP_OBJ_NULL) {
        return mp_make_stop_iteration(value == mp_const_none ? MP_OBJ_NULL : value);
    }
    mp_obj_t core = core_with_task();
    if (core != MP_OBJ_NULL) {
        mp_obj_t method[3];
        mp_load_method(mp_load_attr(core, MP_QSTR__io_queue), MP_QSTR_queue_read, method);
        method[2] = self_in;
        mp_call_method_n_kw(1, 0, method);
    } else {
        rest_until(wait->deadline_ns);
    }
    return mp_const_none;
}

// What poll() raises is for the task that waits, not for asyncio's loop, which calls this.
static void poll_quietly(obj_wait_t *wait) {
    nlr_buf_t nlr;
    if (nlr_push(&nlr) == 0) {
        wait->value = poll(wait);
        nlr_pop();
        return;
    }
    mp_obj_t error = MP_OBJ_FROM_PTR(nlr.ret_val);
    mp_obj_t type = MP_OBJ_FROM_PTR(mp_obj_get_type(error));
    if (!mp_obj_is_subclass_fast(type, MP_OBJ_FROM_PTR(&mp_type_Exception))) {
        nlr_jump(nlr.ret_val); // Ctrl-C
    }
    wait->error = error;
}

// asyncio polls it like a stream: readable when there is a value.
static mp_uint_t wait_ioctl(mp_obj_t self_in, mp_uint_t request, uintptr_t arg, int *errcode) {
    obj_wait_t *wait = MP_OBJ_TO_PTR(self_in);
    if (request != MP_STREAM_POLL) {
        *errcode = MP_EINVAL;
        return MP_STREAM_ERROR;
    }
    if (wait->value == MP_OBJ_NULL && !wait->over) {
        poll_quietly(wait);
    }
    if (wait->value != MP_OBJ_NULL || wait->over) {
        return arg & MP_STREAM_POLL_RD;
    }
    if (wait->deadline_ns != RT_FOREVER) {
        uint64_t *until_ns = &isolate_cur()->poll_until_ns;
        *until_ns = *until_ns == 0 ? wait->deadline_ns : MIN(*until_ns, wait->deadline_ns);
    }
    return 0;
}

// A task that is cancelled waits no more, and an answer that still comes is dropped.
static mp_obj_t wait_close(mp_obj_t self_in) {
    mp_check_self(mp_obj_is_type(self_in, &actor_type_wait));
    obj_wait_t *wait = MP_OBJ_TO_PTR(self_in);
    if (!wait->over) {
        stop_waiting(wait);
    }
    if (wait->kind == WAIT_RECEIVE && wait->value != MP_OBJ_NULL) { // taken for a task that never saw it
        mp_obj_t kept = list_in(&MP_STATE_VM(actor_kept_mail));
        mp_obj_list_append(kept, wait->value);
        mp_obj_list_t *list = MP_OBJ_TO_PTR(kept);
        memmove(list->items + 1, list->items, (list->len - 1) * sizeof(mp_obj_t));
        list->items[0] = wait->value;
        wait->value = MP_OBJ_NULL;
    }
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(wait_close_obj, wait_close);

static mp_obj_t wait_throw(mp_obj_t self_in, mp_obj_t exception) {
    wait_close(self_in);
    nlr_raise(mp_make_raise_obj(exception));
}
static MP_DEFINE_CONST_FUN_OBJ_2(wait_throw_obj, wait_throw);

// What a coroutine has: asyncio makes a task of a Wait.
static mp_obj_t wait_send(mp_obj_t self_in, mp_obj_t value) {
    mp_check_self(mp_obj_is_type(self_in, &actor_type_wait));
    mp_obj_t result = wait_iternext(self_in);
    if (result != MP_OBJ_STOP_ITERATION) {
        return result;
    }
    mp_obj_t stop = MP_STATE_THREAD(stop_iteration_arg);
    nlr_raise(mp_obj_new_exception_args(&mp_type_StopIteration, stop == MP_OBJ_NULL ? 0 : 1, &stop));
}
static MP_DEFINE_CONST_FUN_OBJ_2(wait_send_obj, wait_send);

static const mp_rom_map_elem_t wait_locals[] = {
    {MP_ROM_QSTR(MP_QSTR_close), MP_ROM_PTR(&wait_close_obj)},
    {MP_ROM_QSTR(MP_QSTR_send), MP_ROM_PTR(&wait_send_obj)},
    {MP_ROM_QSTR(MP_QSTR_throw), MP_ROM_PTR(&wait_throw_obj)},
};
static MP_DEFINE_CONST_DICT(wait_locals_dict, wait_locals);

static const mp_stream_p_t wait_stream = {.ioctl = wait_ioctl};

MP_DEFINE_CONST_OBJ_TYPE(
    actor_type_wait,
    MP_QSTR_Wait,
    MP_TYPE_FLAG_ITER_IS_ITERNEXT,
    iter, wait_iternext,
    protocol, &wait_stream,
    locals_dict, &wait_locals_dict
    );

// --- receive() without arguments, which most are: nothing to remember, so nothing is allocated

static const obj_wait_t any_mail = {
    .base = {&actor_type_wait}, .kind = WAIT_RECEIVE, .accept = mp_const_none, .value = MP_OBJ_NULL,
    .deadline_ns = RT_FOREVER,
};

static mp_obj_t take_any(void) {
    mp_obj_t value = take_kept(&any_mail);
    return value != MP_OBJ_NULL ? value : take_new(&any_mail);
}

static mp_obj_t any_iternext(mp_obj_t self_in) {
    (void)self_in;
    mp_obj_t value = take_any();
    if (value != MP_OBJ_NULL) {
        return mp_make_stop_iteration(value == mp_const_none ? MP_OBJ_NULL : value);
    }
    if (in_asyncio_task()) { // it was made before: asyncio has nothing to hold on to
        mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("await receive() where it is called"));
    }
    rest_until(RT_FOREVER);
    return mp_const_none;
}

static MP_DEFINE_CONST_OBJ_TYPE(
    type_any_mail,
    MP_QSTR_Wait,
    MP_TYPE_FLAG_ITER_IS_ITERNEXT,
    iter, any_iternext
    );
static const mp_obj_base_t any_mail_obj = {&type_any_mail};

static mp_obj_t block_any(void) {
    for (;;) {
        mp_obj_t value = take_any();
        if (value != MP_OBJ_NULL) {
            return value;
        }
        rt_wait(isolate_cur()->actor, RT_FOREVER);
        mp_handle_pending(true);
    }
}

mp_obj_t mail_receive_any(void) {
    if (in_asyncio_task()) {
        return mail_receive(mp_const_none, mp_const_none);
    }
    return isolate_cur()->in_coroutine ? MP_OBJ_FROM_PTR(&any_mail_obj) : block_any();
}

// --- without await

mp_obj_t mail_block(mp_obj_t what) {
    if (what == MP_OBJ_FROM_PTR(&any_mail_obj)) {
        return block_any();
    }
    if (!mp_obj_is_type(what, &actor_type_wait)) {
        return what; // the value itself, since the program is no coroutine
    }
    obj_wait_t *wait = MP_OBJ_TO_PTR(what);
    if (wait->error != MP_OBJ_NULL) {
        nlr_raise(wait->error);
    }
    return wait->value != MP_OBJ_NULL ? wait->value : block(wait);
}

// --- its makers

static uint64_t deadline_of(mp_obj_t timeout_ms) {
    if (timeout_ms == mp_const_none) {
        return RT_FOREVER;
    }
    mp_int_t ms = mp_obj_get_int(timeout_ms);
    return hal_time_ns() + (uint64_t)MAX(ms, 0) % (RT_FOREVER / NS_PER_MS / 2) * NS_PER_MS;
}

static obj_wait_t *wait_new(wait_kind_t kind, mp_obj_t timeout_ms) {
    obj_wait_t *wait = mp_obj_malloc(obj_wait_t, &actor_type_wait);
    *wait = (obj_wait_t) {
        .base = {&actor_type_wait}, .kind = kind, .accept = mp_const_none, .value = MP_OBJ_NULL,
        .error = MP_OBJ_NULL, .deadline_ns = deadline_of(timeout_ms),
    };
    return wait;
}

mp_obj_t mail_receive(mp_obj_t accept, mp_obj_t timeout_ms) {
    obj_wait_t *wait = wait_new(WAIT_RECEIVE, timeout_ms);
    wait->accept = accept;
    return begin(wait);
}

mp_obj_t mail_ask(rt_ref_t to, mp_obj_t value, mp_obj_t timeout_ms) {
    obj_wait_t *wait = wait_new(WAIT_REPLY, timeout_ms);
    switch (actor_post(to, message_encode(value), &wait->id)) {
        case 0:
            return begin(wait);
        case -MP_EAGAIN:
            mp_raise_msg(&mp_type_MailboxFull, MP_ERROR_TEXT("the receiver has too much unread mail: see ref.room()"));
        case -MP_ENOMEM:
            m_malloc_fail(0);
        default:
            mp_raise_msg(&mp_type_ActorDead, MP_ERROR_TEXT("there is no such actor"));
    }
}

mp_obj_t mail_line(mp_obj_t line, mp_obj_t timeout_ms) {
    obj_wait_t *wait = wait_new(WAIT_LINE, timeout_ms);
    wait->accept = line;
    return begin(wait);
}

mp_obj_t mail_room(rt_ref_t of) {
    obj_wait_t *wait = wait_new(WAIT_ROOM, mp_const_none);
    wait->of = of;
    if (rt_want_room(isolate_cur()->actor, of) != 0) {
        m_malloc_fail(0);
    }
    return begin(wait);
}
