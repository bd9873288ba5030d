# SPDX-License-Identifier: MIT
CFLAGS += -DPORT_FAULT_MODULE=1
BOARD_TITLE = Linux process
