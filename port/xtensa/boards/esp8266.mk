# SPDX-License-Identifier: MIT
# Any ESP8266 module with at least 1 MiB of flash and the usual 26 MHz crystal.
XT_LINK_SCRIPT = port/xtensa/esp8266/link.ld
XT_HEAP_SYMBOL = ld_heap_bytes
SRC_PORT_C += $(addprefix port/xtensa/esp8266/, esp8266.c flash.c uart.c)
CFLAGS += -DPORT_FAULT_MODULE=0 -DPORT_TINY=1 -DRT_STACK_BYTES=7168 -DXT_FATAL_STACK_BYTES=2048
CFLAGS += -DPORT_SYS_PLATFORM='"esp8266"' -DESP8266_CRYSTAL_HZ=26000000
CFLAGS += -DCONSOLE_RING_BYTES=512 -DSMP_MAX_CORES=1
# Files are in flash: there is no RAM disk to leave memory for.
SRC_VM_EXT_C += vm_ext/modflash.c
# Byte accesses by words, so that constants in flash cost no trap each; narrow.c serves the libraries,
# which are not compiled here. It costs 22 KB of flash and a fifth more instructions.
CFLAGS += -mforce-l32
