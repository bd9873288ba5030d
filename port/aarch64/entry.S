// SPDX-License-Identifier: MIT
// The first instructions of each core, in whatever exception level the firmware left it, MMU off:
// down to EL1, then core 0 zeroes .bss and goes to a64_start(), the others turn the MMU on and go
// to their C code. Invariant: no memory is written before its cache lines have been dropped.
// Linux Documentation/arch/arm64/booting.rst (header, state at entry); Arm ARM DDI 0487 D13.

#define HCR_RW          (1 << 31)       // EL1 is AArch64
#define SCR_RW          (1 << 10)       // EL2 is AArch64
#define SCR_HCE         (1 << 8)
#define SCR_NS          (1 << 0)
#define SCR_RES1        (3 << 4)
#define SCTLR_EL1_OFF   (0x30d00800)    // RES1 bits; MMU, caches, alignment checks off
#define SCTLR_EL2_OFF   (0x30c50830)
#define SPSR_EL1H       (0x3c5)         // DAIF masked
#define SPSR_EL2H       (0x3c9)
#define CPTR_EL2_NONE   (0x33ff)        // RES1 bits; traps nothing
#define ICC_SRE_EL1     S3_0_C12_C12_5
#define ICC_SRE_EL2     S3_4_C12_C9_5
#define ICC_SRE_EL3     S3_6_C12_C12_5
#define EARLY_STACK     (8192)

    .section .head, "ax"
    .global a64_head
a64_head:
    b       boot_entry
    .long   0
    .quad   __text_offset               // from the start of RAM: where boot loaders put it
    .quad   __image_size                // with .bss; nothing else is placed in there
    .quad   1 << 1                      // little endian, 4 KiB pages, near the start of RAM
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .long   0

    .text
boot_entry:
    msr     daifset, #15
    mov     x19, x0                     // the device tree, or what else the firmware says
    mrs     x20, cntvct_el0
    bl      drop_to_el1
    // Lines of .data and .bss may be cached since they were loaded. They are clean; drop them, or
    // they would hide what is written with the caches off.
    adrp    x0, __rodata_end
    adrp    x1, __image_end
1:  dc      ivac, x0
    add     x0, x0, #16                 // the smallest line there is
    cmp     x0, x1
    b.lo    1b
    dsb     sy
    adrp    x0, __bss_start
    add     x0, x0, :lo12:__bss_start
2:  stp     xzr, xzr, [x0], #16
    cmp     x0, x1
    b.lo    2b
    ldr     x0, =a64_entry_ticks
    str     x20, [x0]
    bl      core_controls
    ldr     x0, =early_stack_top
    mov     sp, x0                      // SP_EL1; also the stack of last resort of vectors.S
    mov     x0, x19
    bl      a64_start
    b       a64_stop

    // What each core needs besides the MMU: vectors, FP and SIMD registers usable.
core_controls:
    ldr     x0, =a64_vectors
    msr     vbar_el1, x0
    mov     x0, #3 << 20
    msr     cpacr_el1, x0
    isb
    ret

    // To EL1 with its MMU off, whatever the level. Returns there; clobbers x0..x3.
drop_to_el1:
    mrs     x0, currentel
    cmp     x0, #2 << 2
    b.eq    from_el2
    b.hi    from_el3
    ldr     x0, =SCTLR_EL1_OFF
    msr     sctlr_el1, x0
    isb
    ret
from_el3:
    msr     cptr_el3, xzr               // no FP traps
    mrs     x1, id_aa64pfr0_el1
    ubfx    x2, x1, #24, #4             // GICv3 system registers
    cbz     x2, 1f
    mov     x0, #0xf                    // EL2, EL1 may use them
    msr     ICC_SRE_EL3, x0
    isb
1:  mov     x0, #SCR_RW | SCR_HCE | SCR_NS | SCR_RES1
    msr     scr_el3, x0
    ldr     x0, =SCTLR_EL1_OFF
    msr     sctlr_el1, x0
    ubfx    x2, x1, #8, #4              // is there an EL2?
    cbz     x2, 2f
    ldr     x0, =SCTLR_EL2_OFF
    msr     sctlr_el2, x0
    mov     x0, #SPSR_EL2H
    adr     x3, from_el2
    b       3f
2:  mov     x0, #SPSR_EL1H
    mov     x3, x30
3:  msr     spsr_el3, x0
    msr     elr_el3, x3
    eret
from_el2:
    mov     x0, #HCR_RW
    msr     hcr_el2, x0
    mrs     x0, midr_el1
    msr     vpidr_el2, x0
    mrs     x0, mpidr_el1
    msr     vmpidr_el2, x0
    mov     x0, #CPTR_EL2_NONE
    msr     cptr_el2, x0
    msr     hstr_el2, xzr
    mrs     x0, cnthctl_el2             // EL1 may read the physical counter and timer
    orr     x0, x0, #3
    msr     cnthctl_el2, x0
    msr     cntvoff_el2, xzr            // the virtual counter is the physical one, on every core
    mrs     x1, id_aa64pfr0_el1
    ubfx    x1, x1, #24, #4
    cbz     x1, 1f
    mov     x0, #0xf
    msr     ICC_SRE_EL2, x0
    isb
1:  mrs     x1, id_aa64dfr0_el1
    ubfx    x1, x1, #8, #4              // PMU version; 0 and 15: no PMUv3
    sub     x1, x1, #1
    cmp     x1, #13
    mov     x0, xzr
    b.hi    2f
    mrs     x0, pmcr_el0                // leave EL1 all counters
    ubfx    x0, x0, #11, #5
2:  msr     mdcr_el2, x0
    ldr     x0, =SCTLR_EL1_OFF
    msr     sctlr_el1, x0
    mov     x0, #SPSR_EL1H
    msr     spsr_el2, x0
    msr     elr_el2, x30
    eret

    // x0: this core's a64_core_t. The tables were written before any cache was on.
mmu_on:
    ldr     x1, =a64_mmu_regs
    ldp     x2, x3, [x1]
    msr     mair_el1, x2
    msr     tcr_el1, x3
    ldp     x2, x3, [x1, #16]
    msr     ttbr0_el1, x2
    tlbi    vmalle1
    ic      iallu
    dsb     nsh
    isb
    msr     sctlr_el1, x3
    isb
    ret

    .global a64_secondary_entry
a64_secondary_entry:
    msr     daifset, #15
    mov     x19, x0
    bl      drop_to_el1
    bl      core_controls
    mov     x0, x19
    ldr     x1, =a64_core_main
    b       a64_run_on_core

    // a64_run_on_core(core, fn): MMU on, onto the core's stacks, fn().
    .global a64_run_on_core
a64_run_on_core:
    mov     x19, x0
    mov     x20, x1
    bl      mmu_on
    msr     tpidr_el1, x19
    ldp     x0, x1, [x19]
    msr     spsel, #1
    mov     sp, x1
    msr     spsel, #0
    mov     sp, x0
    mov     x29, xzr
    mov     x30, xzr
    blr     x20
    // fall through

    .global a64_stop
a64_stop:
    msr     daifset, #15
1:  wfi
    b       1b

    .section .bss.early_stack, "aw", %nobits
    .balign 16
    .space  EARLY_STACK
    .global early_stack_top
early_stack_top:
