# SPDX-License-Identifier: MIT
PORT_ACTORS = 1
include port/x86_64/boards/pc.mk
