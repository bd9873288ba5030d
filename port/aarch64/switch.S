// SPDX-License-Identifier: MIT
// The switch between two C stacks. A context, from its stack pointer up, in stack.c's order:
// x29, x30, x19 .. x28, FPCR. No vector register is callee-saved in this kernel (arch.mk).

#define CONTEXT_BYTES (112)

    .text
    // void hal_stack_switch(void **save_sp, void *to_sp)
    .global hal_stack_switch
hal_stack_switch:
    stp     x29, x30, [sp, #-CONTEXT_BYTES]!
    mrs     x2, fpcr
    mov     x3, sp
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
    str     x2, [sp, #96]
    str     x3, [x0]
    mov     sp, x1
    ldr     x2, [sp, #96]
    ldp     x19, x20, [sp, #16]
    ldp     x21, x22, [sp, #32]
    ldp     x23, x24, [sp, #48]
    ldp     x25, x26, [sp, #64]
    ldp     x27, x28, [sp, #80]
    msr     fpcr, x2
    ldp     x29, x30, [sp], #CONTEXT_BYTES
    ret

    // Where a made context returns to: x19 is its function, x20 the argument.
    .global a64_stack_first
a64_stack_first:
    mov     x0, x20
    mov     x30, xzr
    blr     x19
    brk     #0
