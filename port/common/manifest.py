# SPDX-License-Identifier: MIT
# What is frozen into every image: asyncio, and the start-up code of drivers_py.
include("$(MPY_DIR)/extmod/asyncio")
freeze("../../drivers_py", ("_boot.py",))
