// SPDX-License-Identifier: MIT
// See vmactor.h.
#include <string.h>

#include "extmod/vfs.h"
#include "py/builtin.h"
#include "py/cstack.h"
#include "py/frozenmod.h"
#include "py/gc.h"
#include "py/mperrno.h"
#include "py/mphal.h"
#include "py/objgenerator.h"
#include "py/objlist.h"
#include "py/objmodule.h"
#include "py/objstr.h"
#include "py/runtime.h"

#include "port/common/common.h"
#include "vm_ext/actor/memory.h"
#include "vm_ext/isolate/isolate.h"
#include "vm_ext/isolate/memory.h"
#include "vm_ext/isolate/rights.h"
#include "vm_ext/isolate/scratch.h"
#include "vm_ext/modactor/buffer.h"
#include "vm_ext/modactor/mail.h"
#include "vm_ext/modactor/message.h"
#include "vm_ext/modactor/vmactor.h"
#include "vm_ext/modactor/walk.h"
#include "vm_ext/safe/visible.h"

#ifndef VMACTOR_FIRST_BYTES
#define VMACTOR_FIRST_BYTES (PORT_TINY ? 1536 : 2016) // isolate and first heap area, in one block
#endif
#define START_MARK (0x5354) // code of the message that a new actor begins with
#define DEATH_HEAD_BYTES (PORT_SMALL ? 128 : 512)
#define DEATH_TAIL_BYTES (PORT_SMALL ? 128 : 1024)
#define FIRST_QUOTA_BYTES (16 * 1024 * 1024)
#define REASON_BYTES_MAX (1024)

MP_REGISTER_ROOT_POINTER(mp_obj_t actor_coroutine);

// --- the end

// A long traceback loses its middle: its beginning says where the program was, its end what happened.
typedef struct {
    size_t len; // of all that was printed
    char head[DEATH_HEAD_BYTES], tail[DEATH_TAIL_BYTES]; // tail: a ring
} death_text_t;

static void print_death(void *data, const char *str, size_t len) {
    death_text_t *death = data;
    for (size_t i = 0; i < len; i++, death->len++) {
        if (death->len < DEATH_HEAD_BYTES) {
            death->head[death->len] = str[i];
        } else {
            death->tail[(death->len - DEATH_HEAD_BYTES) % DEATH_TAIL_BYTES] = str[i];
        }
    }
}

static rt_text_t *text_of_death(rt_actor_t *self, const death_text_t *death) {
    static const char gap[] = "\n...\n";
    char text[DEATH_HEAD_BYTES + sizeof(gap) + DEATH_TAIL_BYTES];
    size_t len = MIN(death->len, DEATH_HEAD_BYTES);
    memcpy(text, death->head, len);
    size_t rest = death->len - len, at = 0;
    if (rest > DEATH_TAIL_BYTES) {
        memcpy(text + len, gap, sizeof(gap) - 1);
        len += sizeof(gap) - 1;
        at = rest;
        rest = DEATH_TAIL_BYTES;
    }
    for (; rest > 0; rest--) {
        text[len++] = death->tail[at++ % DEATH_TAIL_BYTES];
    }
    return rt_text_new(self, text, len);
}

rt_reason_t vmactor_reason(mp_obj_t reason, rt_text_t **text) {
    for (rt_reason_t code = RT_NORMAL; code <= RT_FAULT; code++) {
        if (reason == MP_OBJ_NEW_QSTR(actor_reason(code))) {
            return code;
        }
    }
    size_t len;
    const char *data = mp_obj_str_get_data(reason, &len);
    *text = rt_text_new(isolate_cur()->actor, data, MIN(len, REASON_BYTES_MAX));
    return RT_REASON_USER;
}

// By SystemExit: None, 0 and True are what sys.exit() takes for success; a text is the reason.
static NORETURN void exit_of(mp_obj_t value) {
    rt_text_t *text = NULL;
    rt_reason_t reason = RT_NORMAL;
    if (mp_obj_is_str(value)) {
        reason = vmactor_reason(value, &text);
    } else if (value != mp_const_none && mp_obj_is_true(value)) {
        reason = RT_ERROR;
    }
    rt_exit(isolate_cur()->actor, reason == RT_KILL ? RT_KILLED : reason, text);
}

