// SPDX-License-Identifier: MIT
// Module flash: the files' part of the board's flash as a block device of 4 KiB blocks.
// Invariant: every block number, offset and length is checked against the part's size before the
// contract is called, which checks nothing. Writes clear bits only; a file system erases first, by ioctl.
// No other actor has its turn during a call of the contract, since the scheduler may lie in the flash itself.
#include <string.h>

#include "extmod/vfs.h"
#include "py/mperrno.h"
#include "py/runtime.h"

#include "hal/flash.h"
#include "vm_ext/isolate/memory.h"

#define BLOCK_BYTES HAL_FLASH_SECTOR_BYTES

typedef struct {
    mp_obj_base_t base;
} flash_obj_t;

extern const mp_obj_type_t flash_type;
static const flash_obj_t flash_obj = {{&flash_type}};

// Flash(): the board has one.
static mp_obj_t flash_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args) {
    mp_arg_check_num(n_args, n_kw, 0, 0, false);
    return MP_OBJ_FROM_PTR(&flash_obj);
}

// What a call between isolate_nopreempt_enter() and this has come to.
static void ended(int err) {
    isolate_nopreempt_leave();
    if (err != 0) {
        mp_raise_OSError(-err);
    }
}

static void erase(uint32_t sector) {
    isolate_nopreempt_enter();
    ended(hal_flash_erase(sector));
}

static uint32_t checked_block(mp_obj_t block_in) {
    mp_int_t block = mp_obj_get_int(block_in);
    if (block < 0 || (mp_uint_t)block >= hal_flash_bytes() / BLOCK_BYTES) {
        mp_raise_OSError(MP_EINVAL);
    }
    return (uint32_t)block * BLOCK_BYTES;
}

// Where a transfer starts: block_num, buf and an optional offset in the block.
static uint32_t checked_start(size_t n_args, const mp_obj_t *args, mp_uint_t buf_flags, mp_buffer_info_t *buf) {
    mp_int_t offset = n_args > 3 ? mp_obj_get_int(args[3]) : 0;
    uint32_t start = checked_block(args[1]);
    mp_get_buffer_raise(args[2], buf, buf_flags);
    if (offset < 0 || offset >= BLOCK_BYTES || buf->len > hal_flash_bytes() - start - (uint32_t)offset) {
        mp_raise_OSError(MP_EINVAL);
    }
    return start + (uint32_t)offset;
}

// readblocks(block_num, buf, offset=0)
static mp_obj_t flash_readblocks(size_t n_args, const mp_obj_t *args) {
    mp_buffer_info_t buf;
    uint32_t start = checked_start(n_args, args, MP_BUFFER_WRITE, &buf);
    isolate_nopreempt_enter();
    ended(hal_flash_read(start, buf.buf, buf.len));
    return MP_OBJ_NEW_SMALL_INT(0);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(flash_readblocks_obj, 3, 4, flash_readblocks);

// writeblocks(block_num, buf, offset=0): without an offset the blocks are erased first, with one, even 0,
// they are not; that is the difference between the simple and the extended interface of block devices.
static mp_obj_t flash_writeblocks(size_t n_args, const mp_obj_t *args) {
    mp_buffer_info_t buf;
    uint32_t start = checked_start(n_args, args, MP_BUFFER_READ, &buf);
    if (n_args == 3) {
        for (uint32_t sector = start; sector < start + buf.len; sector += BLOCK_BYTES) {
            erase(sector);
        }
    }
    isolate_nopreempt_enter();
    ended(hal_flash_write(start, buf.buf, buf.len));
    return MP_OBJ_NEW_SMALL_INT(0);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(flash_writeblocks_obj, 3, 4, flash_writeblocks);

// ioctl(op, arg)
static mp_obj_t flash_ioctl(mp_obj_t self, mp_obj_t op_in, mp_obj_t arg_in) {
    switch (mp_obj_get_int(op_in)) {
        case MP_BLOCKDEV_IOCTL_BLOCK_COUNT:
            return mp_obj_new_int_from_uint(hal_flash_bytes() / BLOCK_BYTES);
        case MP_BLOCKDEV_IOCTL_BLOCK_SIZE:
            return MP_OBJ_NEW_SMALL_INT(BLOCK_BYTES);
        case MP_BLOCKDEV_IOCTL_BLOCK_ERASE:
            erase(checked_block(arg_in));
            return MP_OBJ_NEW_SMALL_INT(0);
        case MP_BLOCKDEV_IOCTL_INIT:
        case MP_BLOCKDEV_IOCTL_DEINIT:
        case MP_BLOCKDEV_IOCTL_SYNC:
            return MP_OBJ_NEW_SMALL_INT(0);
        default:
            return mp_const_none;
    }
}
static MP_DEFINE_CONST_FUN_OBJ_3(flash_ioctl_obj, flash_ioctl);

static const mp_rom_map_elem_t flash_locals_dict_table[] = {
    { MP_ROM_QSTR(MP_QSTR_readblocks), MP_ROM_PTR(&flash_readblocks_obj) },
    { MP_ROM_QSTR(MP_QSTR_writeblocks), MP_ROM_PTR(&flash_writeblocks_obj) },
    { MP_ROM_QSTR(MP_QSTR_ioctl), MP_ROM_PTR(&flash_ioctl_obj) },
};
static MP_DEFINE_CONST_DICT(flash_locals_dict, flash_locals_dict_table);

MP_DEFINE_CONST_OBJ_TYPE(
    flash_type,
    MP_QSTR_Flash,
    MP_TYPE_FLAG_NONE,
    make_new, flash_make_new,
    locals_dict, &flash_locals_dict
    );

static const mp_rom_map_elem_t flash_module_globals_table[] = {
    { MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_flash) },
    { MP_ROM_QSTR(MP_QSTR_Flash), MP_ROM_PTR(&flash_type) },
};
static MP_DEFINE_CONST_DICT(flash_module_globals, flash_module_globals_table);

const mp_obj_module_t mp_module_flash = {
    .base = { &mp_type_module },
    .globals = (mp_obj_dict_t *)&flash_module_globals,
};
MP_REGISTER_MODULE(MP_QSTR_flash, mp_module_flash);
