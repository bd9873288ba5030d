# SPDX-License-Identifier: MIT
BOARD ?= pc
