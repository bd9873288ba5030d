// SPDX-License-Identifier: MIT
// Upstream's extmod/modframebuf.c with its arithmetic made safe:
//   - the size that a buffer must have is computed in 64 bits, and the stride as rounded must fit its field
//     (65535 became 0, and filling went on 2 GiB further);
//   - coordinates beyond 128 Ki are cut to that, their low 16 bits kept since colours come the same way: no sum
//     overflows, and no circle takes minutes;
//   - a polygon's points are bounded, since each takes a word of the stack;
//   - a palette has a pixel for each colour that is looked up in it, also when the pixels of the source change because
//     they are the destination's;
//   - pixels of 16 bits begin at even addresses: some CPUs trap otherwise.
#include <string.h>

#include "py/binary.h"
#include "py/cstack.h"
#include "py/runtime.h"

#include "vm_ext/modactor/buffer.h"

#define COORDINATE_FAR  (1 << 17)
#define COLOUR_MASK     (0xffff)
#define POLY_POINTS_MAX (4096)

// Where upstream's function has no variable of these names, it is poly() that takes a buffer.
enum { stride = 0, height = 0, bpp = 0 };

static mp_int_t coordinate(mp_obj_t value_in) {
    mp_int_t value = mp_obj_get_int(value_in);
    if (value >= COORDINATE_FAR) {
        return (COORDINATE_FAR - COLOUR_MASK - 1) | (value & COLOUR_MASK);
    }
    if (value < -COORDINATE_FAR) {
        return -COORDINATE_FAR | (value & COLOUR_MASK);
    }
    return value;
}

static void check_points(const mp_buffer_info_t *buf) {
    size_t points = buf->len / (2 * mp_binary_get_size('@', buf->typecode, NULL));
    if (points > POLY_POINTS_MAX) {
        mp_raise_ValueError(MP_ERROR_TEXT("too many points"));
    }
    size_t stack_left = MP_STATE_THREAD(stack_limit) - mp_cstack_usage();
    if (mp_cstack_usage() > MP_STATE_THREAD(stack_limit) || points * sizeof(int64_t) > stack_left) {
        mp_raise_recursion_depth();
    }
}

static void check_size(const mp_buffer_info_t *buf, uint64_t row, uint64_t rows, size_t bits) {
    if (bits == 0) {
        check_points(buf);
        return;
    }
    // A lower bound of the size: upstream computes it exactly, where that does not overflow. Formats
    // that stack pixels have 8 rows in one.
    uint64_t bytes = (rows - 1) / 8 * row * bits / 8 * (bits == 1 ? 1 : 8);
    if (row > UINT16_MAX || (bits == 16 && ((uintptr_t)buf->buf & 1) != 0) || bytes > buf->len) {
        mp_raise_ValueError(NULL);
    }
}

#define mp_obj_get_int(value) coordinate(value)
#define mp_get_buffer_raise(obj, info, flags) \
    do { \
        buffer_refuse(obj); \
        mp_get_buffer_raise(obj, info, flags); \
        check_size(info, stride, height, bpp); \
    } while (0)
#define mp_int_t int64_t
// blit() casts args_in[1], its source, and then args_in[5], its palette: the same object can be both.
#define mp_obj_cast_to_native_base(obj, type) checked_cast(obj, type, args_in, #obj[8] == '5')

static mp_obj_t checked_cast(mp_obj_t obj, mp_const_obj_t type, const mp_obj_t *blit_args, bool is_palette);

#include "extmod/modframebuf.c"

#undef mp_obj_cast_to_native_base

static uint32_t largest_pixel(const mp_obj_framebuf_t *fb) {
    uint32_t largest = 0;
    for (unsigned y = 0; y < fb->height; ++y) {
        for (unsigned x = 0; x < fb->width; ++x) {
            largest = MAX(largest, getpixel(fb, x, y));
        }
    }
    return largest;
}

static bool may_share(const mp_obj_framebuf_t *one, const mp_obj_framebuf_t *other) {
    mp_buffer_info_t a, b;
    if (!mp_get_buffer(one->buf_obj, &a, MP_BUFFER_READ) || !mp_get_buffer(other->buf_obj, &b, MP_BUFFER_READ)) {
        return true;
    }
    return (const byte *)one->buf < (const byte *)other->buf + b.len
        && (const byte *)other->buf < (const byte *)one->buf + a.len;
}

static uint32_t largest_of_format(const mp_obj_framebuf_t *fb) {
    switch (fb->format) {
        case FRAMEBUF_RGB565:
            return 0xffff;
        case FRAMEBUF_GS8:
            return 0xff;
        case FRAMEBUF_GS4_HMSB:
            return 0xf;
        case FRAMEBUF_GS2_HMSB:
            return 3;
        default:
            return 1;
    }
}

static mp_obj_t checked_cast(mp_obj_t obj, mp_const_obj_t type, const mp_obj_t *blit_args, bool is_palette) {
    mp_obj_t fb = mp_obj_cast_to_native_base(obj, type);
    if (fb == MP_OBJ_NULL) {
        mp_raise_TypeError(NULL);
    }
    if (!is_palette) {
        return fb;
    }
    const mp_obj_framebuf_t *to = MP_OBJ_TO_PTR(blit_args[0]);
    const mp_obj_framebuf_t *source = MP_OBJ_TO_PTR(mp_obj_cast_to_native_base(blit_args[1], type));
    uint32_t largest = may_share(to, source) ? largest_of_format(source) : largest_pixel(source);
    if (largest >= ((const mp_obj_framebuf_t *)MP_OBJ_TO_PTR(fb))->width) {
        mp_raise_ValueError(MP_ERROR_TEXT("palette too small"));
    }
    return fb;
}
