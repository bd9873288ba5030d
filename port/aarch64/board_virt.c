// SPDX-License-Identifier: MIT
// Discovery on QEMU's virt machine: all of it from the device tree.
// The image is an arm64 Image rather than an ELF file because QEMU then follows the arm64 boot
// protocol: x0 is the device tree's address, and it and the kernel are placed by the same rules as
// a boot loader's (U-Boot's booti). To an ELF QEMU passes nothing; the tree lies at the start of
// RAM then, if it found room there, which is also where we look when x0 is no device tree.
#include "boards/virt.h"
#include "a64.h"
#include "platform.h"

void a64_board_discover(uintptr_t firmware_arg) {
    if (!a64_platform_read_fdt((const void *)firmware_arg)
        && !a64_platform_read_fdt((const void *)VIRT_RAM_BASE)) {
        a64_stop(); // without it not even the console is known
    }
    if (a64_platform.fw_cfg != 0) {
        a64_fw_cfg_read_uuid();
    }
    a64_intc = a64_platform.gic_version == 2 ? &a64_gicv2 : &a64_gicv3;
}
