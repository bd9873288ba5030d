// SPDX-License-Identifier: MIT
// A CPU exception, described without knowing the architecture, and what becomes of it: the code
// that took it is ended, if it runs in an activation, or the machine is.
//
// The port's exception entry runs on a stack of its own, fills in a hal_fault_t and calls
// fault_taken(). If that returns, the port abandons what was interrupted and goes on, on the same
// core, with landing->fn(landing->arg) on the stack that ends at landing->sp, with interrupts
// disabled. Nothing of what was interrupted is restored, and fn does not return.
#ifndef HAL_FAULT_H
#define HAL_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    HAL_ACCESS_UNKNOWN, HAL_ACCESS_READ, HAL_ACCESS_WRITE, HAL_ACCESS_EXEC,
} hal_access_t;

#define HAL_FAULT_REGS_MAX (40)

typedef struct {
    const char *what;               // "page fault", "divide error"
    uintptr_t pc, sp;
    uintptr_t addr;                 // the address that faulted, if has_addr
    bool has_addr;
    hal_access_t access;            // what was tried there
    // The instruction itself is to blame, a core executed it with interrupts enabled, and the port
    // can leave that code for good. False for all that a handler or a critical section does.
    bool interruptible;
    unsigned n_regs;                // at most HAL_FAULT_REGS_MAX
    const char *const *reg_names;
    const uintptr_t *regs;
} hal_fault_t;

typedef struct {
    void (*fn)(void *arg);
    void *arg;
    uintptr_t sp;                   // aligned to 16 bytes
} hal_landing_t;

// Faults on purpose, for tests of all this.
typedef enum {
    // By hal_fault_trigger():
    HAL_FAULT_DIVIDE,      // integer division by zero
    HAL_FAULT_ILLEGAL,     // an undefined instruction
    HAL_FAULT_UNALIGNED,   // a load from an odd address
    // By port/common, which fault_trigger() asks the port for the others:
    FAULT_NULL_READ,
    FAULT_NULL_WRITE,
    FAULT_NULL_CALL,
    FAULT_WILD_READ,       // of an address that no memory backs
    FAULT_WILD_WRITE,
    FAULT_CODE_WRITE,      // to the kernel's own code
    FAULT_CONST_WRITE,     // to its constants
    FAULT_DATA_CALL,       // a call of code in data
    FAULT_STACK,           // recursion in C until the guard
    FAULT_CRITICAL,        // with interrupts disabled
    FAULT_INTERRUPT,       // in an interrupt handler
    FAULT_LANDING,         // a second one, while the first is dealt with
} hal_fault_kind_t;

// Does not return if the CPU traps it; -ENOTSUP where it does not.
int hal_fault_trigger(hal_fault_kind_t kind);
int fault_trigger(hal_fault_kind_t kind);

// --- implemented by port/common

// What a core runs that a fault may end: a VM on a C stack.
typedef struct {
    // Called with interrupts disabled, no activation, and nothing to be relied on in registers
    // (vmstate_arch.h!); does not return. The fault and its registers lie on the landing stack.
    void (*land)(void *arg, const hal_fault_t *fault);
    void *arg;
    uintptr_t landing_top;          // where the stack ends that land() runs on
    uintptr_t stack_bottom;         // the C stack that is to be abandoned; it stays as it is
    uintptr_t stack_top;
} fault_activation_t;

// What this core runs from here on; NULL: what may not fault. The record is not copied.
void fault_set_activation(const fault_activation_t *activation);

// Called by the port with interrupts disabled. Returns where to go on, or ends the machine: without
// an activation, or if the fault is not interruptible.
void fault_taken(const hal_fault_t *fault, hal_landing_t *landing);

void panic(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
