// SPDX-License-Identifier: MIT
// What the files of port/xtensa offer each other, and the registers of an lx106 core. Numbers are
// those of the core's configuration (core-isa.h, which the toolchain's C library ships) and of the
// Xtensa ISA reference manual: exception architecture 2, call0 ABI, no register windows, region
// protection. Included by C and by assembly.
#ifndef PORT_XTENSA_XTENSA_H
#define PORT_XTENSA_XTENSA_H

// Processor state (PS): interrupts at or below INTLEVEL wait; EXCM is set while an exception is
// being taken and makes a further one a double exception; UM selects the user vector.
#define XT_PS_INTLEVEL_MASK     0x0f
#define XT_PS_EXCM              0x10
#define XT_PS_UM                0x20

// Every interrupt but the NMI has level 1; the debug exception has level 2, so that a stack
// overflow is caught with interrupts disabled as well.
#define XT_INTLEVEL_DISABLED    1

// Interrupts by number. 0-5 level triggered lines, 6 the timer, 7 software, 8-13 edge triggered
// lines, 14 not maskable.
#define XT_INT_TIMER            6
#define XT_INT_COUNT            15
#define XT_INT_NMI              14
#define XT_INT_EDGE_MASK        0x3f80

// EXCCAUSE values that the code treats specially; fault.c names the rest.
#define XT_CAUSE_ILLEGAL        0
#define XT_CAUSE_LOAD_STORE     3
#define XT_CAUSE_INTERRUPT      4

// The frame that vectors.S builds: offsets in bytes, then the same as a struct.
#define XT_FRAME_SAR            64
#define XT_FRAME_PC             68
#define XT_FRAME_CAUSE          72
#define XT_FRAME_ADDR           76
#define XT_FRAME_PS             80
#define XT_FRAME_BYTES          96

// What hal_stack_switch() leaves on a stack.
#define XT_CONTEXT_BYTES        32

#ifndef __ASSEMBLER__

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint32_t a[16]; // as they were; a[1] is the stack pointer of the interrupted code
    uint32_t sar;
    uint32_t pc;
    uint32_t cause;
    uint32_t addr;
    uint32_t ps;
} xt_frame_t;

#define XT_READ_SR(name) ({ \
        uint32_t value_; \
        __asm volatile ("rsr %0, " #name : "=a" (value_)); \
        value_; \
    })

#define XT_WRITE_SR(name, value) \
    __asm volatile ("wsr %0, " #name "; rsync" : : "a" ((uint32_t)(value)) : "memory")

static inline uint32_t xt_ccount(void) {
    return XT_READ_SR(ccount);
}

// exception.c: entered from vectors.S, interrupts disabled, on the stack of what was interrupted.
void xt_exception(xt_frame_t *frame);
// vectors.S: xt_fault() on the fatal stack; fn(arg) on the stack that ends at sp.
void xt_fault_elsewhere(const xt_frame_t *frame) __attribute__((noreturn));
void xt_go_on(void (*fn)(void *arg), void *arg, uintptr_t sp) __attribute__((noreturn));
// fault.c, on the fatal stack: a frame that nothing handled, and the exceptions that never return.
void xt_fault(const xt_frame_t *frame) __attribute__((noreturn));
void xt_fault_debug(xt_frame_t *frame) __attribute__((noreturn));
void xt_fault_double(xt_frame_t *frame) __attribute__((noreturn));
void xt_fault_nmi(xt_frame_t *frame) __attribute__((noreturn));

// irq.c
void xt_irq_dispatch(void);
// narrow.c: performs the 8 or 16 bit load that trapped; false if the instruction is something else.
bool xt_narrow_load(xt_frame_t *frame);
// time.c
void xt_time_init(void);
// start.c: C begins here, on the boot stack, with interrupts disabled.
void xt_start(uint32_t boot_arg) __attribute__((noreturn));
// stack.c
void xt_stack_guard(void);

// vectors.S and entry.S
extern const char xt_vectors[], xt_halt_vectors[];
extern const char xt_exception_entry[], xt_exception_entry_end[];
extern const char xt_divide_trap[], xt_stack_first[];
// Ends an emulator that runs with semihosting; returns never: where there is none, it halts.
void xt_exit(int status) __attribute__((noreturn));
void xt_halt(void) __attribute__((noreturn));

// The board: lx60/, esp8266/. The first makes code outside instruction RAM executable, and is not
// outside it itself.
void board_map_code(void);
void board_start(uint32_t boot_arg);
uint32_t board_cpu_hz(void);
// Which of the eight 512 MiB regions of the address space hold nothing: bit i for i * 0x20000000.
#define XT_REGION_BYTES 0x20000000u
extern const uint8_t board_empty_regions;

// The linker script.
extern char ld_stack_bottom[], ld_stack_top[]; // the shell's
extern char ld_scheduler_bottom[], ld_scheduler_top[]; // the boot stack
extern char ld_text_start[], ld_text_end[], ld_irom_start[], ld_irom_end[];
extern char ld_free_start[], ld_free_end[];
// Offsets in the flash, of boards that keep files there.
extern char ld_flash_files_start[], ld_flash_files_end[];

#endif
#endif
