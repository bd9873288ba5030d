# SPDX-License-Identifier: MIT
# The actor runtime. Without irq_exit.c, which belongs to an image that starts it.
SRC_VM_EXT_C += $(addprefix vm_ext/actor/,\
	actor.c \
	deque.c \
	idle.c \
	info.c \
	line.c \
	mail.c \
	names.c \
	pages.c \
	queue.c \
	sched.c \
	slab.c \
	slots.c \
	stacks.c \
	text.c \
	ties.c \
	timer.c \
	trace.c \
	)
