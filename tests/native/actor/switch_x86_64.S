// SPDX-License-Identifier: MIT
// The switch between two C stacks, for the native tests: callee-saved registers only.
        .text
// void rig_switch(void **save_sp, void *to_sp)
        .global rig_switch
rig_switch:
        pushq %rbx
        pushq %rbp
        pushq %r12
        pushq %r13
        pushq %r14
        pushq %r15
        movq %rsp, (%rdi)
        movq %rsi, %rsp
        popq %r15
        popq %r14
        popq %r13
        popq %r12
        popq %rbp
        popq %rbx
        ret

// void *rig_make(void *top, void (*entry)(void *arg), void *arg)
        .global rig_make
rig_make:
        leaq first(%rip), %rax
        movq %rax, -8(%rdi)
        movq $0, -16(%rdi)
        movq $0, -24(%rdi)
        movq %rsi, -32(%rdi)
        movq %rdx, -40(%rdi)
        leaq -56(%rdi), %rax
        ret

// r12 is the entry, r13 its argument.
first:
        movq %r13, %rdi
        xorl %ebp, %ebp
        call *%r12
        ud2

        .section .note.GNU-stack, "", @progbits
