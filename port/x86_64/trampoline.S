// SPDX-License-Identifier: MIT
// Where another core starts: copied to the page X86_TRAMPOLINE below 1 MiB by smp.c, since a core
// begins in real mode at a page that the start-up interrupt names. From there straight into long
// mode with the kernel's page tables; the parameters lie at the end of the page's code. One core at
// a time uses it.
#define X86_TRAMPOLINE 0x8000
#define AT(label) (X86_TRAMPOLINE + (label) - x86_trampoline)

        .section .trampoline, "a"
        .balign 16
        .code16
        .global x86_trampoline
x86_trampoline:
        cli
        xorw %ax, %ax
        movw %ax, %ds
        lgdtl AT(gdt_ptr)
        movl %cr4, %eax
        orl $1 << 5 | 1 << 9 | 1 << 10, %eax // PAE, SSE
        movl %eax, %cr4
        movl AT(x86_trampoline_cr3), %eax
        movl %eax, %cr3
        movl $0xc0000080, %ecx  // EFER: long mode and no-execute, which the kernel's tables use
        rdmsr
        orl $1 << 8 | 1 << 11, %eax
        wrmsr
        movl %cr0, %eax
        andl $~(1 << 2), %eax   // no FPU emulation
        orl $1 << 31 | 1 << 16 | 1 << 1 | 1, %eax // paging, write protection, protected mode
        movl %eax, %cr0
        ljmpl $8, $AT(long_mode)

        .code64
long_mode:
        xorl %eax, %eax
        movl %eax, %ds
        movl %eax, %es
        movl %eax, %ss
        movl %eax, %fs
        movl %eax, %gs
        movq AT(x86_trampoline_stack), %rsp
        movq AT(x86_trampoline_core), %rdi
        movq AT(x86_trampoline_entry), %rax
        xorl %ebp, %ebp
        call *%rax
        ud2

        .balign 8
gdt:
        .quad 0
        .quad 0x00209b0000000000 // 64-bit code
        .quad 0x0000930000000000 // data
gdt_ptr:
        .word . - gdt - 1
        .long AT(gdt)
        .balign 8
        .global x86_trampoline_cr3, x86_trampoline_stack, x86_trampoline_core, x86_trampoline_entry
x86_trampoline_cr3:
        .quad 0
x86_trampoline_stack:
        .quad 0
x86_trampoline_core:
        .quad 0
x86_trampoline_entry:
        .quad 0
        .global x86_trampoline_end
x86_trampoline_end:

        .section .note.GNU-stack, "", @progbits
