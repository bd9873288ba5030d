# SPDX-License-Identifier: MIT
BOARD ?= linux

# SANITIZE=address (with undefined behaviour) or SANITIZE=thread: an instrumented build of its own.
BUILD_SUFFIX_address = -asan
BUILD_SUFFIX_thread = -tsan
BUILD ?= build/hosted-$(BOARD)$(BUILD_SUFFIX_$(SANITIZE))
