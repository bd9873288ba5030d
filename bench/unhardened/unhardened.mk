# SPDX-License-Identifier: MIT
# The other side of bench/safety: the same build with upstream's VM as it is (UNHARDENED=1 in port/Makefile).
# No image that is shipped is made of this: Python can break it. What replaces a whole module of upstream
# stays (io, select, block devices), and so do the configuration and the ports.
UNHARDENED_KEEPS = $(addprefix vm_ext/safe/, blockdev.c busy.c cstack.c)

SRC_VM_EXT_C := $(filter-out vm_ext/verifier/% vm_ext/wrap_globals.c vm_ext/wrap_readline.c, \
	$(filter-out $(filter-out $(UNHARDENED_KEEPS), $(wildcard vm_ext/safe/*.c)), $(SRC_VM_EXT_C)))
# For backtraces, which ask what an address is.
SRC_VM_EXT_C += vm_ext/safe/blocks.c
SRC_COMMON_C := $(filter-out port/common/gcroots.c, $(SRC_COMMON_C)) bench/unhardened/gcroots.c
WRAP_SYMBOLS := $(filter lfs%, $(WRAP_SYMBOLS))
INC := $(filter-out -Ivm_ext/safe/shadow, $(INC))
# In files that have other reasons as well.
CFLAGS += -DUNHARDENED=1
