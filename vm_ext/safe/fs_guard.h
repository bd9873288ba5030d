// SPDX-License-Identifier: MIT
// File systems in C, and the Python under them.
//   - An operation begins with safe_fs_begin(): a block device in Python that calls its own file system gets
//     OSError(EBUSY). The operation below it is in the middle of a block, and may go on with a file that has
//     been closed, a volume that has been made anew, or a list that has lost what it stands on.
//     It also asks for the C stack that file systems use.
//   - An image may be a circle: folders that follow each other for ever. When an operation has read for
//     long and something is pending, such as KeyboardInterrupt, safe_fs_interrupted() is true, and the
//     operation fails.
//   - What failed because Ctrl-C ended it raises KeyboardInterrupt, not OSError: safe_fs_settle().
#ifndef VM_EXT_SAFE_FS_GUARD_H
#define VM_EXT_SAFE_FS_GUARD_H

#include <stdbool.h>

#include "vm_ext/safe/interrupt.h"

// `device` is the file system's mp_vfs_blockdev_t.
void safe_fs_begin(const void *device);
bool safe_fs_interrupted(void);

// Given what an operation returned, once nothing of it is on the stack any more.
static inline int safe_fs_settle(int result, bool failed) {
    if (failed) {
        safe_poll_interrupt();
    }
    return result;
}

#endif