// Needs no memory of the heap, which may be why it dies. Printing runs the program's own __str__().
static NORETURN void die_of(mp_obj_t exception) {
    rt_actor_t *self = isolate_cur()->actor;
    const mp_obj_type_t *type = mp_obj_get_type(exception);
    static const char unprintable[] = "...\n(and an exception while this was printed)\n";
    bool no_memory = mp_obj_is_subclass_fast(MP_OBJ_FROM_PTR(type), MP_OBJ_FROM_PTR(&mp_type_MemoryError));
    death_text_t death;
    death.len = 0;
    mp_print_t print = {&death, print_death};
    nlr_buf_t nlr;
    if (nlr_push(&nlr) == 0) {
        scratch_line_end();
        if (mp_obj_is_subclass_fast(MP_OBJ_FROM_PTR(type), MP_OBJ_FROM_PTR(&mp_type_SystemExit))) {
            exit_of(mp_obj_exception_get_value(exception));
        }
        mp_obj_print_exception(&print, exception);
        nlr_pop();
    } else {
        print_death(&death, unprintable, sizeof(unprintable) - 1);
    }
    rt_exit(self, no_memory ? RT_NOMEM : RT_ERROR, text_of_death(self, &death));
}

static void destroy(rt_actor_t *self, rt_reason_t reason) {
    isolate_t *isolate = rt_arg(self);
    vmstate_set(&isolate->ctx);
    #if PORT_HW
    cap_release_all(&isolate->caps); // devices are reset: then they have no Buffer any more
    #endif
    buffer_free_all();
    vmheap_release();
    isolate_account_leave(isolate);
    vmstate_set(NULL);
    visible_all(isolate, isolate->first_bytes);
    rt_free(isolate, isolate->first_bytes);
}

// --- programs by name

static bool is_in_image(const char *name, size_t len) {
    char path[MICROPY_ALLOC_PATH_MAX];
    if (len == 0 || len + sizeof(".py") > sizeof(path)) {
        mp_raise_ValueError(MP_ERROR_TEXT("program is 'module' or 'module:function'"));
    }
    for (size_t i = 0; i < len; i++) {
        path[i] = name[i] == '.' ? '/' : name[i];
    }
    path[len] = 0;
    int kind;
    void *data;
    if (mp_find_frozen_module(path, &kind, &data) == MP_IMPORT_STAT_DIR) {
        return true;
    }
    memcpy(path + len, ".py", sizeof(".py"));
    return mp_find_frozen_module(path, &kind, &data) == MP_IMPORT_STAT_FILE
        || mp_module_get_builtin(qstr_from_strn(name, len), false) != MP_OBJ_NULL;
}

static bool is_named_in_image(mp_obj_t name) {
    size_t len;
    const char *data = mp_obj_str_get_data(name, &len);
    return is_in_image(data, len);
}

// What was found out about the program that was spawned last: the next is often the same object.
enum { KNOWN_PROGRAM, KNOWN_MODULE, KNOWN_FUNCTION, KNOWN_IN_IMAGE, KNOWN_PARTS };
MP_REGISTER_ROOT_POINTER(mp_obj_t actor_known_program); // a tuple of these

// One of the image's interned strings if it is among them: then nobody has to look for it again.
static mp_obj_t name_of(const char *data, size_t len) {
    qstr name = qstr_find_strn(data, len);
    return name != MP_QSTRnull && name < walk_shared_qstrs() ? MP_OBJ_NEW_QSTR(name) : mp_obj_new_str(data, len);
}

