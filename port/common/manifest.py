# SPDX-License-Identifier: MIT
# What is frozen into every image: asyncio, with its tasks in
# Python since upstream's C part takes any object for a task, and the start-up code of drivers_py.
include("$(MPY_DIR)/extmod/asyncio")
package("asyncio", ("task.py",), base_path="$(MPY_DIR)/extmod", opt=3)
freeze("../../drivers_py", ("_boot.py",))
freeze("../../vm_ext/modactor/py")
