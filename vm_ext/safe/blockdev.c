// SPDX-License-Identifier: MIT
// Block devices for upstream's file systems, in place of upstream's extmod/vfs_blockdev.c. A device that is
// written in Python gets its own copy of the bytes, never a view of C memory, and what it returns or
// raises cannot leave C code half done: littlefs keeps pointers to its own stack frames in lists that
// outlive an exception which jumps over them.
//   - readblocks() gets a bytearray on the heap, copied back if it still has that many bytes;
//   - a result is None, True or 0 (done), False (EIO), or a negative errno; all else is EINVAL;
//   - OSError from a transfer becomes its errno; any other exception is raised once the file system has
//     returned, and the transfer fails with EIO;
//   - a device is not entered again while it works (EBUSY), nor is its file system: fs_guard.h.
// The RAM disk and the board's flash, which are C and keep nothing, get the view.
#include <string.h>

#include "extmod/vfs.h"
#include "py/binary.h"
#include "py/gc.h"
#include "py/mperrno.h"
#include "py/objarray.h"
#include "py/runtime.h"

#include "vm_ext/safe/busy.h"
#include "vm_ext/safe/cstack.h"
#include "vm_ext/safe/fs_guard.h"

extern const mp_obj_type_t ramdisk_type;
extern const mp_obj_type_t flash_type __attribute__((weak)); // of boards that have one

enum { METHOD_WORDS = 2, BUFFER_SLOT = 3, ARGS_MAX = 3 };

void mp_vfs_blockdev_init(mp_vfs_blockdev_t *self, mp_obj_t bdev) {
    mp_load_method(bdev, MP_QSTR_readblocks, self->readblocks);
    mp_load_method_maybe(bdev, MP_QSTR_writeblocks, self->writeblocks);
    mp_load_method_maybe(bdev, MP_QSTR_ioctl, self->u.ioctl);
    self->flags &= ~MP_BLOCKDEV_FLAG_NATIVE;
    self->readblocks[BUFFER_SLOT] = MP_OBJ_NULL;
    if (self->u.ioctl[0] != MP_OBJ_NULL) {
        self->flags |= MP_BLOCKDEV_FLAG_HAVE_IOCTL;
        return;
    }
    mp_load_method_maybe(bdev, MP_QSTR_sync, self->u.old.sync);
    mp_load_method(bdev, MP_QSTR_count, self->u.old.count);
}

// A negative errno for an exception that must not pass through the file system's C code.
static int swallow(mp_obj_t exception) {
    if (mp_obj_exception_match(exception, MP_OBJ_FROM_PTR(&mp_type_OSError))) {
        mp_obj_t value = mp_obj_exception_get_value(exception);
        mp_int_t err = mp_obj_is_small_int(value) ? MP_OBJ_SMALL_INT_VALUE(value) : MP_EIO;
        return err > 0 && err < 0x7fff ? -err : -MP_EIO;
    }
    if (!gc_is_locked()) {
        MP_STATE_THREAD(mp_pending_exception) = exception;
    }
    return -MP_EIO;
}

static int error_from(mp_obj_t result) {
    if (result == mp_const_none || result == mp_const_true) {
        return 0;
    }
    if (result == mp_const_false) {
        return -MP_EIO;
    }
    mp_int_t err = mp_obj_is_small_int(result) ? MP_OBJ_SMALL_INT_VALUE(result) : 1;
    return err > 0 || err < -0x7fff ? -MP_EINVAL : err;
}

static int call(const mp_obj_t *method, size_t n_args, const mp_obj_t *args, const void *device) {
    mp_obj_t call_args[METHOD_WORDS + ARGS_MAX];
    memcpy(call_args, method, METHOD_WORDS * sizeof(mp_obj_t));
    memcpy(call_args + METHOD_WORDS, args, n_args * sizeof(mp_obj_t));
    safe_busy_t busy;
    if (!safe_busy_enter(&busy, device)) {
        return -MP_EBUSY;
    }
    int err;
    nlr_buf_t nlr;
    if (nlr_push(&nlr) == 0) {
        err = error_from(mp_call_method_n_kw(n_args, 0, call_args));
        nlr_pop();
    } else {
        err = swallow(MP_OBJ_FROM_PTR(nlr.ret_val));
    }
    safe_busy_leave(&busy);
    return err;
}

