// SPDX-License-Identifier: MIT
// Raspberry Pi 4 Model B. Sources: BCM2711 ARM Peripherals (1.2.4: the "low peripheral" map, which
// the firmware sets up; 6.3: interrupt numbers; 5.2: GPIO), GIC-400 TRM (DDI 0471, 3.2: its
// blocks), raspberrypi/linux's bcm2711.dtsi and bcm283x.dtsi for the offsets within,
// raspberrypi/tools armstub8.S for the spin table and the GIC's state.
//
//   4000_0000  RAM goes on above the first GiB, as much as the board has; the tree says how much
//   ff84_2000  GIC-400's CPU interface
//   ff84_1000  GIC-400's distributor
//   ff80_0000  local block, as on the Pi 3; its timers' interrupts come by the GIC here
//   fe20_1000  PL011 UART0 (GPIO 14/15, alternate function 0)
//   fe20_0000  GPIO
//   fe10_0000  power manager and watchdog
//   fe00_b880  mailbox to the VideoCore
//   fe00_0000  peripherals begin
//   (3b40_0000) end of the ARM's RAM in the first GiB with gpu_mem=76: asked for by mailbox
//   0008_0000  this kernel: kernel8.img, where the firmware loads it
//   0000_00d8  spin table: where cores 1..3 look for an address to jump to
//   0000_0000  firmware's boot stub
#ifndef A64_BOARDS_RASPI4B_H
#define A64_BOARDS_RASPI4B_H

#define RPI_STUB_BYTES      (0x1000)
#define RPI_SPIN_TABLE      (0xd8)       // 8 bytes per core
#define RPI_CORES           (4)
#define RPI_RAM_FALLBACK    (0x3b400000) // what gpu_mem=76 leaves
#define RPI_PERIPH_BASE     (0xfe000000)
#define RPI_PERIPH_BYTES    (0x01800000)
#define RPI_MAILBOX_BASE    (0xfe00b880)
#define RPI_PM_BASE         (0xfe100000)
#define RPI_GPIO_BASE       (0xfe200000)
#define RPI_UART0_BASE      (0xfe201000)
#define RPI_UART0_LINE      (153)        // VideoCore interrupt 57: SPI 64 + 57, INTID 32 more
#define RPI_UART0_CLOCK_HZ  (48000000)   // as on the Pi 3
#define RPI_UART0_BAUD      (115200)
#define RPI_LOCAL_BASE      (0xff800000)
#define RPI_LOCAL_BYTES     (0x00080000) // to the GIC's end
#define RPI_GICD_BASE       (0xff841000)
#define RPI_GICC_BASE       (0xff842000)
#define RPI_LINE_CNTV       (27)         // PPI 11: the virtual timer

#endif
