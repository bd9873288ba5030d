# SPDX-License-Identifier: MIT
# Instrumented builds: SANITIZE=address (ASan and UBSan) or SANITIZE=thread (TSan). Every report ends the
# process with status 67, as a panic does. What is not checked is listed here, each with its reason.

ifneq ($(SANITIZE),)
SRC_PORT_C += port/hosted/sanitize.c
# nlr_push() returns a second time when something is raised. Upstream's code gets by with volatile variables;
# an instrumented frame has more in it than variables, and its slots must not be used for two things.
CFLAGS += -fno-ira-share-spill-slots
# Optimisers that see the checks warn of paths that cannot be.
CFLAGS += -fno-omit-frame-pointer -DHOSTED_SANITIZE=1 -DMICROPY_STACK_CHECK_MARGIN=131072 \
	-Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-array-bounds
endif

ifeq ($(SANITIZE),address)
SANITIZE_FLAGS = -fsanitize=address,undefined -fno-sanitize-recover=all
CFLAGS += $(SANITIZE_FLAGS) -DHOSTED_STACK_BYTES=524288
LDFLAGS += $(SANITIZE_FLAGS)
# Upstream's code passes NULL with length 0 to memcpy(), memcmp() and the like for empty objects; every
# libc allows it, and C2y does.
$(PY_O): CFLAGS += -fno-sanitize=nonnull-attribute
# A big integer of 0 has no digits: "one before the end" is computed from NULL, and not used.
$(BUILD)/py/mpz.o: CFLAGS += -fno-sanitize=pointer-overflow
# int.from_bytes(b'') computes "the last byte" from NULL, and does not use it.
$(BUILD)/py/objint.o: CFLAGS += -fno-sanitize=pointer-overflow
# A half float's sign is shifted into bit 31 of an int, and the int is then taken as 32 bits.
$(BUILD)/py/binary.o: CFLAGS += -fno-sanitize=shift
# littlefs looks for an offset that overflowed after it has added it to the position.
$(BUILD)/lib/littlefs/lfs2.o: CFLAGS += -fno-sanitize=signed-integer-overflow
# tests/fuzz/mpy_files: makes and runs .mpy files in the process, and ends what does not end.
FUZZ_C = $(addprefix tests/fuzz/mpy/, generate.c made.c modmpyfuzz.c)
SRC_PORT_C += $(FUZZ_C)
SRC_PORT_QSTR_C += tests/fuzz/mpy/modmpyfuzz.c
CFLAGS += -DMICROPY_ENABLE_VM_ABORT=1
# The collector reads all words of the stack, and a panic's backtrace too: red zones as well. It also reads
# whole blocks of the heap, and writes its tables where no program may.
COLLECTOR_O = $(addprefix $(BUILD)/,py/gc.o port/common/gcroots.o port/common/heap.o \
	port/hosted/asan_heap.o vm_ext/modactor/held.o vm_ext/safe/blocks.o vm_ext/safe/memory.o)
$(COLLECTOR_O) $(BUILD)/port/common/fault.o $(BUILD)/port/common/vmtrace.o: CFLAGS += -fno-sanitize=address
# The heap's own free blocks and red zones (port/hosted/asan_heap.c), and the machine that runs many
# programs one after another for tests/fuzz. Its last word to a program that Ctrl-C does not end is an
# abort of the VM (above).
CFLAGS += -DHEAP_VISIBLE=1
SRC_PORT_C += port/hosted/asan_heap.c port/hosted/fuzz.c
WRAP_SYMBOLS += gc_alloc gc_collect_end gc_free gc_realloc
WRAP_SYMBOLS += gc_get_max_new_split hal_cpu_idle hal_console_write hal_power_fail hal_power_off hal_power_reset
$(BUILD)/py/gc.o $(BUILD)/vm_ext/safe/memory.o: CFLAGS += -Dmemset=asan_heap_memset -Dmemcpy=asan_heap_memcpy
endif

ifeq ($(SANITIZE),thread)
# TSan keeps 900 KiB of its own at the top of a thread's stack, and none on another. It does not see fences; those of
# vm_ext/actor are for an order among atomic accesses, and what they are for hands over no plain data.
CFLAGS += -fsanitize=thread -Wno-tsan -DHOSTED_TSAN=1 -DHOSTED_STACK_BYTES=1310720 \
	-DHOSTED_POOL_STACK_BYTES=524288
LDFLAGS += -fsanitize=thread
endif