// The bytearray that a method gets. It stays in a slot of the device that upstream used for arguments, for the
// next transfer: a file that is closed by the collector cannot allocate.
static mp_obj_array_t *get_buffer(mp_vfs_blockdev_t *self, size_t len) {
    mp_obj_array_t *buffer = MP_OBJ_TO_PTR(self->readblocks[BUFFER_SLOT]);
    if (buffer != NULL && buffer->len + buffer->free >= len) {
        buffer->free = buffer->len + buffer->free - len;
        buffer->len = len;
        return buffer;
    }
    nlr_buf_t nlr;
    if (nlr_push(&nlr) != 0) {
        return NULL;
    }
    self->readblocks[BUFFER_SLOT] = mp_obj_new_bytearray_by_ref(len, m_new0(byte, len));
    nlr_pop();
    return MP_OBJ_TO_PTR(self->readblocks[BUFFER_SLOT]);
}

typedef struct {
    size_t block, offset;
    size_t n_args; // 2 for whole blocks, 3 with an offset
    size_t len;
} place_t;

// A device in C, which takes the view for the time of the call only.
static bool keeps_nothing(mp_obj_t device) {
    const mp_obj_type_t *type = mp_obj_get_type(device);
    return type == &ramdisk_type || (&flash_type != NULL && type == &flash_type);
}

static int transfer_copied(mp_vfs_blockdev_t *self, const mp_obj_t *method, const place_t *at,
    void *to, const void *from) {
    mp_obj_array_t *buffer = get_buffer(self, at->len);
    if (buffer == NULL) {
        return -MP_ENOMEM;
    }
    if (from != NULL) {
        memcpy(buffer->items, from, at->len);
    }
    mp_obj_t args[] = { MP_OBJ_NEW_SMALL_INT(at->block), MP_OBJ_FROM_PTR(buffer), MP_OBJ_NEW_SMALL_INT(at->offset) };
    int err = call(method, at->n_args, args, self);
    if (to == NULL) {
        return err;
    }
    if (buffer->len < at->len) {
        return err != 0 ? err : -MP_EIO; // the method shortened it
    }
    // After an error too: littlefs takes its cache for filled.
    memcpy(to, buffer->items, at->len);
    return err;
}

static int transfer(mp_vfs_blockdev_t *self, const mp_obj_t *method, const place_t *at, void *to, const void *from) {
    if (method[1] == MP_OBJ_NULL || !keeps_nothing(method[1])) {
        return transfer_copied(self, method, at, to, from);
    }
    mp_obj_array_t view = {{&mp_type_bytearray}, BYTEARRAY_TYPECODE, 0, at->len, to != NULL ? to : (void *)from};
    mp_obj_t args[] = { MP_OBJ_NEW_SMALL_INT(at->block), MP_OBJ_FROM_PTR(&view), MP_OBJ_NEW_SMALL_INT(at->offset) };
    return call(method, at->n_args, args, self);
}

int mp_vfs_blockdev_read(mp_vfs_blockdev_t *self, size_t block, size_t n_blocks, uint8_t *buf) {
    place_t at = { block, 0, 2, n_blocks * self->block_size };
    return transfer(self, self->readblocks, &at, buf, NULL);
}

int mp_vfs_blockdev_read_ext(mp_vfs_blockdev_t *self, size_t block, size_t offset, size_t len, uint8_t *buf) {
    place_t at = { block, offset, 3, len };
    return transfer(self, self->readblocks, &at, buf, NULL);
}

int mp_vfs_blockdev_write(mp_vfs_blockdev_t *self, size_t block, size_t n_blocks, const uint8_t *buf) {
    place_t at = { block, 0, 2, n_blocks * self->block_size };
    return self->writeblocks[0] == MP_OBJ_NULL ? -MP_EROFS : transfer(self, self->writeblocks, &at, NULL, buf);
}

