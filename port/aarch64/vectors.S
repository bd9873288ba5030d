// SPDX-License-Identifier: MIT
// Exception vectors. All C code runs on SP_EL0; the CPU switches to SP_EL1 by itself when it takes
// an exception, so an interrupt needs nothing of the interrupted stack, and a stack overflow is
// dealt with on a good one. Only when the runtime wants to switch does an interrupt's frame move to
// the interrupted stack, after the interrupt has ended: an overflow there is one of that stack. A
// fault on SP_EL1 (in a handler, or of that stack itself) is reported from the early stack, which
// nobody uses any more; it never returns.
// TPIDR_EL0 and TPIDRRO_EL0 are scratch here. The frames are known to fault.c.

#define IRQ_FRAME   (736)   // 208 for general registers, 512 for vectors, to a multiple of 32
#define FAULT_FRAME (288)

    .macro  slot target
    .balign 128
    b       \target
    .endm

    .text
    .balign 2048
    .global a64_vectors
a64_vectors:
    slot    sync_sp0
    slot    irq_sp0
    slot    a64_halt            // fast interrupts: only hal_smp_stop_others() sends one
    slot    serror_sp0
    slot    sync_spx
    slot    irq_spx
    slot    a64_stop
    slot    serror_spx
    .rept   8                   // lower levels: nothing runs there
    slot    irq_spx
    .endr

    // If this is a64_semihost()'s HLT that nobody answered, return -1 from it. Keeps all registers.
    .macro  skip_semihost
    msr     tpidr_el0, x0
    msr     tpidrro_el0, x1
    mrs     x0, elr_el1
    adrp    x1, a64_semihost_hlt
    add     x1, x1, :lo12:a64_semihost_hlt
    cmp     x0, x1              // the flags are lost; HLT's caller does not look at them, faults
    b.ne    9f                  // have theirs in SPSR_EL1
    add     x0, x0, #4
    msr     elr_el1, x0
    mov     x0, #-1
    mrs     x1, tpidrro_el0
    eret
9:  mrs     x0, tpidr_el0
    mrs     x1, tpidrro_el0
    .endm

    // Registers x0, x1, .. (kind x) or q0, q1, .. in \n pairs, stored (stp) or loaded (ldp)
    // from [\base] on; \size is that of a pair in bytes.
    .altmacro
    .macro  pair op, kind, one, other, base, at
    \op     \kind\one, \kind\other, [\base, #\at]
    .endm
    .macro  pairs op, kind, base, size, n
    .set    i, 0
    .rept   \n
    pair    \op, \kind, %(2 * i), %(2 * i + 1), \base, %(i * \size)
    .set    i, i + 1
    .endr
    .endm

    // The whole state, in the order of fault.c's names: x0..x30, sp, elr, spsr, esr, far.
    .macro  fault_frame
    sub     sp, sp, #FAULT_FRAME
    pairs   stp, x, sp, 16, 15
    mrs     x2, elr_el1
    mrs     x3, spsr_el1
    mrs     x4, esr_el1
    mrs     x5, far_el1
    stp     x2, x3, [sp, #256]
    stp     x4, x5, [sp, #272]
    .endm

    .macro  fault_from_sp0 kind
    fault_frame
    mrs     x1, sp_el0
    stp     x30, x1, [sp, #240]
    mov     x0, sp
    mov     x1, #\kind
    bl      a64_fault
    b       leave_frame
    .endm

    .macro  fault_from_spx kind
    msr     tpidr_el0, x0
    mov     x0, sp
    msr     tpidrro_el0, x0
    ldr     x0, =early_stack_top
    mov     sp, x0
    mrs     x0, tpidr_el0
    fault_frame
    mrs     x1, tpidrro_el0
    stp     x30, x1, [sp, #240]
    mov     x0, sp
    mov     x1, #\kind
    bl      a64_fault
    b       a64_stop
    .endm

sync_sp0:
    skip_semihost
    fault_from_sp0 0
sync_spx:
    skip_semihost
    fault_from_spx 0
serror_sp0:
    fault_from_sp0 1
serror_spx:
    fault_from_spx 1
irq_spx:
    fault_from_spx 2

    // Where a64_fault() has said in the frame that the core goes on; nothing else of it is
    // restored.
leave_frame:
    ldp     x30, x1, [sp, #240]
    msr     sp_el0, x1
    ldp     x2, x3, [sp, #256]
    msr     elr_el1, x2
    msr     spsr_el1, x3
    ldp     x28, x29, [sp, #224]
    ldr     x0, [sp]
    add     sp, sp, #FAULT_FRAME
    eret

    // An interrupt: everything that C may change is saved, all of the vector registers too, since
    // none is callee-saved in this kernel (arch.mk says why).
irq_sp0:
    sub     sp, sp, #IRQ_FRAME
    pairs   stp, x, sp, 16, 9
    stp     x18, x29, [sp, #144]
    mrs     x0, elr_el1
    stp     x30, x0, [sp, #160]
    mrs     x0, spsr_el1
    mrs     x1, fpsr
    stp     x0, x1, [sp, #176]
    mrs     x0, fpcr
    str     x0, [sp, #192]
    add     x0, sp, #208
    pairs   stp, q, x0, 32, 16
    bl      a64_irq_dispatch
    tbnz    w0, #0, irq_exit
irq_return:
    add     x0, sp, #208
    pairs   ldp, q, x0, 32, 16
    ldr     x0, [sp, #192]
    msr     fpcr, x0
    ldp     x0, x1, [sp, #176]
    msr     spsr_el1, x0
    msr     fpsr, x1
    ldp     x30, x0, [sp, #160]
    msr     elr_el1, x0
    ldp     x18, x29, [sp, #144]
    pairs   ldp, x, sp, 16, 9
    add     sp, sp, #IRQ_FRAME
    eret

    // The frame goes from SP_EL1, which is empty then, to SP_EL0, and rt_on_irq_exit() runs there.
    .global a64_irq_exit
a64_irq_exit:
irq_exit:
    mov     x0, sp
    add     sp, sp, #IRQ_FRAME
    msr     spsel, #0
    sub     sp, sp, #IRQ_FRAME
    mov     x1, sp
    mov     x2, #IRQ_FRAME / 32
1:  ldp     q0, q1, [x0], #32
    stp     q0, q1, [x1], #32
    subs    x2, x2, #1
    b.ne    1b
    .global a64_irq_moved
a64_irq_moved:
    bl      rt_on_irq_exit
    b       irq_return

    // hal_cpu_with_saved_regs(fn, arg): x19..x29 on the stack, then fn(sp, arg). No vector register
    // is callee-saved in this kernel, and none ever holds a pointer across a call.
    .global hal_cpu_with_saved_regs
hal_cpu_with_saved_regs:
    stp     x29, x30, [sp, #-96]!
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
    mov     x2, x0
    mov     x0, sp
    blr     x2
    ldp     x19, x20, [sp, #16]
    ldp     x21, x22, [sp, #32]
    ldp     x23, x24, [sp, #48]
    ldp     x25, x26, [sp, #64]
    ldp     x27, x28, [sp, #80]
    ldp     x29, x30, [sp], #96
    ret
