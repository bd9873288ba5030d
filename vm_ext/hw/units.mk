# SPDX-License-Identifier: MIT
# Hardware for Python: the modules cap, mmio, pio, irq and dma.
SRC_VM_EXT_C += $(addprefix vm_ext/hw/,\
	capobj.c \
	describe.c \
	device.c \
	memory.c \
	modcap.c \
	moddma.c \
	modhw.c \
	modirq.c \
	modmmio.c \
	modpio.c \
	register.c \
	ring.c \
	virtio.c \
	)
