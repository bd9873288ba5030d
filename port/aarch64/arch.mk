# SPDX-License-Identifier: MIT
CROSS_COMPILE ?= aarch64-linux-gnu-

include port/common/libc/freestanding.mk

# Big integers by 32-bit digits, which py/mpz.h only chooses by itself on x86_64; also in frozen code.
CFLAGS += -DMPZ_DIG_SIZE=32
MPY_TOOL_FLAGS = -mlongint-impl mpz -mmpz-dig-size 32

# ARMv8.0 with inline atomics: libgcc's outlined ones ask an operating system what the CPU can do.
CFLAGS += -march=armv8-a -mtune=cortex-a72 -mcmodel=small -mno-outline-atomics
# Upstream's nlr_push() keeps x19-x29 and not d8-d15, which the procedure call standard also lets a
# function keep values in across calls; after nlr_jump() such a value would be another function's. So
# no code here has callee-saved FP registers: a value is never in d8-d15 across a call, and nlr_push()
# is one. -fno-ipa-ra, or gcc would do so around calls of functions that it sees to be harmless.
# tests/test_aarch64.py reads the disassembly.
CFLAGS += $(foreach n,8 9 10 11 12 13 14 15,-fcall-used-v$(n)) -fno-ipa-ra
# The running isolate (vmstate_arch.h).
CFLAGS += -ffixed-x28
CFLAGS += -DPORT_FAULT_MODULE=1
LDFLAGS += -T port/aarch64/link.ld -Wl,--build-id=none -Wl,-z,max-page-size=4096 \
	-Wl,--gc-sections -Wl,-Map=$(BUILD)/antaresia.map -Wl,--no-warn-rwx-segments \
	-Wl,--defsym=__load_base=$(LOAD_BASE) -Wl,--defsym=__text_offset=$(TEXT_OFFSET)

SRC_PORT_C += $(addprefix port/aarch64/,\
	board.c \
	bus.c \
	cache.c \
	cpu.c \
	entropy.c \
	fault.c \
	fdt.c \
	irq.c \
	memory.c \
	mmu.c \
	pl011.c \
	platform.c \
	smp.c \
	stack.c \
	start.c \
	timer.c \
	)
SRC_PORT_S += $(addprefix port/aarch64/, entry.S semihost.S switch.S vectors.S)

# These run before the MMU is on, when all memory is device memory: no unaligned access, no vector
# registers, and no call of memcpy or memset, which use both.
A64_EARLY_O = $(addprefix $(BUILD)/port/aarch64/,\
	bcm2711.o bcm2837.o bcm_mailbox.o board_rpi.o board_virt.o fdt.o fw_cfg.o memory.o \
	mmu.o platform.o stack.o start.o)
$(A64_EARLY_O): CFLAGS += -mstrict-align -mgeneral-regs-only -fno-tree-loop-distribute-patterns

IMAGES = $(BUILD)/$(IMAGE_NAME)
