# SPDX-License-Identifier: MIT
# Raspberry Pi 4 Model B. Nothing that Debian ships emulates one; see docs/boards.md.
LOAD_BASE = 0x80000
TEXT_OFFSET = 0x80000
IMAGE_NAME = kernel8.img
BOARD_TITLE = Raspberry Pi 4
CFLAGS += -DA64_BOARD_H='"boards/raspi4b.h"'
SRC_PORT_C += $(addprefix port/aarch64/,\
	bcm2711.c \
	bcm_mailbox.c \
	bcm_power.c \
	board_rpi.c \
	gicv2.c \
	no_rtc.c \
	spintable.c \
	)
# The spin table lies in page 0, where gcc takes every pointer for a mistake.
$(BUILD)/port/aarch64/spintable.o: CFLAGS += --param=min-pagesize=0
