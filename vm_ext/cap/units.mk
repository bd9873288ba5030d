# SPDX-License-Identifier: MIT
# Capabilities.
SRC_VM_EXT_C += vm_ext/cap/cap.c
