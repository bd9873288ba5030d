# SPDX-License-Identifier: MIT
PORT_ACTORS = 1
include port/hosted/boards/linux.mk
