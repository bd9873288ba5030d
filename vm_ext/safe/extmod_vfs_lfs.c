// SPDX-License-Identifier: MIT
// Upstream's extmod/vfs_lfs.c, where both versions of littlefs check their geometry before they allocate from
// it: sizes come from Python arguments and from the block device.
#include "py/runtime.h"

#include "vm_ext/safe/fs_limits.h"

#define allocate_bytes(n) ((uint8_t *)m_malloc(n))
#undef m_new
#define m_new(type, n) (check_config(config), allocate_bytes(n))

// Each version's config has the names that its littlefs uses.
#define check_config(c) \
    _Generic((c), struct lfs1_config *: check_lfs1, struct lfs2_config *: check_lfs2)((const void *)(c))

static void check_lfs1(const void *config);
static void check_lfs2(const void *config);

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
