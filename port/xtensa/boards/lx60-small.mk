# SPDX-License-Identifier: MIT
# The esp8266's memory layout and limits, run on QEMU's lx60: the emulated lx106 core has RAM at the same
# addresses. What fits and works here in 80 KiB is what the chip gets, but for its devices.
XT_LINK_SCRIPT = port/xtensa/esp8266/link.ld
XT_HEAP_SYMBOL = ld_heap_bytes
SRC_PORT_C += $(addprefix port/xtensa/lx60/, flash.c lx60.c ns16550.c)
CFLAGS += -DPORT_FAULT_MODULE=1 -DLX60_SMALL=1 -DPORT_TINY=1 -DRT_STACK_BYTES=7168 -DXT_FATAL_STACK_BYTES=2048
CFLAGS += -DCONSOLE_RING_BYTES=512 -DSMP_MAX_CORES=1
# Files are in flash: there is no RAM disk to leave memory for.
SRC_VM_EXT_C += vm_ext/modflash.c
# Byte accesses by words, so that constants in flash cost no trap each; narrow.c serves the libraries,
# which are not compiled here. It costs 22 KB of flash and a fifth more instructions.
CFLAGS += -mforce-l32
