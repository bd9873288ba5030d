// SPDX-License-Identifier: MIT
// What littlefs asks of its geometry and asserts in debug builds only.
#ifndef VM_EXT_SAFE_FS_LIMITS_H
#define VM_EXT_SAFE_FS_LIMITS_H

#include "py/mperrno.h"
#include "py/runtime.h"

// A block of a file holds pointers to blocks before it, one more for each power of 2 that divides its number.
#define FS_BLOCK_BYTES_MIN (64)
#define FS_BLOCK_BYTES_ANY (128) // enough for any number of blocks
#define FS_SMALL_BLOCKS_MAX (1 << 14) // with fewer bytes
#define FS_BLOCK_BYTES_MAX (1 << 20)
#define FS_LOOKAHEAD_MAX   (1 << 20)

static inline void fs_require(bool condition) {
    if (!condition) {
        mp_raise_OSError(MP_EINVAL);
    }
}

static inline void fs_check_sizes(size_t read, size_t prog, size_t block, size_t count, size_t lookahead, size_t unit) {
    fs_require(block >= FS_BLOCK_BYTES_MIN && block <= FS_BLOCK_BYTES_MAX);
    fs_require(count >= 2 && count <= (block >= FS_BLOCK_BYTES_ANY ? INT32_MAX : FS_SMALL_BLOCKS_MAX));
    fs_require(read > 0 && prog > 0 && read <= block && prog <= block);
    fs_require(lookahead > 0 && lookahead <= FS_LOOKAHEAD_MAX && lookahead % unit == 0);
}

#endif
