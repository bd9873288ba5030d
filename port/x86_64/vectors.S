// SPDX-License-Identifier: MIT
// The 256 interrupt vectors, and the capture of callee-saved registers.
// Exceptions 0-31 save every register in the order of fault.c's x86_frame_t.
// Interrupts run on a stack of the core's own (IST 3) and save what C may clobber, SSE included:
// handlers are ordinary C. Only when the runtime wants to switch does the frame move to the stack
// that was interrupted, after the interrupt has been acknowledged: an overflow there costs no more
// than that stack.

        .text

// One 16-byte slot per vector: push an error code where the CPU does not, then the vector.
        .balign 16
        .global x86_vectors
x86_vectors:
        .set vector, 0
        .rept 256
        .balign 16
        .if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21)
        pushq $0
        .endif
        pushq $vector
        .if vector < 32
        jmp exception
        .else
        jmp interrupt
        .endif
        .set vector, vector + 1
        .endr

exception:
        pushq %r15
        pushq %r14
        pushq %r13
        pushq %r12
        pushq %r11
        pushq %r10
        pushq %r9
        pushq %r8
        pushq %rbp
        pushq %rdi
        pushq %rsi
        pushq %rdx
        pushq %rcx
        pushq %rbx
        pushq %rax
        cld
        movq %rsp, %rdi
        movq %rsp, %rbx
        andq $-16, %rsp
        call x86_exception
        movq %rbx, %rsp
        popq %rax
        popq %rbx
        popq %rcx
        popq %rdx
        popq %rsi
        popq %rdi
        popq %rbp
        popq %r8
        popq %r9
        popq %r10
        popq %r11
        popq %r12
        popq %r13
        popq %r14
        popq %r15
        addq $16, %rsp          // vector and error code
        iretq

interrupt:
        pushq %rax
        pushq %rcx
        pushq %rdx
        pushq %rsi
        pushq %rdi
        pushq %r8
        pushq %r9
        pushq %r10
        pushq %r11
        pushq %rbp
        movq %rsp, %rbp
        movl 80(%rbp), %edi     // the vector, above ten registers
        subq $512, %rsp
        andq $-16, %rsp
        fxsave64 (%rsp)
        cld
        call x86_interrupt
        testb %al, %al
        fxrstor64 (%rsp)
        jnz interrupt_exit
interrupt_return:
        movq %rbp, %rsp
        popq %rbp
        popq %r11
        popq %r10
        popq %r9
        popq %r8
        popq %rdi
        popq %rsi
        popq %rdx
        popq %rcx
        popq %rax
        addq $16, %rsp          // vector and error code
        iretq

// The interrupted code's stack, from its stack pointer down: 17 words as above, 512 bytes for SSE
// and the x87, aligned to 16.
        .global x86_interrupt_exit
x86_interrupt_exit:
interrupt_exit:
        movq 120(%rbp), %rax    // rsp of the interrupted code
        subq $17 * 8 + 512, %rax
        andq $-16, %rax
        fxsave64 (%rax)
        leaq 512(%rax), %rdi
        movq %rbp, %rsi
        movq %rdi, %rbp
        movl $17, %ecx
        rep movsq
        movq %rax, %rsp
        .global x86_interrupt_moved
x86_interrupt_moved:
        call rt_on_irq_exit
        fxrstor64 (%rsp)
        jmp interrupt_return

// void hal_cpu_with_saved_regs(void (*fn)(void *sp, void *arg), void *arg)
        .global hal_cpu_with_saved_regs
hal_cpu_with_saved_regs:
        pushq %rbx
        pushq %rbp
        pushq %r12
        pushq %r13
        pushq %r14
        pushq %r15
        movq %rdi, %rax
        movq %rsp, %rdi
        subq $8, %rsp           // the call leaves the stack 16-byte aligned
        call *%rax
        addq $8, %rsp
        popq %r15
        popq %r14
        popq %r13
        popq %r12
        popq %rbp
        popq %rbx
        ret

        .section .note.GNU-stack, "", @progbits