static const mp_obj_t *known_of(mp_obj_t program) {
    mp_obj_t *parts;
    size_t n;
    if (MP_STATE_VM(actor_known_program) != MP_OBJ_NULL) {
        mp_obj_get_array(MP_STATE_VM(actor_known_program), &n, &parts);
        if (parts[KNOWN_PROGRAM] == program) {
            return parts;
        }
    }
    size_t len;
    const char *name = mp_obj_str_get_data(program, &len);
    const char *colon = memchr(name, ':', len);
    size_t module_len = colon == NULL ? len : (size_t)(colon - name);
    const mp_obj_t found[KNOWN_PARTS] = {
        program, name_of(name, module_len),
        colon == NULL ? mp_const_none : name_of(colon + 1, len - module_len - 1),
        mp_obj_new_bool(is_in_image(name, module_len)),
    };
    MP_STATE_VM(actor_known_program) = mp_obj_new_tuple(KNOWN_PARTS, found);
    mp_obj_get_array(MP_STATE_VM(actor_known_program), &n, &parts);
    return parts;
}

// --- the beginning

static mp_obj_t take_start(rt_actor_t *self) {
    rt_msg_t *msg = rt_mail_peek(self);
    while (msg != NULL && (msg->kind != RT_MSG_USER || msg->code != START_MARK)) {
        rt_mail_skip(self);
        msg = rt_mail_peek(self);
    }
    msg = rt_mail_take(self);
    mp_obj_t start = message_take(msg);
    rt_mail_rewind(self);
    return start;
}

// The function of this name; MP_OBJ_NULL for "module" alone, which has run by now.
static mp_obj_t find_program(mp_obj_t module_name, mp_obj_t function_name) {
    mp_obj_t fromlist = mp_const_true; // the last part of a.b.c, not the first
    mp_obj_t module = mp_import_name(mp_obj_str_get_qstr(module_name), fromlist, MP_OBJ_NEW_SMALL_INT(0));
    if (function_name == mp_const_none) {
        return MP_OBJ_NULL;
    }
    return mp_load_attr(module, mp_obj_str_get_qstr(function_name));
}

static bool uses_asyncio(void) {
    return mp_map_lookup(&MP_STATE_VM(mp_loaded_modules_dict).map, MP_OBJ_NEW_QSTR(MP_QSTR_asyncio), MP_MAP_LOOKUP)
        != NULL;
}

static mp_obj_t in_store(qstr function, mp_obj_t argument) {
    mp_obj_t store = mp_import_name(MP_QSTR__store, mp_const_none, MP_OBJ_NEW_SMALL_INT(0));
    return mp_call_function_1(mp_load_attr(store, function), argument);
}

// Only here, so that an actor needs no module for it.
static void mount(mp_obj_t files) {
    mp_obj_t args[] = {
        in_store(MP_QSTR_Store, files), MP_OBJ_NEW_QSTR(MP_QSTR__slash_), MP_OBJ_NEW_QSTR(MP_QSTR_readonly),
        mp_const_true,
    };
    mp_call_function_n_kw(MP_OBJ_FROM_PTR(&mp_vfs_mount_obj), 2, 1, args);
}

enum { START_MODULE, START_FUNCTION, START_ARGS, START_FILES, START_CAPS, START_PARTS };

static mp_obj_t start_of(isolate_t *isolate) {
    if (isolate->first_program == NULL) {
        return take_start(isolate->actor);
    }
    const mp_obj_t *known = known_of(mp_obj_new_str_from_cstr(isolate->first_program));
    const mp_obj_t parts[START_PARTS] = {
        known[KNOWN_MODULE], known[KNOWN_FUNCTION], mp_const_empty_tuple, mp_const_none, mp_const_none,
    };
    return mp_obj_new_tuple(START_PARTS, parts);
}

static void run_program(isolate_t *isolate) {
    mp_obj_t *start;
    mp_obj_get_array_fixed_n(start_of(isolate), START_PARTS, &start);
    if (start[START_FILES] != mp_const_none) {
        mount(start[START_FILES]);
    }
    if (start[START_CAPS] != mp_const_none) {
        caps_set_objects(start[START_CAPS]);
    }
    mp_obj_t function = find_program(start[START_MODULE], start[START_FUNCTION]);
    if (PORT_TINY) {
        gc_collect(); // its module was compiled, perhaps
    }
    if (function == MP_OBJ_NULL) {
        return;
    }
    size_t n_args;
    mp_obj_t *args;
    mp_obj_get_array(start[START_ARGS], &n_args, &args);
    mp_obj_t result = mp_call_function_n_kw(function, n_args, 0, args);
    if (!mp_obj_is_type(result, &mp_type_gen_instance)) {
        return;
    }
    if (uses_asyncio()) {
        mp_obj_t asyncio = mp_import_name(MP_QSTR_asyncio, mp_const_none, MP_OBJ_NEW_SMALL_INT(0));
        mp_call_function_1(mp_load_attr(asyncio, MP_QSTR_run), result);
        return;
    }
    MP_STATE_VM(actor_coroutine) = result;
}

