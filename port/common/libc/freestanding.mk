# SPDX-License-Identifier: MIT
# For ports without a libc: our headers and gcc's own, our string functions, upstream's libm.
# -fbuiltin: upstream's compressed messages are chosen by strcmp() at compile time.
CFLAGS += -ffreestanding -fbuiltin -fno-builtin-printf -fno-stack-protector -fno-pie -fno-pic -nostdinc \
	-isystem $(shell $(CC) -print-file-name=include) -isystem port/include/libc
LDFLAGS += -nostdlib -static -no-pie

SRC_LIB_C += $(filter-out %/exp.c, $(SRC_LIB_LIBM_DBL_C))
SRC_PORT_C += $(addprefix port/common/libc/, exp.c math.c stdlib.c string.c)
$(BUILD)/port/common/libc/string.o: CFLAGS += -O3 -fno-tree-loop-distribute-patterns
$(BUILD)/port/common/libc/math.o: CFLAGS += -fno-math-errno -fno-builtin-sin -fno-builtin-cos
