// SPDX-License-Identifier: MIT
// Module ramdisk: a block device in memory that no VM's heap holds, so that files survive a soft reset.
// Invariant: disk.bytes stays allocated, at one place, from the first RAMDisk() until power off;
// every block number and length is checked against disk.size_bytes before a byte moves.
#include <string.h>

#include "extmod/vfs.h"
#include "py/mperrno.h"
#include "py/runtime.h"

#include "port/common/common.h"

#define BLOCK_BYTES (512)
#define CLEARED_BLOCKS (4) // where littlefs and FAT keep what says that they are there

static struct {
    uint8_t *bytes;
    size_t size_bytes;
} disk;

typedef struct {
    mp_obj_base_t base;
} ramdisk_obj_t;

extern const mp_obj_type_t ramdisk_type;
static const ramdisk_obj_t ramdisk_obj = {{&ramdisk_type}};

// RAMDisk(size_bytes): the machine's RAM disk, allocated by the first call; later calls return the same
// disk, whatever their size. MemoryError if no such run of memory is free. Only its first blocks are
// cleared, so that no file system of an earlier life is found there: clearing all of it took half of the
// time from power on to prompt.
static mp_obj_t ramdisk_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args) {
    mp_arg_check_num(n_args, n_kw, 1, 1, false);
    mp_int_t size = mp_obj_get_int(args[0]) & ~(mp_int_t)(BLOCK_BYTES - 1);
    if (size < CLEARED_BLOCKS * BLOCK_BYTES) {
        mp_raise_ValueError(MP_ERROR_TEXT("RAMDisk(size_bytes): at least 2048"));
    }
    if (disk.bytes == NULL) {
        uint8_t *bytes = ram_alloc(size);
        if (bytes == NULL) {
            m_malloc_fail(size);
        }
        memset(bytes, 0xff, CLEARED_BLOCKS * BLOCK_BYTES);
        disk.size_bytes = size;
        disk.bytes = bytes;
    }
    return MP_OBJ_FROM_PTR(&ramdisk_obj);
}

// The part of the disk that a transfer means: block_num, buf and an optional offset in the block.
static uint8_t *checked_range(size_t n_args, const mp_obj_t *args, mp_uint_t buf_flags, mp_buffer_info_t *buf) {
    mp_int_t block = mp_obj_get_int(args[1]);
    mp_int_t offset = n_args > 3 ? mp_obj_get_int(args[3]) : 0;
    mp_get_buffer_raise(args[2], buf, buf_flags);
    size_t blocks = disk.size_bytes / BLOCK_BYTES;
    if (block < 0 || (size_t)block >= blocks || offset < 0 || offset >= BLOCK_BYTES) {
        mp_raise_OSError(MP_EINVAL);
    }
    size_t start = (size_t)block * BLOCK_BYTES + offset;
    if (buf->len > disk.size_bytes - start) {
        mp_raise_OSError(MP_EINVAL);
    }
    return disk.bytes + start;
}

// readblocks(block_num, buf, offset=0)
static mp_obj_t ramdisk_readblocks(size_t n_args, const mp_obj_t *args) {
    mp_buffer_info_t buf;
    uint8_t *from = checked_range(n_args, args, MP_BUFFER_WRITE, &buf);
    memcpy(buf.buf, from, buf.len);
    return MP_OBJ_NEW_SMALL_INT(0);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(ramdisk_readblocks_obj, 3, 4, ramdisk_readblocks);

// writeblocks(block_num, buf, offset=0)
static mp_obj_t ramdisk_writeblocks(size_t n_args, const mp_obj_t *args) {
    mp_buffer_info_t buf;
    uint8_t *to = checked_range(n_args, args, MP_BUFFER_READ, &buf);
    memcpy(to, buf.buf, buf.len);
    return MP_OBJ_NEW_SMALL_INT(0);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(ramdisk_writeblocks_obj, 3, 4, ramdisk_writeblocks);

// ioctl(op, arg): block count and size; erasing is a no-op that succeeds.
static mp_obj_t ramdisk_ioctl(mp_obj_t self, mp_obj_t op_in, mp_obj_t arg_in) {
    switch (mp_obj_get_int(op_in)) {
        case MP_BLOCKDEV_IOCTL_BLOCK_COUNT:
            return mp_obj_new_int_from_uint(disk.size_bytes / BLOCK_BYTES);
        case MP_BLOCKDEV_IOCTL_BLOCK_SIZE:
            return MP_OBJ_NEW_SMALL_INT(BLOCK_BYTES);
        case MP_BLOCKDEV_IOCTL_INIT:
        case MP_BLOCKDEV_IOCTL_DEINIT:
        case MP_BLOCKDEV_IOCTL_SYNC:
        case MP_BLOCKDEV_IOCTL_BLOCK_ERASE:
            return MP_OBJ_NEW_SMALL_INT(0);
        default:
            return mp_const_none;
    }
}
static MP_DEFINE_CONST_FUN_OBJ_3(ramdisk_ioctl_obj, ramdisk_ioctl);

static const mp_rom_map_elem_t ramdisk_locals_dict_table[] = {
    { MP_ROM_QSTR(MP_QSTR_readblocks), MP_ROM_PTR(&ramdisk_readblocks_obj) },
    { MP_ROM_QSTR(MP_QSTR_writeblocks), MP_ROM_PTR(&ramdisk_writeblocks_obj) },
    { MP_ROM_QSTR(MP_QSTR_ioctl), MP_ROM_PTR(&ramdisk_ioctl_obj) },
};
static MP_DEFINE_CONST_DICT(ramdisk_locals_dict, ramdisk_locals_dict_table);

MP_DEFINE_CONST_OBJ_TYPE(
    ramdisk_type,
    MP_QSTR_RAMDisk,
    MP_TYPE_FLAG_NONE,
    make_new, ramdisk_make_new,
    locals_dict, &ramdisk_locals_dict
    );

static const mp_rom_map_elem_t ramdisk_module_globals_table[] = {
    { MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_ramdisk) },
    { MP_ROM_QSTR(MP_QSTR_RAMDisk), MP_ROM_PTR(&ramdisk_type) },
};
static MP_DEFINE_CONST_DICT(ramdisk_module_globals, ramdisk_module_globals_table);

const mp_obj_module_t mp_module_ramdisk = {
    .base = { &mp_type_module },
    .globals = (mp_obj_dict_t *)&ramdisk_module_globals,
};
MP_REGISTER_MODULE(MP_QSTR_ramdisk, mp_module_ramdisk);
