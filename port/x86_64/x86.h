// SPDX-License-Identifier: MIT
// What the files of this port share: privileged instructions, the per-core record, page rights.
#ifndef PORT_X86_64_X86_H
#define PORT_X86_64_X86_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define X86_MAX_CORES (64)
#define X86_PAGE_BYTES (4096ul)

// Interrupt vectors. Lines of the I/O APIC follow each other from X86_VECTOR_LINES.
#define X86_VECTOR_NMI (2)
#define X86_VECTOR_LINES (32)
#define X86_LINES_MAX (192)
#define X86_VECTOR_TIMER (0xf0)
#define X86_VECTOR_IPI (0xf1)
#define X86_VECTOR_SPURIOUS (0xff)

#define X86_MSR_APIC_BASE (0x1b)
#define X86_MSR_EFER (0xc0000080)
#define X86_MSR_GS_BASE (0xc0000101)

// One per core; GS points to it.
typedef struct {
    uint32_t id;                // dense, 0 is the boot core
    uint32_t apic_id;
    uintptr_t stack_bottom, stack_top;
    uint64_t timer_deadline_ns; // UINT64_MAX: not armed
    struct {
        uint32_t reserved0;
        uint64_t rsp[3];
        uint64_t reserved1;
        uint64_t ist[7];
        uint64_t reserved2;
        uint16_t reserved3;
        uint16_t iomap;
    } __attribute__((packed)) tss;
    uint64_t gdt[5];
    uint8_t fault_stack[8192] __attribute__((aligned(16)));
    uint8_t nmi_stack[4096] __attribute__((aligned(16)));
    uint8_t irq_stack[8192] __attribute__((aligned(16)));
} x86_core_t;

extern x86_core_t *x86_cores[X86_MAX_CORES];
extern unsigned x86_core_count; // cores that run

static inline void x86_outb(uint16_t port, uint8_t value) {
    __asm volatile ("outb %0, %1" : : "a" (value), "Nd" (port) : "memory");
}
static inline void x86_outw(uint16_t port, uint16_t value) {
    __asm volatile ("outw %0, %1" : : "a" (value), "Nd" (port) : "memory");
}
static inline uint8_t x86_inb(uint16_t port) {
    uint8_t value;
    __asm volatile ("inb %1, %0" : "=a" (value) : "Nd" (port) : "memory");
    return value;
}
static inline uint64_t x86_rdtsc(void) {
    uint32_t lo, hi;
    __asm volatile ("rdtsc" : "=a" (lo), "=d" (hi));
    return (uint64_t)hi << 32 | lo;
}
static inline uint64_t x86_rdmsr(uint32_t msr) {
    uint32_t lo, hi;
    __asm volatile ("rdmsr" : "=a" (lo), "=d" (hi) : "c" (msr));
    return (uint64_t)hi << 32 | lo;
}
static inline void x86_wrmsr(uint32_t msr, uint64_t value) {
    __asm volatile ("wrmsr"
        : : "c" (msr), "a" ((uint32_t)value), "d" ((uint32_t)(value >> 32)) : "memory");
}
static inline void x86_cpuid(uint32_t leaf, uint32_t sub, uint32_t out[4]) {
    __asm volatile ("cpuid"
        : "=a" (out[0]), "=b" (out[1]), "=c" (out[2]), "=d" (out[3]) : "a" (leaf), "c" (sub));
}

// --- bootinfo.c
typedef enum {
    X86_SCREEN_NONE = 0, X86_SCREEN_RGB = 1, X86_SCREEN_TEXT = 2, // as Multiboot2 numbers them
} x86_screen_kind_t;
typedef struct {
    uint64_t base;
    uint32_t pitch_bytes, width, height; // in pixels, or in characters
    uint8_t depth_bits, kind;
} x86_screen_t;
typedef struct {
    uint64_t rsdp; // 0: to be searched for
    x86_screen_t screen;
} x86_bootinfo_t;
extern x86_bootinfo_t x86_bootinfo;
void x86_bootinfo_read(const void *info, bool is_multiboot);

// --- serial.c: the UART, if there is one
void x86_serial_init(void);
void x86_serial_start(void (*on_interrupt)(void *arg, unsigned line));
void x86_serial_write(const char *buf, size_t len_bytes);
int x86_serial_getc(void);
void x86_serial_rx_enable(bool enable);

// --- screen.c: text on what the loader left as the screen
void x86_screen_init(void);
void x86_screen_map(void);      // into the page tables that are being made
void x86_screen_write(const char *buf, size_t len_bytes);

