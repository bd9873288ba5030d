// SPDX-License-Identifier: MIT
// The module _mpyfuzz of the build for the address sanitizer: makes .mpy files, and loads and runs
// them one after another in the process. tests/fuzz/mpy_files drives it.
//
//   make(seed, number, corpus)  the file, as bytes; corpus: () to generate, or files to change
//   run(seed, first, count, corpus, make_globals, marks)
//                               -> how many were refused, raised, ran, interrupted, aborted
//
// A program that runs for long is interrupted, and one that catches that is aborted.
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include "py/gc.h"
#include "py/mphal.h"
#include "py/persistentcode.h"
#include "py/runtime.h"

#include "tests/fuzz/mpy/make.h"
#include "vm_ext/isolate/isolate.h"

enum { REFUSED, RAISED, RAN, INTERRUPTED, ABORTED, N_OUTCOMES };
enum { CORPUS_MAX = 512, TICK_US = 20000, INTERRUPTS = 4 };

static made_t made;
static source_t corpus[CORPUS_MAX];
static volatile int ticks;

static isolate_t *watched;

// The signal may come while a library uses the register that the VM's state is in.
static void on_tick(int number) {
    (void)number;
    if (++ticks > INTERRUPTS) {
        watched->ctx.vm.vm_abort = true;
    }
    if (ticks > 1) {
        isolate_interrupt(watched);
    }
}

static void watch(bool on) {
    struct timeval tick = { .tv_usec = on ? TICK_US : 0 };
    struct itimerval every = { tick, tick };
    ticks = 0;
    watched = isolate_cur();
    signal(SIGVTALRM, on_tick);
    setitimer(ITIMER_VIRTUAL, &every, NULL);
}

static void make_file(uint64_t seed, uint64_t number, size_t n_corpus) {
    static const uint8_t times[] = { 1, 1, 1, 2, 3, 8 };
    made_begin(&made, seed, number);
    unsigned changes = times[made_random(&made, sizeof(times))];
    if (n_corpus == 0) {
        made_generate(&made);
        changes = made_random(&made, 2) ? 0 : changes;
    } else {
        made_copy(&made, corpus, n_corpus);
    }
    made_change(&made, changes);
}

static size_t take_corpus(mp_obj_t files) {
    size_t n;
    mp_obj_t *items;
    mp_obj_get_array(files, &n, &items);
    n = MIN(n, CORPUS_MAX);
    for (size_t i = 0; i < n; i++) {
        mp_buffer_info_t info;
        mp_get_buffer_raise(items[i], &info, MP_BUFFER_READ);
        corpus[i] = (source_t) { info.buf, info.len };
    }
    return n;
}

static bool starts_with(mp_obj_t exception, const char *text) {
    mp_obj_t args = mp_load_attr(exception, MP_QSTR_args);
    size_t n;
    mp_obj_t *items;
    mp_obj_get_array(args, &n, &items);
    return n == 1 && mp_obj_is_str(items[0])
           && strncmp(mp_obj_str_get_str(items[0]), text, strlen(text)) == 0;
}

static int outcome_of(mp_obj_t exception) {
    const mp_obj_type_t *type = mp_obj_get_type(exception);
    if (type == &mp_type_KeyboardInterrupt) {
        return INTERRUPTED;
    }
    bool refused = type == &mp_type_ValueError
        && (starts_with(exception, "bad .mpy") || starts_with(exception, "incompatible")
            || starts_with(exception, "native"));
    return refused ? REFUSED : RAISED;
}

static void execute(mp_obj_dict_t *globals) {
    mp_module_context_t *context = m_new_obj(mp_module_context_t);
    context->module.base.type = &mp_type_module;
    context->module.globals = globals;
    mp_compiled_module_t module = { .context = context };
    mp_raw_code_load_mem(made.bytes, made.len, &module);
    mp_obj_t function = mp_make_function_from_proto_fun(module.rc, module.context, NULL);
    mp_globals_set(globals);
    mp_locals_set(globals);
    mp_call_function_0(function);
}

// volatile: both are changed between nlr_push() and its second return.
static int run_one(mp_obj_t make_globals) {
    volatile int outcome = RAN;
    mp_obj_dict_t *globals = MP_OBJ_TO_PTR(mp_call_function_0(make_globals));
    mp_obj_dict_t *old_globals = mp_globals_get(), *old_locals = mp_locals_get();
    nlr_buf_t nlr, stop;
    if (nlr_push(&stop) == 0) {
        nlr_set_abort(&stop);
        ticks = 0;
        if (nlr_push(&nlr) == 0) {
            execute(globals);
            nlr_pop();
        } else {
            outcome = outcome_of(MP_OBJ_FROM_PTR(nlr.ret_val));
        }
        nlr_pop();
    } else {
        outcome = stop.ret_val == NULL ? ABORTED : RAISED;
    }
    // Ticks that came too late.
    nlr_set_abort(NULL);
    MP_STATE_VM(vm_abort) = false;
    MP_STATE_THREAD(mp_pending_exception) = MP_OBJ_NULL;
    mp_globals_set(old_globals);
    mp_locals_set(old_locals);
    return outcome;
}

static mp_obj_t fuzz_make(mp_obj_t seed, mp_obj_t number, mp_obj_t files) {
    make_file(mp_obj_get_int(seed), mp_obj_get_int(number), take_corpus(files));
    return mp_obj_new_bytes(made.bytes, made.len);
}
static MP_DEFINE_CONST_FUN_OBJ_3(fuzz_make_obj, fuzz_make);

static mp_obj_t fuzz_run(size_t n_args, const mp_obj_t *args) {
    (void)n_args;
    mp_int_t seed = mp_obj_get_int(args[0]);
    mp_int_t first = mp_obj_get_int(args[1]), count = mp_obj_get_int(args[2]);
    size_t n_corpus = take_corpus(args[3]);
    bool marks = mp_obj_is_true(args[5]);
    mp_obj_t outcomes[N_OUTCOMES] = { [0 ... N_OUTCOMES - 1] = MP_OBJ_NEW_SMALL_INT(0) };
    watch(true);
    for (mp_int_t i = first; i < first + count; i++) {
        make_file(seed, i, n_corpus);
        if (marks) {
            mp_printf(&mp_plat_print, "\n@@ %d\n", (int)i);
        }
        int outcome = run_one(args[4]);
        outcomes[outcome] = MP_OBJ_NEW_SMALL_INT(MP_OBJ_SMALL_INT_VALUE(outcomes[outcome]) + 1);
    }
    watch(false);
    return mp_obj_new_tuple(N_OUTCOMES, outcomes);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(fuzz_run_obj, 6, 6, fuzz_run);

static const mp_rom_map_elem_t fuzz_globals_table[] = {
    { MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR__mpyfuzz) },
    { MP_ROM_QSTR(MP_QSTR_make), MP_ROM_PTR(&fuzz_make_obj) },
    { MP_ROM_QSTR(MP_QSTR_run), MP_ROM_PTR(&fuzz_run_obj) },
};
static MP_DEFINE_CONST_DICT(fuzz_globals, fuzz_globals_table);

const mp_obj_module_t fuzz_module = {
    .base = { &mp_type_module },
    .globals = (mp_obj_dict_t *)&fuzz_globals,
};
MP_REGISTER_MODULE(MP_QSTR__mpyfuzz, fuzz_module);
