// SPDX-License-Identifier: MIT
// QEMU's virt machine. Source: hw/arm/virt.c (base_memmap), docs/system/arm/virt.rst of QEMU 7.2.
//
//   0x40_1000_0000  PCIe ECAM (high)
//   0x00_4000_0000  RAM, -m MiB of it; QEMU's boot stub lies in its first page
//       4020_0000     this kernel, by the text_offset of its Image header: above the 1 MiB that
//                     QEMU keeps for the device tree of an ELF image at the start of RAM
//       4800_0000     the device tree with >= 256 MiB; the middle of RAM with less
//   0x00_1000_0000  PCIe windows
//   0x00_0a00_0000  virtio-mmio, 32 of 0x200 bytes
//   0x00_0902_0000  fw_cfg
//   0x00_0901_0000  PL031 clock
//   0x00_0900_0000  PL011 UART
//   0x00_080a_0000  GICv3 redistributors
//   0x00_0801_0000  GICv2 CPU interface
//   0x00_0800_0000  GIC distributor
//   0x00_0000_0000  flash, two banks of 64 MiB
//
// The map is for reading: the kernel takes every address from the device tree. Only this one is
// built in, the start of RAM, where QEMU leaves the device tree for a program that is not started
// as a Linux image (a generic loader) and gets no pointer to it.
#ifndef A64_BOARDS_VIRT_H
#define A64_BOARDS_VIRT_H

#define VIRT_RAM_BASE (0x40000000)

#endif
