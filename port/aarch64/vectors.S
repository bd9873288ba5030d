// SPDX-License-Identifier: MIT
// Exception vectors. All C code runs on SP_EL0; the CPU switches to SP_EL1 by itself when it takes
// an exception, so an interrupt needs nothing of the interrupted stack, and a stack overflow is
// reported from a good one. A fault on SP_EL1 (in a handler, or of that stack itself) is reported
// from the early stack, which nobody uses any more.
// TPIDR_EL0 and TPIDRRO_EL0 are scratch here. The frames are known to fault.c.

#define IRQ_FRAME   (208 + 512)
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

    // The whole state, in the order of fault.c's names: x0..x30, sp, elr, spsr, esr, far.
    .macro  fault_frame
    sub     sp, sp, #FAULT_FRAME
    stp     x0, x1, [sp, #0]
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    stp     x18, x19, [sp, #144]
    stp     x20, x21, [sp, #160]
    stp     x22, x23, [sp, #176]
    stp     x24, x25, [sp, #192]
    stp     x26, x27, [sp, #208]
    stp     x28, x29, [sp, #224]
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
    b       a64_stop
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

    // An interrupt: everything that C may change is saved, all of the vector registers too, since
    // none is callee-saved in this kernel (arch.mk says why).
irq_sp0:
    sub     sp, sp, #IRQ_FRAME
    stp     x0, x1, [sp, #0]
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    stp     x18, x29, [sp, #144]
    mrs     x0, elr_el1
    stp     x30, x0, [sp, #160]
    mrs     x0, spsr_el1
    mrs     x1, fpsr
    stp     x0, x1, [sp, #176]
    mrs     x0, fpcr
    str     x0, [sp, #192]
    add     x0, sp, #208
    stp     q0, q1, [x0, #0]
    stp     q2, q3, [x0, #32]
    stp     q4, q5, [x0, #64]
    stp     q6, q7, [x0, #96]
    stp     q8, q9, [x0, #128]
    stp     q10, q11, [x0, #160]
    stp     q12, q13, [x0, #192]
    stp     q14, q15, [x0, #224]
    stp     q16, q17, [x0, #256]
    stp     q18, q19, [x0, #288]
    stp     q20, q21, [x0, #320]
    stp     q22, q23, [x0, #352]
    stp     q24, q25, [x0, #384]
    stp     q26, q27, [x0, #416]
    stp     q28, q29, [x0, #448]
    stp     q30, q31, [x0, #480]
    bl      a64_irq_dispatch
    add     x0, sp, #208
    ldp     q0, q1, [x0, #0]
    ldp     q2, q3, [x0, #32]
    ldp     q4, q5, [x0, #64]
    ldp     q6, q7, [x0, #96]
    ldp     q8, q9, [x0, #128]
    ldp     q10, q11, [x0, #160]
    ldp     q12, q13, [x0, #192]
    ldp     q14, q15, [x0, #224]
    ldp     q16, q17, [x0, #256]
    ldp     q18, q19, [x0, #288]
    ldp     q20, q21, [x0, #320]
    ldp     q22, q23, [x0, #352]
    ldp     q24, q25, [x0, #384]
    ldp     q26, q27, [x0, #416]
    ldp     q28, q29, [x0, #448]
    ldp     q30, q31, [x0, #480]
    ldr     x0, [sp, #192]
    msr     fpcr, x0
    ldp     x0, x1, [sp, #176]
    msr     spsr_el1, x0
    msr     fpsr, x1
    ldp     x30, x0, [sp, #160]
    msr     elr_el1, x0
    ldp     x18, x29, [sp, #144]
    ldp     x16, x17, [sp, #128]
    ldp     x14, x15, [sp, #112]
    ldp     x12, x13, [sp, #96]
    ldp     x10, x11, [sp, #80]
    ldp     x8, x9, [sp, #64]
    ldp     x6, x7, [sp, #48]
    ldp     x4, x5, [sp, #32]
    ldp     x2, x3, [sp, #16]
    ldp     x0, x1, [sp, #0]
    add     sp, sp, #IRQ_FRAME
    eret

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