// --- keyboard.c: a PS/2 keyboard, if there is one
void x86_keyboard_start(void (*on_interrupt)(void *arg, unsigned line));
void x86_keyboard_poll(void);   // takes what the controller has
int x86_keyboard_getc(void);

// --- memory.c: RAM as the loader reported it
typedef enum {
    X86_RAM_USABLE = 1, X86_RAM_RESERVED = 2, X86_RAM_ACPI = 3, X86_RAM_NVS = 4,
} x86_ram_type_t;
typedef struct {
    uint64_t base, size_bytes;
    uint32_t type, reserved;
} x86_ram_t;
void x86_memory_add(const x86_ram_t *ram); // a piece that the loader reported; before:
void x86_memory_init(void);
unsigned x86_memory_count(void);
const x86_ram_t *x86_memory_entry(unsigned i);
// A page for page tables and stacks, cleared, never freed. Only before hal_mem_region() is first
// called.
void *x86_memory_early_pages(size_t count);
// The same without clearing, and NULL when there is no room.
void *x86_memory_reserve(size_t count);

// --- paging.c
#define X86_MAP_WRITE (1u << 1)
#define X86_MAP_UNCACHED (1u << 4 | 1u << 3)
#define X86_MAP_EXEC (1u << 31)
void x86_paging_init(void);
void x86_paging_enable(void);   // load this core's CR3, turn on NX and write protection
void x86_paging_map(uint64_t start, uint64_t end, uint32_t rights);
void x86_paging_unmap_page(uint64_t addr);

// --- acpi.c
typedef struct {
    uint64_t lapic_addr;
    unsigned core_count;
    uint32_t core_apic_ids[X86_MAX_CORES];
    unsigned ioapic_count;
    struct {
        uint32_t addr, gsi_base;
    } ioapics[4];
    struct {
        uint32_t gsi;
        uint16_t flags;         // MADT flags: bits 0-1 polarity, 2-3 trigger mode
    } isa[16];
    // Power off: write (type << 10 | 1 << 13) to pm1a_port, or, without that hardware, sleep_reg.
    uint16_t pm1a_port;
    uint64_t sleep_reg;         // 0: none
    bool sleep_reg_is_port;     // or an address in memory
    uint8_t s5_type;
    // A write to the reset register resets the machine.
    uint16_t reset_port;
    uint8_t reset_value;
    uint64_t ecam_base, ecam_bytes; // PCI Express configuration space of segment 0; 0: none
} x86_acpi_t;
extern x86_acpi_t x86_acpi;
void x86_acpi_init(uint64_t rsdp_addr);

// --- lapic.c
void x86_lapic_init(void);      // map and enable the boot core's
void x86_lapic_init_core(void); // enable this core's
uint32_t x86_lapic_id(void);
void x86_lapic_eoi(void);
void x86_lapic_timer_count(uint32_t ticks); // 0 stops
uint32_t x86_lapic_timer_left(void);
void x86_lapic_send(uint32_t apic_id, uint32_t icr_low);
void x86_lapic_send_others(uint32_t icr_low);
#define X86_ICR_NMI (0x400)
#define X86_ICR_INIT (0x4500)
#define X86_ICR_STARTUP (0x4600)

// --- ioapic.c
void x86_ioapic_init(void);
bool x86_ioapic_has(unsigned gsi);
int x86_ioapic_route(unsigned gsi, unsigned vector); // masked; -EINVAL: no such line
void x86_ioapic_mask(unsigned gsi, bool masked);
unsigned x86_isa_gsi(unsigned isa_irq);

// --- bus.c
void x86_bus_map(void);         // registers of devices into the page tables that are being made
bool x86_bus_is_msi(unsigned line);

// --- power.c
void x86_power_init(void);       // make the registers of hal_power_off() accessible

// --- tsc.c
void x86_tsc_init(void);
void x86_timer_interrupt(void);

// --- cpu.c, smp.c, fault.c, irq.c
void x86_cpu_init_core(x86_core_t *core); // GDT, TSS, IDT, GS for the core that runs this
void x86_idt_init(void);
bool x86_interrupt(unsigned vector); // is rt_on_irq_exit() to be called?
// stack.c
void x86_stack_pool_init(void); // after the map of all RAM, before other cores

extern char __kernel_start[], __kernel_end[], __text_start[], __text_end[], __rodata_end[];
extern char __stack_guard[], __stack_bottom[], __stack_top[];

#endif