int mp_vfs_blockdev_write_ext(mp_vfs_blockdev_t *self, size_t block, size_t offset, size_t len, const uint8_t *buf) {
    place_t at = { block, offset, 3, len };
    return self->writeblocks[0] == MP_OBJ_NULL ? -MP_EROFS : transfer(self, self->writeblocks, &at, NULL, buf);
}

// The method that a device of the old protocol has for a request, or NULL; such devices have no others.
static const mp_obj_t *old_method(const mp_vfs_blockdev_t *self, uintptr_t cmd) {
    const mp_obj_t *method = cmd == MP_BLOCKDEV_IOCTL_SYNC ? self->u.old.sync
        : cmd == MP_BLOCKDEV_IOCTL_BLOCK_COUNT ? self->u.old.count : NULL;
    return method == NULL || method[0] == MP_OBJ_NULL ? NULL : method;
}

// As call(), for what the caller asks before it works: exceptions pass, and any result.
static mp_obj_t ask(const mp_obj_t *method, size_t n_args, const mp_obj_t *args, const void *device) {
    mp_obj_t call_args[METHOD_WORDS + ARGS_MAX];
    memcpy(call_args, method, METHOD_WORDS * sizeof(mp_obj_t));
    memcpy(call_args + METHOD_WORDS, args, n_args * sizeof(mp_obj_t));
    safe_busy_t busy;
    if (!safe_busy_enter(&busy, device)) {
        mp_raise_OSError(MP_EBUSY);
    }
    nlr_buf_t nlr;
    if (nlr_push(&nlr) != 0) {
        safe_busy_leave(&busy);
        nlr_jump(nlr.ret_val);
    }
    mp_obj_t result = mp_call_method_n_kw(n_args, 0, call_args);
    nlr_pop();
    safe_busy_leave(&busy);
    return result;
}

mp_obj_t mp_vfs_blockdev_ioctl(mp_vfs_blockdev_t *self, uintptr_t cmd, uintptr_t arg) {
    mp_obj_t args[] = { MP_OBJ_NEW_SMALL_INT(cmd), MP_OBJ_NEW_SMALL_INT(arg) };
    bool is_old = (self->flags & MP_BLOCKDEV_FLAG_HAVE_IOCTL) == 0;
    const mp_obj_t *method = is_old ? old_method(self, cmd) : self->u.ioctl;
    size_t n_args = is_old ? 0 : MP_ARRAY_SIZE(args);
    if (method == NULL) {
        return mp_const_none;
    }
    if (cmd == MP_BLOCKDEV_IOCTL_SYNC || cmd == MP_BLOCKDEV_IOCTL_BLOCK_ERASE) {
        // The file system is at work: its caches are half written.
        return MP_OBJ_NEW_SMALL_INT(call(method, n_args, args, self));
    }
    return ask(method, n_args, args, self);
}

// --- the file systems' side, see fs_guard.h

#define READS_BEFORE_INTERRUPT (4096)

static unsigned reads;

void safe_fs_begin(const void *device) {
    safe_stack_need(SAFE_STACK_FS);
    if (safe_is_busy(device)) {
        mp_raise_OSError(MP_EBUSY);
    }
    reads = 0;
}

bool safe_fs_interrupted(void) {
    return ++reads > READS_BEFORE_INTERRUPT && MP_STATE_THREAD(mp_pending_exception) != MP_OBJ_NULL;
}

void safe_blockdev_probe(mp_vfs_blockdev_t *self, size_t block, size_t offset, size_t len, uint8_t *buf) {
    int err = mp_vfs_blockdev_read_ext(self, block, offset, len, buf);
    if (err != 0) {
        MP_STATE_THREAD(mp_pending_exception) = MP_OBJ_NULL; // the device knows no offsets: no littlefs there
        mp_raise_OSError(-err);
    }
}
