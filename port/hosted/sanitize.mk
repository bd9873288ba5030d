# SPDX-License-Identifier: MIT
# Instrumented builds: SANITIZE=address (ASan and UBSan) or SANITIZE=thread (TSan). Every report ends the
# process with status 67, as a panic does. What is not checked is listed here, each with its reason.

ifneq ($(SANITIZE),)
SRC_PORT_C += port/hosted/sanitize.c
# Optimisers that see the checks warn of paths that cannot be.
CFLAGS += -fno-omit-frame-pointer -DHOSTED_STACK_BYTES=524288 -DMICROPY_STACK_CHECK_MARGIN=131072 \
	-Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-array-bounds
endif

ifeq ($(SANITIZE),address)
SANITIZE_FLAGS = -fsanitize=address,undefined -fno-sanitize-recover=all
CFLAGS += $(SANITIZE_FLAGS)
LDFLAGS += $(SANITIZE_FLAGS)
# The collector reads all words of the stack, and a panic's backtrace too: red zones as well.
$(BUILD)/py/gc.o $(BUILD)/port/common/fault.o: CFLAGS += -fno-sanitize=address
endif

ifeq ($(SANITIZE),thread)
CFLAGS += -fsanitize=thread -DHOSTED_TSAN=1
LDFLAGS += -fsanitize=thread
endif
