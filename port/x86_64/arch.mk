# SPDX-License-Identifier: MIT
# -mno-red-zone: interrupts use the interrupted stack. No frame pointers: the panic scans the stack.
ifneq ($(shell uname -m),x86_64)
CROSS_COMPILE ?= x86_64-linux-gnu-
endif

include port/common/libc/freestanding.mk

# The size of a big integer's digit in frozen code, as py/mpz.h chooses it for this CPU.
MPY_TOOL_FLAGS = -mlongint-impl mpz -mmpz-dig-size 32

# -ffixed-r15: the running isolate (vmstate_arch.h).
CFLAGS += -ffixed-r15
CFLAGS += -m64 -march=x86-64 -mno-red-zone -mcmodel=small -fcf-protection=none
LDFLAGS += -m64 -T port/x86_64/link.ld -Wl,--build-id=none -Wl,-z,max-page-size=4096 \
	-Wl,--gc-sections -Wl,-Map=$(BUILD)/antaresia.map -Wl,--no-warn-rwx-segments

SRC_PORT_C += $(addprefix port/x86_64/,\
	acpi.c \
	board.c \
	bootinfo.c \
	bus.c \
	console.c \
	cpu.c \
	fault.c \
	font.c \
	ioapic.c \
	irq.c \
	keyboard.c \
	lapic.c \
	libgcc.c \
	memory.c \
	paging.c \
	power.c \
	rtc.c \
	screen.c \
	serial.c \
	smp.c \
	stack.c \
	start.c \
	tsc.c \
	)
SRC_PORT_S += $(addprefix port/x86_64/, entry.S switch.S trampoline.S vectors.S)

IMAGES = $(BUILD)/antaresia.elf
