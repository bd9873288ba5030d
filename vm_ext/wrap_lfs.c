// SPDX-License-Identifier: MIT
// littlefs leaves it to its caller to read only what is open for reading and to write only what is open for
// writing: it asserts, and the assertions are compiled out. These stand in front (ld --wrap) and refuse.
#include "py/mpconfig.h"

#include "lib/littlefs/lfs1.h"
#include "lib/littlefs/lfs2.h"

#define GUARD_ACCESS(lfs, LFS) \
    lfs##_ssize_t __real_##lfs##_file_read(lfs##_t *fs, lfs##_file_t *file, void *buf, lfs##_size_t size); \
    lfs##_ssize_t __wrap_##lfs##_file_read(lfs##_t *fs, lfs##_file_t *file, void *buf, lfs##_size_t size); \
    lfs##_ssize_t __wrap_##lfs##_file_read(lfs##_t *fs, lfs##_file_t *file, void *buf, lfs##_size_t size) { \
        return file->flags & LFS##_O_RDONLY ? __real_##lfs##_file_read(fs, file, buf, size) : LFS##_ERR_BADF; \
    } \
    lfs##_ssize_t __real_##lfs##_file_write(lfs##_t *fs, lfs##_file_t *file, const void *buf, lfs##_size_t size); \
    lfs##_ssize_t __wrap_##lfs##_file_write(lfs##_t *fs, lfs##_file_t *file, const void *buf, lfs##_size_t size); \
    lfs##_ssize_t __wrap_##lfs##_file_write(lfs##_t *fs, lfs##_file_t *file, const void *buf, lfs##_size_t size) { \
        return file->flags & LFS##_O_WRONLY ? __real_##lfs##_file_write(fs, file, buf, size) : LFS##_ERR_BADF; \
    }

#if MICROPY_VFS_LFS1
GUARD_ACCESS(lfs1, LFS1)
#endif

#if MICROPY_VFS_LFS2
GUARD_ACCESS(lfs2, LFS2)
#endif
