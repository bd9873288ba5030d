# SPDX-License-Identifier: MIT
BOARD ?= lx60
COPT ?= -Os -DNDEBUG
VERIFIER_COPT ?= -Os

# As upstream's esp8266: no littlefs of the first format.
MICROPY_VFS_LFS1 ?= 0
