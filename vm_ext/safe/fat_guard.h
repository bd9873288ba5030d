// SPDX-License-Identifier: MIT
// No operation of FatFs begins while its block device is at work, see fs_guard.h. Included before upstream's
// callers of FatFs.
#ifndef VM_EXT_SAFE_FAT_GUARD_H
#define VM_EXT_SAFE_FAT_GUARD_H

#include "extmod/vfs_fat.h"
#include "lib/oofatfs/ff.h"

#include "vm_ext/safe/fs_guard.h"

static inline void fat_begin(const FATFS *fs) {
    if (fs != NULL) { // else the file is closed, and FatFs says so
        safe_fs_begin(&((const fs_user_mount_t *)fs->drv)->blockdev);
    }
}

static inline FRESULT fat_settle(FRESULT result) {
    return safe_fs_settle(result, result != FR_OK);
}

#define f_chdir(fs, ...)     (fat_begin(fs), fat_settle(f_chdir(fs, __VA_ARGS__)))
// A path that fills the buffer gets its end behind it.
#define f_getcwd(fs, buf, n) (fat_begin(fs), fat_settle(f_getcwd(fs, buf, (n) - 1)))
#define f_getfree(fs, ...)   (fat_begin(fs), fat_settle(f_getfree(fs, __VA_ARGS__)))
#define f_mkdir(fs, ...)     (fat_begin(fs), fat_settle(f_mkdir(fs, __VA_ARGS__)))
#define f_mkfs(fs, ...)      (fat_begin(fs), fat_settle(f_mkfs(fs, __VA_ARGS__)))
#define f_open(fs, ...)      (fat_begin(fs), f_open(fs, __VA_ARGS__))
#define f_opendir(fs, ...)   (fat_begin(fs), fat_settle(f_opendir(fs, __VA_ARGS__)))
#define f_rename(fs, ...)    (fat_begin(fs), fat_settle(f_rename(fs, __VA_ARGS__)))
#define f_stat(fs, ...)      (fat_begin(fs), fat_settle(f_stat(fs, __VA_ARGS__)))
#define f_unlink(fs, ...)    (fat_begin(fs), fat_settle(f_unlink(fs, __VA_ARGS__)))
#define f_mount(fs)          (fat_begin(fs), fat_settle(f_mount(fs)))
#define f_read(of, ...)      (fat_begin((of)->obj.fs), fat_settle(f_read(of, __VA_ARGS__)))
#define f_write(of, ...)     (fat_begin((of)->obj.fs), fat_settle(f_write(of, __VA_ARGS__)))
#define f_lseek(of, ...)     (fat_begin((of)->obj.fs), fat_settle(f_lseek(of, __VA_ARGS__)))
#define f_readdir(of, ...)   (fat_begin((of)->obj.fs), fat_settle(f_readdir(of, __VA_ARGS__)))
#define f_sync(of)           (fat_begin((of)->obj.fs), fat_settle(f_sync(of)))
#define f_close(of)          (fat_begin((of)->obj.fs), f_close(of))
#define f_closedir(of)       (fat_begin((of)->obj.fs), fat_settle(f_closedir(of)))

// Opening has something to do after a failure, and raises in the end.
#define mp_raise_OSError(err) (safe_poll_interrupt(), mp_raise_OSError(err))

#endif
