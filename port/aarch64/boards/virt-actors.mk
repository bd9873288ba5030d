# SPDX-License-Identifier: MIT
PORT_ACTORS = 1
include port/aarch64/boards/virt.mk
