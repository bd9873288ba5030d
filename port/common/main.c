// SPDX-License-Identifier: MIT
// From the port's start code to the prompt, and round again at each soft reset and after a CPU
// exception in the VM (where there are actors: in a new one). After one of those the start-up file
// that took it, and those that follow it, are not run.
// Invariants: what outlives a VM (the RAM disk, the clock) does not live in its heap. All state of
// a VM is its isolate, cleared before each, and what gc_init() and mp_init() set.
#include "py/builtin.h"
#include "py/compile.h"
#include "py/cstack.h"
#include "py/gc.h"
#include "py/mperrno.h"
#include "py/mphal.h"
#include "py/runtime.h"
#include "shared/readline/readline.h"
#include "shared/runtime/interrupt_char.h"
#include "shared/runtime/pyexec.h"

#include "port/common/common.h"
#include "hal/board.h"
#include "hal/console.h"
#include "hal/cpu.h"
#include "hal/fault.h"
#include "hal/irq.h"
#include "hal/mem.h"
#include "hal/smp.h"
#include "hal/time.h"
#include "vm_ext/isolate/isolate.h"
#include "vm_ext/isolate/rights.h"
#include "vm_ext/isolate/scratch.h"
#include "vm_ext/modactor/mail.h"

#define EMERGENCY_BYTES (256) // for exceptions when the heap is full

const char antaresia_help_text[] =
    "Antaresia: MicroPython is the kernel of this machine.\n"
    "\n"
    "  help('modules')             what can be imported\n"
    "  import antaresia            antaresia.info(), antaresia.power_off()\n"
    "  import machine              machine.reset(), machine.RTC()\n"
    "\n"
    "Ctrl-A raw REPL, Ctrl-B this REPL, Ctrl-C interrupt, Ctrl-D soft reset, Ctrl-E paste mode.\n"
    "Files live at /, in flash where the board has some, else in RAM; a soft reset keeps them.\n";

static uint64_t prompt_ns;

uint64_t common_prompt_ns(void) {
    return prompt_ns;
}

// --- the VM

static isolate_t root_isolate;
static isolate_scratch_t root_scratch;

static enum { IN_FROZEN_BOOT, IN_BOOT, IN_MAIN, AT_PROMPT } stage;

bool common_at_prompt(void) {
    return stage == AT_PROMPT;
}

static void run_startup_files(int last) {
    if (last < IN_BOOT) {
        return;
    }
    stage = IN_BOOT;
    int ret = pyexec_file_if_exists("boot.py");
    bool friendly = pyexec_mode_kind == PYEXEC_MODE_FRIENDLY_REPL;
    if (last >= IN_MAIN && friendly && !(ret & PYEXEC_FORCED_EXIT)) {
        stage = IN_MAIN;
        pyexec_file_if_exists("main.py");
    }
}

// Outside of programs an exception is raised where a line, or a program that arrives, has no room.
static int repl(bool raw) {
    nlr_buf_t nlr;
    if (nlr_push(&nlr) == 0) {
        int ret = raw ? pyexec_raw_repl() : pyexec_friendly_repl();
        nlr_pop();
        return ret;
    }
    readline_init0(); // its history is what a full heap can spare
    rawrepl_fault(false);
    mp_obj_print_exception(&mp_plat_print, MP_OBJ_FROM_PTR(nlr.ret_val));
    return 0;
}

static void run_repl(void) {
    stage = AT_PROMPT;
    int ret;
    do {
        MP_STATE_THREAD(gc_lock_depth) = 0; // as a program may have left it
        ret = repl(pyexec_mode_kind == PYEXEC_MODE_RAW_REPL);
    } while (ret == 0);
}

static rt_reason_t last_end = RT_NORMAL; // of the last shell, until somebody has told of it

static void tell_last_end(void) {
    if (last_end != RT_NORMAL) {
        rawrepl_fault(false);
        const char *reason = qstr_str(actor_reason(last_end));
        fault_say("The shell has ended: %s; it was started again\r\n", reason);
        last_end = RT_NORMAL;
    }
}

// No nlr_buf_t outlives this.
static void clear_isolate(void) {
    hal_irq_state_t state = hal_irq_disable(); // Ctrl-C writes there too
    root_isolate = (isolate_t) {
        .scratch = &root_scratch, .actor = root_isolate.actor, .quota_bytes = SIZE_MAX,
        .rights = RIGHTS_ALL,
    };
    hal_irq_restore(state);
}

static void begin_vm(char *stack_bottom, char *stack_top) {
    stage = IN_FROZEN_BOOT;
    mp_cstack_init_with_top(stack_top, stack_top - stack_bottom);
    vmheap_init();
    mp_init();
    mp_obj_list_append(mp_sys_path, MP_OBJ_NEW_QSTR(MP_QSTR__slash_lib));
    mp_alloc_emergency_exception_buf(MP_OBJ_NEW_SMALL_INT(EMERGENCY_BYTES));
    readline_init0();
    // A fault in here is not caught: it would come again.
    pyexec_frozen_module("_boot.py", false);
}

static void run_vm(char *stack_bottom, char *stack_top, int last_file) {
    begin_vm(stack_bottom, stack_top);
    tell_last_end();
    run_startup_files(last_file);
    if (prompt_ns == 0) {
        prompt_ns = hal_time_ns();
    }
    run_repl();
    mp_hal_stdout_tx_str("MPY: soft reboot\r\n");
    gc_sweep_all();
    mp_deinit();
    vmheap_release();
}

static int last_file_after_fault(void) {
    return stage == AT_PROMPT ? IN_BOOT : stage - 1;
}

void common_main(void) {
    hal_smp_start(SMP_MAX_CORES); // first: the port takes the cores' stacks from RAM
    ram_init();
    vmstate_set(&root_isolate.ctx);
    console_isolate = &root_isolate; // before input can arrive
    hal_console_start();
    hal_irq_restore(0);
    actors_run();
}

static int next_last_file = IN_MAIN;

// Once: a soft reset ends the shell, and its supervisor starts it again.
void shell_run(rt_actor_t *self, void *stack_bottom, void *stack_top) {
    root_isolate.actor = self;
    vmstate_set(&root_isolate.ctx);
    int last_file = next_last_file;
    next_last_file = IN_MAIN;
    clear_isolate();
    mp_hal_set_interrupt_char(-1); // the last shell may have been ended while it was set
    run_vm(stack_bottom, stack_top, last_file);
}

void shell_ended(unsigned reason) {
    if (reason != RT_NORMAL) {
        next_last_file = last_file_after_fault();
        last_end = reason == RT_FAULT ? RT_NORMAL : reason; // a fault has been told of as it landed
    }
}

// An exception that nobody catches ends the actor, unless it is in the middle of what others use.
void nlr_jump_fail(void *val) {
    rt_actor_t *self = isolate_cur() == NULL ? NULL : isolate_cur()->actor;
    if (self != NULL && ((struct rt_head *)self)->nopreempt == 0) {
        const mp_obj_type_t *type = mp_obj_get_type(MP_OBJ_FROM_PTR(val));
        bool no_memory = mp_obj_is_subclass_fast(MP_OBJ_FROM_PTR(type),
            MP_OBJ_FROM_PTR(&mp_type_MemoryError));
        rt_exit(self, no_memory ? RT_NOMEM : RT_ERROR, NULL);
    }
    panic("main.c: exception %p with no handler", val);
}

#ifndef NDEBUG
void __assert_fail(const char *expr, const char *file, unsigned line, const char *func) {
    panic("%s:%u: assertion '%s' failed in %s", file, line, expr, func);
}
#endif