void vmactor_init(void) {
    mp_init();
    mp_obj_list_append(mp_sys_path, MP_OBJ_NEW_QSTR(MP_QSTR__slash_lib));
}

static void begin(isolate_t *isolate) {
    size_t head = (sizeof(isolate_t) + MICROPY_BYTES_PER_GC_BLOCK - 1) & ~(size_t)(MICROPY_BYTES_PER_GC_BLOCK - 1);
    gc_init((char *)isolate + head, (char *)isolate + isolate->first_bytes);
    mp_init();
    isolate->has_begun = true;
    run_program(isolate);
}

// --- a step

static rt_result_t resume(isolate_t *isolate) {
    if (MP_STATE_VM(actor_coroutine) == MP_OBJ_NULL) {
        gc_sweep_all(); // closes what is open
        return RT_DONE;
    }
    isolate->in_coroutine = true;
    isolate->is_waiting = false;
    isolate->rest_until_ns = RT_FOREVER;
    mp_obj_t result;
    mp_vm_return_kind_t kind = mp_obj_gen_resume(MP_STATE_VM(actor_coroutine), mp_const_none, MP_OBJ_NULL, &result);
    isolate->in_coroutine = false;
    if (kind == MP_VM_RETURN_EXCEPTION) {
        nlr_raise(result);
    }
    if (kind == MP_VM_RETURN_NORMAL) {
        gc_sweep_all();
        return RT_DONE;
    }
    if (!isolate->is_waiting) {
        return RT_AGAIN; // a bare yield
    }
    if (PORT_TINY && !isolate->has_rested) {
        isolate->has_rested = true;
        gc_collect(); // from here the stack keeps nothing alive
    }
    if (isolate->rest_until_ns != RT_FOREVER) {
        rt_rest_until(isolate->actor, isolate->rest_until_ns);
    }
    return RT_REST;
}

static MP_NOINLINE rt_result_t step_below(isolate_t *isolate, char *top) {
    void *bottom, *all;
    rt_stack_bounds(isolate->actor, &bottom, &all);
    mp_cstack_init_with_top(top, top - (char *)bottom);
    nlr_buf_t nlr;
    if (nlr_push(&nlr) != 0) {
        die_of(MP_OBJ_FROM_PTR(nlr.ret_val));
    }
    if (!isolate->has_begun) {
        begin(isolate);
    }
    rt_result_t result = resume(isolate);
    nlr_pop();
    scratch_line_end();
    return result;
}

// For the collector the stack ends here, below the scratch memory, whose addresses keep nothing alive.
static MP_NOINLINE rt_result_t step_here(isolate_t *isolate) {
    rt_result_t result = step_below(isolate, __builtin_frame_address(0));
    __atomic_signal_fence(__ATOMIC_SEQ_CST); // no tail call: this frame stays
    return result;
}

static rt_result_t step(rt_actor_t *self) {
    isolate_t *isolate = rt_arg(self);
    isolate_scratch_t scratch;
    scratch.aside.len = 0;
    scratch.aside.bytes = 0;
    scratch.line_len = 0;
    isolate->scratch = &scratch;
    isolate->actor = self;
    vmstate_set(&isolate->ctx);
    rt_result_t result = step_here(isolate);
    isolate->scratch = NULL;
    return result;
}

// --- spawning

static const rt_program_t program = {step, destroy};

// In nopreempt. NULL: no memory.
static isolate_t *isolate_bare(size_t quota_bytes, uint8_t rights) {
    isolate_t *isolate = rt_alloc(VMACTOR_FIRST_BYTES);
    if (isolate != NULL) {
        memset(isolate, 0, sizeof(isolate_t));
        isolate->first_bytes = VMACTOR_FIRST_BYTES;
        isolate->quota_bytes = MAX(quota_bytes, VMACTOR_FIRST_BYTES);
        isolate->used_bytes = VMACTOR_FIRST_BYTES;
        isolate->rights = rights;
    }
    return isolate;
}

