// SPDX-License-Identifier: MIT
// Upstream's extmod/vfs_lfs.c, where both versions of littlefs check their geometry before they allocate from
// it: sizes come from Python arguments and from the block device. No operation begins while the block device
// is at work (fs_guard.h); an entry of a folder that could not be read is no entry: upstream made one of
// what was on the stack; and a file that was never opened, since its name was no string, is not closed.
#include "extmod/vfs.h"
#include "lib/littlefs/lfs1.h"
#include "lib/littlefs/lfs2.h"
#include "py/runtime.h"

#include "vm_ext/safe/fs_guard.h"
#include "vm_ext/safe/fs_limits.h"

#define allocate_bytes(n) ((uint8_t *)m_malloc(n))
#undef m_new
#define m_new(type, n) (check_config(config), allocate_bytes(n))

// Each version's config has the names that its littlefs uses.
#define check_config(c) \
    _Generic((c), struct lfs1_config *: check_lfs1, struct lfs2_config *: check_lfs2)((const void *)(c))

static void check_lfs1(const void *config);
static void check_lfs2(const void *config);

static inline int settle(int result) {
    return safe_fs_settle(result, result < 0);
}

static inline int entry_or_raise(int result) {
    if (settle(result) < 0) {
        mp_raise_OSError(-result);
    }
    return result;
}

#define BEGIN(fs) safe_fs_begin((fs)->cfg->context)
#define lfs1_dir_close(fs, ...)    (BEGIN(fs), lfs1_dir_close(fs, __VA_ARGS__))
#define lfs1_dir_open(fs, ...)     (BEGIN(fs), settle(lfs1_dir_open(fs, __VA_ARGS__)))
#define lfs1_dir_read(fs, ...)     (BEGIN(fs), entry_or_raise(lfs1_dir_read(fs, __VA_ARGS__)))
#define lfs1_file_close(fs, file)  (BEGIN(fs), (file)->cfg == NULL ? 0 : lfs1_file_close(fs, file))
#define lfs1_file_opencfg(fs, ...) (BEGIN(fs), lfs1_file_opencfg(fs, __VA_ARGS__))
#define lfs1_file_read(fs, ...)    (BEGIN(fs), settle(lfs1_file_read(fs, __VA_ARGS__)))
#define lfs1_file_seek(fs, ...)    (BEGIN(fs), settle(lfs1_file_seek(fs, __VA_ARGS__)))
#define lfs1_file_sync(fs, ...)    (BEGIN(fs), settle(lfs1_file_sync(fs, __VA_ARGS__)))
#define lfs1_file_write(fs, ...)   (BEGIN(fs), settle(lfs1_file_write(fs, __VA_ARGS__)))
#define lfs1_mkdir(fs, ...)        (BEGIN(fs), settle(lfs1_mkdir(fs, __VA_ARGS__)))
#define lfs1_remove(fs, ...)       (BEGIN(fs), settle(lfs1_remove(fs, __VA_ARGS__)))
#define lfs1_rename(fs, ...)       (BEGIN(fs), settle(lfs1_rename(fs, __VA_ARGS__)))
#define lfs1_stat(fs, ...)         (BEGIN(fs), settle(lfs1_stat(fs, __VA_ARGS__)))
#define lfs1_traverse(fs, ...)     (BEGIN(fs), settle(lfs1_traverse(fs, __VA_ARGS__)))
#define lfs1_unmount(fs)           (BEGIN(fs), lfs1_unmount(fs))
#define lfs2_dir_close(fs, ...)    (BEGIN(fs), lfs2_dir_close(fs, __VA_ARGS__))
#define lfs2_dir_open(fs, ...)     (BEGIN(fs), settle(lfs2_dir_open(fs, __VA_ARGS__)))
#define lfs2_dir_read(fs, ...)     (BEGIN(fs), entry_or_raise(lfs2_dir_read(fs, __VA_ARGS__)))
#define lfs2_file_close(fs, file)  (BEGIN(fs), (file)->cfg == NULL ? 0 : lfs2_file_close(fs, file))
#define lfs2_file_opencfg(fs, ...) (BEGIN(fs), lfs2_file_opencfg(fs, __VA_ARGS__))
#define lfs2_file_read(fs, ...)    (BEGIN(fs), settle(lfs2_file_read(fs, __VA_ARGS__)))
#define lfs2_file_seek(fs, ...)    (BEGIN(fs), settle(lfs2_file_seek(fs, __VA_ARGS__)))
#define lfs2_file_sync(fs, ...)    (BEGIN(fs), settle(lfs2_file_sync(fs, __VA_ARGS__)))
#define lfs2_file_write(fs, ...)   (BEGIN(fs), settle(lfs2_file_write(fs, __VA_ARGS__)))
#define lfs2_fs_traverse(fs, ...)  (BEGIN(fs), settle(lfs2_fs_traverse(fs, __VA_ARGS__)))
#define lfs2_getattr(fs, ...)      (BEGIN(fs), settle(lfs2_getattr(fs, __VA_ARGS__)))
#define lfs2_mkdir(fs, ...)        (BEGIN(fs), settle(lfs2_mkdir(fs, __VA_ARGS__)))
#define lfs2_remove(fs, ...)       (BEGIN(fs), settle(lfs2_remove(fs, __VA_ARGS__)))
#define lfs2_rename(fs, ...)       (BEGIN(fs), settle(lfs2_rename(fs, __VA_ARGS__)))
#define lfs2_stat(fs, ...)         (BEGIN(fs), settle(lfs2_stat(fs, __VA_ARGS__)))
#define lfs2_unmount(fs)           (BEGIN(fs), lfs2_unmount(fs))

// Opening and closing have something to do after a failure, and raise in the end.
#define mp_raise_OSError(err) (safe_poll_interrupt(), mp_raise_OSError(err))

#include "extmod/vfs_lfs.c"

#if !MICROPY_VFS_LFS1
static void check_lfs1(const void *config) {
}
#else
static void check_lfs1(const void *config) {
    const struct lfs1_config *c = config;
    fs_check_sizes(c->read_size, c->prog_size, c->block_size, c->block_count, c->lookahead, 32);
    fs_require(c->prog_size % c->read_size == 0 && c->block_size % c->prog_size == 0);
}
#endif

#if !MICROPY_VFS_LFS2
static void check_lfs2(const void *config) {
}
#else
static void check_lfs2(const void *config) {
    const struct lfs2_config *c = config;
    fs_check_sizes(c->read_size, c->prog_size, c->block_size, c->block_count, c->lookahead_size, 8);
    fs_require(c->cache_size % c->read_size == 0 && c->cache_size % c->prog_size == 0);
    fs_require(c->block_size % c->cache_size == 0);
}
#endif
