// SPDX-License-Identifier: MIT
// A CPU exception in the VM's C code ends the VM: the running program's calls and one line that
// says what happened go to the console, then main.c starts a fresh VM.
// The landing runs on the top of the VM's own stack, in the room that main.c leaves there, so the
// frames of what was ended stay to be read. Reading them is an activation of its own: where they
// are damaged, the traceback ends early. A fault anywhere else in here is the machine's end.
#include "shared/runtime/interrupt_char.h"

#include "hal/cpu.h"
#include "hal/fault.h"
#include "hal/irq.h"
#include "port/common/common.h"

enum { CALLS_MAX = 8 };

extern int mp_interrupt_char;

static fault_activation_t running, reading;
static hal_fault_t ended_by; // its registers are gone once something else has landed
static void (*restart_vm)(void);

static void finish(void *arg, const hal_fault_t *fault) {
    vmstate_set(arg);
    if (fault != NULL) { // a second one: the frames of the VM could not be read
        hal_irq_restore(0);
        fault_say("  (the rest is damaged)\r\n");
    }
    fault_set_activation(NULL);
    fault_say("CPUFault: ");
    fault_say_what(&ended_by, &running);
    fault_say("; the VM was restarted\r\n");
    restart_vm();
}

// An overflow leaves the stack pointer below the stack; a wild one can be anywhere.
static uintptr_t readable_sp(void) {
    uintptr_t sp = ended_by.sp & ~(uintptr_t)(sizeof(uintptr_t) - 1);
    return sp < running.stack_bottom || sp > running.stack_top ? running.stack_bottom : sp;
}

static void land(void *arg, const hal_fault_t *fault) {
    vmstate_set(arg); // nothing of what was interrupted is in a register
    ended_by = *fault;
    mp_interrupt_char = -1; // or the console's interrupt would raise an exception in the dead VM
    hal_irq_restore(0);
    fault_trigger_here(FAULT_LANDING);
    rawrepl_fault(false);
    fault_say("Traceback (most recent call last):\r\n");
    fault_set_activation(&reading);
    uintptr_t sp = readable_sp();
    vmtrace_say(sp, running.stack_top);
    fault_say("  in C, return address candidates");
    fault_say_calls(sp, running.stack_top, CALLS_MAX, " ");
    fault_say("\r\n");
    finish(arg, NULL);
}

void vmfault_arm(const void *stack_bottom, const void *stack_top, void (*restart)(void)) {
    void *boot_bottom, *boot_top;
    hal_cpu_boot_stack(&boot_bottom, &boot_top);
    running = (fault_activation_t) {
        .land = land, .arg = vmstate_get(), .landing_top = (uintptr_t)boot_top,
        .stack_bottom = (uintptr_t)stack_bottom, .stack_top = (uintptr_t)stack_top,
    };
    reading = running;
    reading.land = finish;
    restart_vm = restart;
    fault_set_activation(&running);
}

void vmfault_disarm(void) {
    fault_set_activation(NULL);
}
