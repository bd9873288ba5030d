// SPDX-License-Identifier: MIT
// From the port's start code to the prompt, and round again at each soft reset.
// Invariant: what outlives a soft reset (the RAM disk, the clock) does not live in the VM's heap.
#include "py/builtin.h"
#include "py/compile.h"
#include "py/cstack.h"
#include "py/gc.h"
#include "py/mperrno.h"
#include "py/mphal.h"
#include "py/runtime.h"
#include "shared/readline/readline.h"
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
#include "vm_ext/isolate/scratch.h"

#define EMERGENCY_BYTES (256) // for exceptions when the heap is full

#ifndef SMP_MAX_CORES
#define SMP_MAX_CORES (64)
#endif

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

static void run_startup_files(void) {
    pyexec_frozen_module("_boot.py", false);
    int ret = pyexec_file_if_exists("boot.py");
    if (!(ret & PYEXEC_FORCED_EXIT) && pyexec_mode_kind == PYEXEC_MODE_FRIENDLY_REPL) {
        pyexec_file_if_exists("main.py");
    }
}

static void run_repl(void) {
    for (;;) {
        bool raw = pyexec_mode_kind == PYEXEC_MODE_RAW_REPL;
        int ret = raw ? pyexec_raw_repl() : pyexec_friendly_repl();
        if (ret != 0) {
            return;
        }
    }
}

static void run_vm(void *stack_bottom, void *stack_top) {
    mp_cstack_init_with_top(stack_top, (char *)stack_top - (char *)stack_bottom);
    vmheap_init();
    mp_init();
    mp_obj_list_append(mp_sys_path, MP_OBJ_NEW_QSTR(MP_QSTR__slash_lib));
    mp_alloc_emergency_exception_buf(MP_OBJ_NEW_SMALL_INT(EMERGENCY_BYTES));
    readline_init0();
    run_startup_files();
    if (prompt_ns == 0) {
        prompt_ns = hal_time_ns();
    }
    run_repl();
    mp_hal_stdout_tx_str("MPY: soft reboot\r\n");
    gc_sweep_all();
    mp_deinit();
    vmheap_release();
}

void common_main(void) {
    void *stack_bottom, *stack_top;
    hal_cpu_boot_stack(&stack_bottom, &stack_top);
    hal_smp_start(SMP_MAX_CORES); // first: the port takes the cores' stacks from RAM
    ram_init();
    vmstate_set(&root_isolate.ctx);
    root_isolate.scratch = &root_scratch;
    console_isolate = &root_isolate; // before input can arrive
    hal_console_start();
    hal_irq_restore(0);
    for (;;) {
        run_vm(stack_bottom, stack_top);
    }
}

void nlr_jump_fail(void *val) {
    panic("main.c: exception %p with no handler", val);
}

#ifndef NDEBUG
void __assert_fail(const char *expr, const char *file, unsigned line, const char *func) {
    panic("%s:%u: assertion '%s' failed in %s", file, line, expr, func);
}
#endif
