// SPDX-License-Identifier: MIT
// Exception vectors (offsets from VECBASE as the lx106 has them, 16 bytes each) and the entries
// behind.
// Invariant: an exception is fully described by its frame before PS.EXCM is cleared, so the C code
// behind may be interrupted by exceptions of its own (loads of constants from flash are some),
// though not by interrupts: INTLEVEL stays raised until rfe. There is no red zone in the call0 ABI,
// so the frame goes directly below the interrupted stack pointer.
#include "port/xtensa/xtensa.h"

    .section .text.vectors, "ax"
    .align  256
    .global xt_vectors
xt_vectors:
    .org    xt_vectors + 0x10       // level 2: debug (the stack guard)
    wsr     a0, excsave2
    j       debug_entry
    .org    xt_vectors + 0x20       // level 3: NMI
    wsr     a0, excsave2
    j       nmi_entry
    .org    xt_vectors + 0x30       // exception with PS.UM clear, interrupts too
    wsr     a0, excsave1
    j       xt_exception_entry
    .org    xt_vectors + 0x50       // the same with PS.UM set
    wsr     a0, excsave1
    j       xt_exception_entry
    .org    xt_vectors + 0x70       // exception while PS.EXCM is set
    wsr     a0, excsave2
    j       double_entry
    .org    xt_vectors + 0x80

// While xt_exit() asks an emulator to stop, nothing may report faults any more.
    .align  256
    .global xt_halt_vectors
xt_halt_vectors:
    .rept   8
    waiti   15
    j       . - 3
    .align  16
    .endr

    .align  4
    .literal_position
    .global xt_exception_entry
xt_exception_entry:
    addi    a1, a1, -XT_FRAME_BYTES
    s32i    a2, a1, 8
    rsr     a2, excsave1
    s32i    a2, a1, 0
    addi    a2, a1, XT_FRAME_BYTES
    s32i    a2, a1, 4
    s32i    a3, a1, 12
    s32i    a4, a1, 16
    s32i    a5, a1, 20
    s32i    a6, a1, 24
    s32i    a7, a1, 28
    s32i    a8, a1, 32
    s32i    a9, a1, 36
    s32i    a10, a1, 40
    s32i    a11, a1, 44
    s32i    a12, a1, 48
    s32i    a13, a1, 52
    s32i    a14, a1, 56
    s32i    a15, a1, 60
    rsr     a2, sar
    s32i    a2, a1, XT_FRAME_SAR
    rsr     a2, epc1
    s32i    a2, a1, XT_FRAME_PC
    rsr     a2, exccause
    s32i    a2, a1, XT_FRAME_CAUSE
    rsr     a2, excvaddr
    s32i    a2, a1, XT_FRAME_ADDR
    rsr     a2, ps
    s32i    a2, a1, XT_FRAME_PS
    .global xt_exception_entry_end
xt_exception_entry_end:
    movi    a2, XT_PS_UM | XT_INTLEVEL_DISABLED
    wsr     a2, ps
    rsync
    mov     a2, a1
    movi    a0, xt_exception
    callx0  a0
    l32i    a2, a1, XT_FRAME_PS     // EXCM is set in it
    wsr     a2, ps
    rsync
    l32i    a2, a1, XT_FRAME_SAR
    wsr     a2, sar
    l32i    a2, a1, XT_FRAME_PC
    wsr     a2, epc1
    l32i    a0, a1, 0
    l32i    a2, a1, 8
    l32i    a3, a1, 12
    l32i    a4, a1, 16
    l32i    a5, a1, 20
    l32i    a6, a1, 24
    l32i    a7, a1, 28
    l32i    a8, a1, 32
    l32i    a9, a1, 36
    l32i    a10, a1, 40
    l32i    a11, a1, 44
    l32i    a12, a1, 48
    l32i    a13, a1, 52
    l32i    a14, a1, 56
    l32i    a15, a1, 60
    l32i    a1, a1, 4
    rfe

    .align  4
    .literal_position
    .global xt_fault_elsewhere
    .type   xt_fault_elsewhere, @function
xt_fault_elsewhere:
    movi    a1, fatal_stack_top
    movi    a0, xt_fault
    jx      a0

    .align  4
    .global xt_go_on
    .type   xt_go_on, @function
xt_go_on:
    mov     a1, a4
    mov     a4, a2
    mov     a2, a3
    movi    a0, 0                   // no caller
    jx      a4

// What cannot be continued is dealt with on a stack of its own, because the usual reason is that
// the interrupted code has none left. a0 is in excsave2.
    .macro  fatal_entry pc, ps, handler
    movi    a0, fatal_frame
    s32i    a1, a0, 4
    s32i    a2, a0, 8
    s32i    a3, a0, 12
    s32i    a4, a0, 16
    s32i    a5, a0, 20
    s32i    a6, a0, 24
    s32i    a7, a0, 28
    s32i    a8, a0, 32
    s32i    a9, a0, 36
    s32i    a10, a0, 40
    s32i    a11, a0, 44
    s32i    a12, a0, 48
    s32i    a13, a0, 52
    s32i    a14, a0, 56
    s32i    a15, a0, 60
    mov     a2, a0
    rsr     a3, excsave2
    s32i    a3, a2, 0
    rsr     a3, sar
    s32i    a3, a2, XT_FRAME_SAR
    rsr     a3, \pc
    s32i    a3, a2, XT_FRAME_PC
    rsr     a3, exccause
    s32i    a3, a2, XT_FRAME_CAUSE
    rsr     a3, excvaddr
    s32i    a3, a2, XT_FRAME_ADDR
    rsr     a3, \ps
    s32i    a3, a2, XT_FRAME_PS
    movi    a1, fatal_stack_top
    movi    a3, XT_PS_UM | XT_INTLEVEL_DISABLED
    wsr     a3, ps
    rsync
    movi    a0, \handler
    callx0  a0
    .endm

    .align  4
    .literal_position
debug_entry:
    fatal_entry epc2, eps2, xt_fault_debug
    .align  4
    .literal_position
nmi_entry:
    fatal_entry epc3, eps3, xt_fault_nmi
    .align  4
    .literal_position
double_entry:
    fatal_entry depc, ps, xt_fault_double

    .section .bss.fatal, "aw", @nobits
    .align  16
fatal_frame:
    .space  XT_FRAME_BYTES
    .space  XT_FATAL_STACK_BYTES
fatal_stack_top:
