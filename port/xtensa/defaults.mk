# SPDX-License-Identifier: MIT
BOARD ?= lx60
COPT ?= -Os -DNDEBUG
