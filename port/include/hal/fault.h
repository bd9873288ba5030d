// SPDX-License-Identifier: MIT
// A CPU exception, described without knowing the architecture. The port's exception entry fills one
// in and hands it to fault_report(), which prints and stops the machine.
#ifndef HAL_FAULT_H
#define HAL_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    const char *what;               // "page fault", "divide error"
    uintptr_t pc, sp;
    uintptr_t addr;                 // the address that faulted, if has_addr
    bool has_addr;
    unsigned n_regs;
    const char *const *reg_names;
    const uintptr_t *regs;
} hal_fault_t;

// Instructions that fault on purpose, for tests of the path above.
typedef enum {
    HAL_FAULT_DIVIDE,      // integer division by zero; where the CPU does not trap it: -ENOTSUP
    HAL_FAULT_NULL_READ,
    HAL_FAULT_WILD_WRITE,  // to an address that no memory backs
    HAL_FAULT_CODE_WRITE,  // to the kernel's own code
    HAL_FAULT_ILLEGAL,     // an undefined instruction
    HAL_FAULT_STACK,       // recursion in C until the guard
} hal_fault_kind_t;

// Does not return if the CPU traps it; -ENOTSUP where it cannot.
int hal_fault_trigger(hal_fault_kind_t kind);

// Implemented by port/common.
void fault_report(const hal_fault_t *fault) __attribute__((noreturn));
void panic(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
