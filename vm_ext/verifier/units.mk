# SPDX-License-Identifier: MIT
# The verifier of .mpy files, and the two places where it stands in front of upstream's code.
SRC_VERIFIER_C = $(addprefix vm_ext/verifier/, block.c decode.c file.c flow.c load.c number.c prelude.c state.c)
SRC_VM_EXT_C += $(SRC_VERIFIER_C) vm_ext/wrap_globals.c
WRAP_SYMBOLS += mp_load_global

# Fast, or small: port/xtensa says -Os for everything.
VERIFIER_COPT ?= -O2
$(addprefix $(BUILD)/, $(SRC_VERIFIER_C:.c=.o)): CFLAGS += $(VERIFIER_COPT)
