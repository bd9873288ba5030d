# SPDX-License-Identifier: MIT
BOARD ?= virt
