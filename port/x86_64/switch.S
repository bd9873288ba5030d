// SPDX-License-Identifier: MIT
// The switch between two C stacks. A context, from its stack pointer up, in stack.c's order:
// MXCSR and x87 control word, r15, r14, r13, r12, rbp, rbx, return address.

        .text
// void hal_stack_switch(void **save_sp, void *to_sp)
        .global hal_stack_switch
hal_stack_switch:
        pushq %rbx
        pushq %rbp
        pushq %r12
        pushq %r13
        pushq %r14
        pushq %r15
        subq $8, %rsp
        stmxcsr (%rsp)
        fnstcw 4(%rsp)
        movq %rsp, (%rdi)
        movq %rsi, %rsp
        ldmxcsr (%rsp)
        fldcw 4(%rsp)
        addq $8, %rsp
        popq %r15
        popq %r14
        popq %r13
        popq %r12
        popq %rbp
        popq %rbx
        ret

// Where a made context returns to: r12 is its function, r13 the argument.
        .global x86_stack_first
x86_stack_first:
        movq %r13, %rdi
        xorl %ebp, %ebp
        call *%r12
        ud2

        .section .note.GNU-stack, "", @progbits
