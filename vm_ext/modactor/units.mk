# SPDX-License-Identifier: MIT
# The module `actor`: Python programs as actors.
SRC_VM_EXT_C += $(addprefix vm_ext/modactor/,\
	buffer.c \
	call.c \
	caps.c \
	held.c \
	mail.c \
	message.c \
	modactor.c \
	ref.c \
	trace.c \
	vmactor.c \
	walk.c \
	)
