# SPDX-License-Identifier: MIT
# A Linux process of the machine that builds it, with the machine's own libc and libm.
# Not position independent: the addresses that a panic prints are the ones in the file.
HOST_CPU := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))

# The size of a big integer's digit in frozen code, as py/mpz.h chooses it for this CPU.
MPY_TOOL_FLAGS = -mlongint-impl mpz -mmpz-dig-size $(if $(filter x86_64,$(HOST_CPU)),32,16)

CFLAGS += -D_GNU_SOURCE -fno-pie -pthread -DHOSTED_CPU='"$(HOST_CPU)"'
# The running isolate (vmstate_arch.h).
VMSTATE_REGISTER = $(if $(filter x86_64,$(HOST_CPU)),r15,x28)
CFLAGS += -ffixed-$(VMSTATE_REGISTER) -DVMSTATE_REGISTER='"$(VMSTATE_REGISTER)"'
LDFLAGS += -no-pie -pthread -Wl,--gc-sections -Wl,-Map=$(BUILD)/antaresia.map
LIBS += -lm -lrt

# One indirect jump per opcode, as the VM's loop is written: branch predictors want them apart.
$(BUILD)/py/vm.o: CFLAGS += -fno-gcse -fno-crossjumping

SRC_PORT_C += $(addprefix port/hosted/,\
	board.c \
	bus.c \
	console.c \
	cpu.c \
	cpu_$(HOST_CPU).c \
	fault.c \
	irq.c \
	memory.c \
	options.c \
	power.c \
	smp.c \
	stack.c \
	start.c \
	terminal.c \
	time.c \
	)

include port/hosted/sanitize.mk

IMAGES = $(BUILD)/antaresia
