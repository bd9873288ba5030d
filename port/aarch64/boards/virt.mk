# SPDX-License-Identifier: MIT
# QEMU's virt machine: everything but the load address is read from the device tree at boot.
LOAD_BASE = 0x40200000
TEXT_OFFSET = 0x200000
IMAGE_NAME = antaresia.img
BOARD_TITLE = QEMU virt
SRC_PORT_C += $(addprefix port/aarch64/,\
	board_virt.c \
	fw_cfg.c \
	gicv2.c \
	gicv3.c \
	pl031.c \
	psci.c \
	)
