// SPDX-License-Identifier: MIT
// First instructions, and the few others that C cannot say. Entered from an emulator's -kernel
// loader or from the chip's boot ROM with some stack, a2 = what the loader passes (lx60: boot
// parameters).
#include "port/xtensa/xtensa.h"

    .section .text.start, "ax"
    .align  4
    .literal_position
    .global _start
    .type   _start, @function
_start:
    movi    a0, 0
    wsr     a0, intenable
    movi    a0, XT_PS_UM | XT_INTLEVEL_DISABLED
    wsr     a0, ps
    movi    a0, xt_vectors
    wsr     a0, vecbase
    rsync
    movi    a1, ld_scheduler_top
    mov     a12, a2
    movi    a0, board_map_code
    callx0  a0
    mov     a2, a12
    movi    a3, xt_start
    movi    a0, 0                   // the first frame has no caller
    jx      a3

// void xt_exit(int status): SIMCALL number 1 is exit(a3). An emulator without semihosting raises an
// illegal instruction, and hardware may; both must end here and not report a fault again, so
// VECBASE first moves to vectors that only halt.
    .align  4
    .literal_position
    .global xt_exit
    .type   xt_exit, @function
xt_exit:
    rsil    a3, XT_INTLEVEL_DISABLED
    movi    a3, xt_halt_vectors
    wsr     a3, vecbase
    rsync
    mov     a3, a2
    movi    a2, 1
    simcall
    // fall through

    .align  4
    .global xt_halt
    .type   xt_halt, @function
xt_halt:
    waiti   15
    j       xt_halt

// void hal_cpu_with_saved_regs(void (*fn)(void *sp, void *arg), void *arg): a12-a15 are all that
// the call0 ABI lets a caller keep in registers across a call.
    .align  4
    .global hal_cpu_with_saved_regs
    .type   hal_cpu_with_saved_regs, @function
hal_cpu_with_saved_regs:
    addi    a1, a1, -32
    s32i    a0, a1, 0
    s32i    a12, a1, 4
    s32i    a13, a1, 8
    s32i    a14, a1, 12
    s32i    a15, a1, 16
    mov     a4, a2
    mov     a2, a1
    callx0  a4
    l32i    a0, a1, 0
    addi    a1, a1, 32
    ret

// void hal_stack_switch(void **save_sp, void *to_sp). A context, from its stack pointer up, in
// stack.c's order: a0, a12-a15, DBREAKA0, vmstate_word. SAR is nobody's across a call.
    .align  4
    .literal_position
    .global hal_stack_switch
    .type   hal_stack_switch, @function
hal_stack_switch:
    addi    a1, a1, -XT_CONTEXT_BYTES
    s32i    a0, a1, 0
    s32i    a12, a1, 4
    s32i    a13, a1, 8
    s32i    a14, a1, 12
    s32i    a15, a1, 16
    rsr     a4, dbreaka0
    s32i    a4, a1, 20
    movi    a5, vmstate_word
    l32i    a4, a5, 0
    s32i    a4, a1, 24
    s32i    a1, a2, 0
    mov     a1, a3
    l32i    a4, a1, 24
    s32i    a4, a5, 0
    l32i    a4, a1, 20
    wsr     a4, dbreaka0
    l32i    a0, a1, 0
    l32i    a12, a1, 4
    l32i    a13, a1, 8
    l32i    a14, a1, 12
    l32i    a15, a1, 16
    addi    a1, a1, XT_CONTEXT_BYTES
    ret

// Where a made context returns to: a12 is its function, a13 the argument.
    .align  4
    .global xt_stack_first
    .type   xt_stack_first, @function
xt_stack_first:
    mov     a2, a13
    callx0  a12
    ill
