// SPDX-License-Identifier: MIT
// Raspberry Pi 3 Model B. Sources: BCM2837 ARM Peripherals (the BCM2835 document with bases at
// 0x3f000000), "ARM Quad-A7 core" rev 3.4 for the local block, raspberrypi/documentation for
// config.txt and the mailbox properties, raspberrypi/tools armstubs for the spin table.
//
//   4000_0000  local block: core timers, mailboxes, interrupt routing per core
//   3f20_1000  PL011 UART0 (GPIO 14/15, alternate function 0)
//   3f20_0000  GPIO
//   3f10_0000  power manager and watchdog
//   3f00_b880  mailbox to the VideoCore, whose firmware knows memory split, clocks, serial number
//   3f00_b200  interrupt controller for the peripherals ("GPU interrupts")
//   3f00_0000  peripherals begin
//   (3b40_0000) end of the ARM's RAM with gpu_mem=76, 3c00_0000 in QEMU: asked for by mailbox
//   0008_0000  this kernel: kernel8.img, where the firmware loads it
//   0000_00d8  spin table: where cores 1..3 look for an address to jump to
//   0000_0000  firmware's boot stub
#ifndef A64_BOARDS_RASPI3B_H
#define A64_BOARDS_RASPI3B_H

#define RPI_STUB_BYTES      (0x1000)
#define RPI_SPIN_TABLE      (0xd8)       // 8 bytes per core
#define RPI_CORES           (4)
#define RPI_RAM_FALLBACK    (0x3b400000) // what gpu_mem=76 leaves
#define RPI_PERIPH_BASE     (0x3f000000)
#define RPI_PERIPH_BYTES    (0x01000000)
#define RPI_INTC_BASE       (0x3f00b200)
#define RPI_MAILBOX_BASE    (0x3f00b880)
#define RPI_PM_BASE         (0x3f100000)
#define RPI_GPIO_BASE       (0x3f200000)
#define RPI_UART0_BASE      (0x3f201000)
#define RPI_UART0_LINE      (57)         // VC_UART: GPU interrupt 57
// init_uart_clock in config.txt; 48 MHz by default since 2016's firmware. We ask for it anyhow.
#define RPI_UART0_CLOCK_HZ  (48000000)
#define RPI_UART0_BAUD      (115200)
#define RPI_LOCAL_BASE      (0x40000000)
#define RPI_LOCAL_BYTES     (0x1000)

// Lines: 0..63 GPU interrupts, 64..71 the basic register's own, 96 + n source n of the local block.
#define RPI_LINE_LOCAL      (96)
#define RPI_LINE_CNTV       (RPI_LINE_LOCAL + 3)
#define RPI_LINES           (112)

#endif
