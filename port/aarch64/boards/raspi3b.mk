# SPDX-License-Identifier: MIT
# Raspberry Pi 3 Model B, on QEMU's raspi3b and, by the same kernel8.img, on the board.
LOAD_BASE = 0x80000
TEXT_OFFSET = 0x80000
IMAGE_NAME = kernel8.img
BOARD_TITLE = Raspberry Pi 3
SRC_PORT_C += $(addprefix port/aarch64/,\
	bcm_intc.c \
	bcm_mailbox.c \
	bcm_power.c \
	board_raspi3b.c \
	no_rtc.c \
	spintable.c \
	)
# The spin table lies in page 0, where gcc takes every pointer for a mistake.
$(BUILD)/port/aarch64/spintable.o: CFLAGS += --param=min-pagesize=0