// In nopreempt. NULL: no memory, here or in the account.
static isolate_t *isolate_new(const vmactor_spawn_t *spawn) {
    isolate_t *isolate = isolate_bare(spawn->quota_bytes, spawn->caps.rights);
    if (isolate == NULL) {
        return NULL;
    }
    if (!isolate_account_join(isolate, VMACTOR_FIRST_BYTES + spawn->options.mailbox_bytes / 8)) {
        rt_free(isolate, VMACTOR_FIRST_BYTES);
        return NULL;
    }
    return isolate;
}

static void isolate_unmake(isolate_t *isolate) {
    isolate_account_leave(isolate);
    rt_free(isolate, VMACTOR_FIRST_BYTES);
}

// The files of the modules that are not in the image; None if there are none. modules may be the files themselves,
// which the spawner then need not have where it imports from.
static mp_obj_t files_of(const mp_obj_t *program, mp_obj_t modules) {
    if (mp_obj_is_type(modules, &mp_type_dict)) {
        return modules;
    }
    if (program[KNOWN_IN_IMAGE] == mp_const_true && modules == mp_const_none) {
        return mp_const_none;
    }
    mp_obj_t names = mp_obj_new_list(0, NULL);
    if (program[KNOWN_IN_IMAGE] != mp_const_true) {
        mp_obj_list_append(names, program[KNOWN_MODULE]);
    }
    if (modules != mp_const_none) {
        mp_obj_t iterator = mp_getiter(modules, NULL);
        for (mp_obj_t one = mp_iternext(iterator); one != MP_OBJ_STOP_ITERATION; one = mp_iternext(iterator)) {
            if (!is_named_in_image(one)) {
                mp_obj_list_append(names, one);
            }
        }
    }
    return mp_obj_is_true(names) ? in_store(MP_QSTR_collect, names) : mp_const_none;
}

int vmactor_spawn(const vmactor_spawn_t *spawn, rt_ref_t *out, uint64_t *monitor_id) {
    rt_actor_t *self = isolate_cur()->actor;
    const mp_obj_t *known = known_of(spawn->program);
    mp_obj_t module = known[KNOWN_MODULE], function = known[KNOWN_FUNCTION]; // files_of() runs Python, which may spawn
    const mp_obj_t parts[START_PARTS] = {
        module, function, spawn->args, files_of(known, spawn->modules), spawn->caps.objects,
    };
    rt_msg_t *start = message_encode(mp_obj_new_tuple(START_PARTS, parts));
    start->code = START_MARK;
    int result = -MP_ENOMEM;
    isolate_nopreempt_enter();
    isolate_t *isolate = isolate_new(spawn);
    if (isolate != NULL) {
        rt_options_t options = spawn->options;
        options.first = start;
        message_moves(start);
        result = rt_spawn(self, &program, isolate, &options, out, monitor_id);
    }
    if (result != 0) {
        if (isolate != NULL) {
            message_stays(start);
            isolate_unmake(isolate);
        }
        rt_msg_free(self, start);
    }
    isolate_nopreempt_leave();
    return result;
}

int vmactor_spawn_first(rt_actor_t *self, const char *program_name, const char *name, rt_ref_t *out) {
    rt_options_t options = RT_OPTIONS;
    options.name = name;
    options.link = true;
    uint64_t monitor_id;
    int result = -MP_ENOMEM;
    rt_nopreempt_enter(self);
    isolate_t *isolate = isolate_bare(FIRST_QUOTA_BYTES, RIGHTS_TO_GIVE);
    if (isolate != NULL) {
        isolate->first_program = program_name;
        result = rt_spawn(self, &program, isolate, &options, out, &monitor_id);
        if (result != 0) {
            rt_free(isolate, VMACTOR_FIRST_BYTES);
        }
    }
    rt_nopreempt_leave(self);
    return result;
}
