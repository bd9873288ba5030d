// SPDX-License-Identifier: MIT
// From the loader to C. A PVH loader (Xen's "x86/HVM direct boot ABI") and one that follows
// Multiboot2 (GRUB's specification, version 2.0) jump here in 32-bit protected mode, paging off,
// interrupts off, ebx = the address of what they know: a struct hvm_start_info, or Multiboot's list
// of tags. This builds an identity map of the first 4 GiB from 2 MiB pages, enters long mode and
// calls x86_start(info, entry_tsc, is_multiboot). paging.c replaces the map by one with rights.

        .section .note.pvh, "a", @note
        .long 4, 4, 18          // name size, desc size, XEN_ELFNOTE_PHYS32_ENTRY
        .asciz "Xen"
        .long x86_pvh_entry

// Multiboot2's header: magic, architecture i386, length, and a sum that makes these zero; then tags
// of 8-byte alignment: where to enter, and that a framebuffer of any size is welcome but not
// needed.
#define MULTIBOOT2_MAGIC 0xe85250d6
        .section .text.multiboot, "ax"
        .balign 8
multiboot:
        .long MULTIBOOT2_MAGIC, 0, multiboot_end - multiboot
        .long -(MULTIBOOT2_MAGIC + multiboot_end - multiboot)
        .short 3, 0             // entry address
        .long 12, x86_multiboot_entry
        .balign 8
        .short 5, 1             // framebuffer, optional
        .long 20, 0, 0, 0
        .balign 8
        .short 0, 0             // end
        .long 8
multiboot_end:

        .section .text.entry, "ax"
        .code32
        .global x86_multiboot_entry
x86_multiboot_entry:
        movl $1, %ebp
        jmp enter
        .global x86_pvh_entry
x86_pvh_entry:
        xorl %ebp, %ebp
enter:
        cli
        cld
        rdtsc
        movl %eax, %esi         // entry time, kept in edi:esi
        movl %edx, %edi
        movl $__stack_top, %esp

        movl $boot_pdpt + 3, boot_pml4
        xorl %ecx, %ecx
1:      movl %ecx, %eax         // four page directories, one per GiB
        shll $12, %eax
        addl $boot_pd + 3, %eax
        movl %eax, boot_pdpt(, %ecx, 8)
        incl %ecx
        cmpl $4, %ecx
        jne 1b
        xorl %ecx, %ecx
2:      movl %ecx, %eax         // 4 * 512 pages of 2 MiB, present, writable
        shll $21, %eax
        orl $0x83, %eax
        movl %eax, boot_pd(, %ecx, 8)
        incl %ecx
        cmpl $2048, %ecx
        jne 2b

        movl %cr4, %eax
        orl $1 << 5 | 1 << 9 | 1 << 10, %eax // PAE: 64-bit page table entries; SSE for C
        movl %eax, %cr4
        movl $boot_pml4, %eax
        movl %eax, %cr3
        movl $0xc0000080, %ecx  // EFER: long mode
        rdmsr
        orl $1 << 8, %eax
        wrmsr
        movl %cr0, %eax
        andl $~(1 << 2), %eax   // no FPU emulation
        orl $1 << 31 | 1 << 1, %eax // paging on: long mode becomes active
        movl %eax, %cr0
        lgdt boot_gdt_ptr
        ljmp $8, $entry64

        .code64
entry64:
        xorl %eax, %eax
        movl %eax, %ds
        movl %eax, %es
        movl %eax, %ss
        movl %eax, %fs
        movl %eax, %gs
        movabsq $__stack_top, %rsp
        movl %esi, %esi         // zero-extend the halves of the entry time, then join them
        shlq $32, %rdi
        orq %rdi, %rsi
        movl %ebx, %edi
        movl %ebp, %edx
        xorl %ebp, %ebp
        call x86_start
        ud2

        .section .rodata
        .balign 8
boot_gdt:
        .quad 0
        .quad 0x00209b0000000000 // 64-bit code
        .quad 0x0000930000000000 // data
boot_gdt_ptr:
        .word . - boot_gdt - 1
        .long boot_gdt

        .section .bss.page, "aw", @nobits
        .balign 4096
boot_pml4:
        .skip 4096
boot_pdpt:
        .skip 4096
boot_pd:
        .skip 4 * 4096

        .section .note.GNU-stack, "", @progbits
