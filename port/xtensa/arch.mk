# SPDX-License-Identifier: MIT
PORT_HW = 0
# xtensa: an lx106 core, call0 ABI. Headers, string functions and what libgcc leaves out to the chip's
# ROM come from picolibc and from port/xtensa/arith; libm is upstream's, in single precision.
CROSS_COMPILE ?= xtensa-lx106-elf-

# -mlongcalls: code in flash and code in instruction RAM are further apart than a direct call reaches.
XT_LIBC ?= /usr/lib/xtensa-lx106-elf
CFLAGS += -isystem $(XT_LIBC)/include -mlongcalls -mtext-section-literals
CFLAGS += -fsingle-precision-constant -Wdouble-promotion
# The lx106 has one core, and no atomic instructions.
CFLAGS += -DRT_MAX_CORES=1

LDFLAGS += -nostdlib -static -T $(XT_LINK_SCRIPT) -Wl,--gc-sections -Wl,-Map=$(BUILD)/antaresia.map \
	-Wl,--no-warn-rwx-segments
LIBS = -L$(XT_LIBC)/lib -lc -lgcc

SRC_PORT_C += $(addprefix port/xtensa/,\
	arith/convert.c \
	arith/divide.c \
	arith/float32.c \
	arith/multiply.c \
	cpu.c \
	exception.c \
	fault.c \
	irq.c \
	narrow.c \
	stack.c \
	start.c \
	time.c \
	)
SRC_PORT_S += $(addprefix port/xtensa/, entry.S vectors.S)

SRC_LIB_C += $(SRC_LIB_LIBM_C) $(SRC_LIB_LIBM_SQRT_SW_C)

IMAGES = $(BUILD)/antaresia.elf
