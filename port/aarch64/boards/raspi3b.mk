# SPDX-License-Identifier: MIT
# Raspberry Pi 3 Model B, on QEMU's raspi3b and, by the same kernel8.img, on the board.
LOAD_BASE = 0x80000
TEXT_OFFSET = 0x80000
IMAGE_NAME = kernel8.img
BOARD_TITLE = Raspberry Pi 3
CFLAGS += -DA64_BOARD_H='"boards/raspi3b.h"'
SRC_PORT_C += $(addprefix port/aarch64/,\
	bcm2837.c \
	bcm_intc.c \
	bcm_mailbox.c \
	bcm_power.c \
	board_rpi.c \
	no_rtc.c \
	spintable.c \
	)
# The spin table lies in page 0, where gcc takes every pointer for a mistake.
$(BUILD)/port/aarch64/spintable.o: CFLAGS += --param=min-pagesize=0
