# SPDX-License-Identifier: MIT
# Any PC: what it has is found at boot, from ACPI and CPUID.
CFLAGS += -DPORT_FAULT_MODULE=1
BOARD_TITLE = PC
