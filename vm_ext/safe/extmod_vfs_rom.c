// SPDX-License-Identifier: MIT
// Upstream's extmod/vfs_rom.c, changed as vm_ext/changed/extmod_vfs_rom.txt says, for images that Python made.
// Upstream's images are in flash: nobody writes to them, and they stay. Here an image is a bytes object, or is
// copied to one, and an iterator over a directory keeps it.
#include <string.h>

#include "py/objstr.h"
#include "py/runtime.h"

static inline mp_obj_t unchangeable(mp_obj_t memory) {
    if (mp_obj_is_exact_type(memory, &mp_type_bytes)) {
        return memory;
    }
    mp_buffer_info_t image;
    mp_get_buffer_raise(memory, &image, MP_BUFFER_READ);
    return mp_obj_new_bytes(image.buf, image.len);
}

// make_new() takes the buffer of self->memory, once.
#define mp_get_buffer_raise(memory, image, flags) \
    mp_get_buffer_raise((memory) = unchangeable(memory), image, flags)

#include "changed/extmod/vfs_rom.c"
