# SPDX-License-Identifier: MIT
# QEMU's lx60-nommu with an lx106 core: plenty of RAM, so the heap grows and the stack is roomy.
XT_LINK_SCRIPT = port/xtensa/lx60/link.ld
SRC_PORT_C += $(addprefix port/xtensa/lx60/, lx60.c ns16550.c)
CFLAGS += -DPORT_FAULT_MODULE=1 -DLX60_SMALL=0 -DPORT_TINY=0 -DRT_STACK_BYTES=16384 -DXT_FATAL_STACK_BYTES=4096
