// SPDX-License-Identifier: MIT
// Upstream's extmod/moddeflate.c for streams that are written in Python:
//   - while a DeflateIO works, the stream below it cannot enter it again (OSError EBUSY): the decoder's
//     output pointer and the encoder's window are shared;
//   - a reader whose header could not be read is discarded: upstream went on with an unset window;
//   - the window begins as zeros: offsets before the first byte showed what had been in that memory;
//   - an error while decoding a symbol is no symbol: vm_ext/changed/lib_uzlib_tinflate.txt;
//   - compressing with a large window takes minutes for a megabyte, so each byte of output looks for Ctrl-C;
//   - a chain of DeflateIOs checks the C stack.
#include "py/cstack.h"
#include "py/mperrno.h"
#include "py/runtime.h"
#include "py/stream.h"

#include "vm_ext/safe/busy.h"
#include "vm_ext/safe/interrupt.h"

static mp_uint_t deflateio_read(mp_obj_t self_in, void *buf, mp_uint_t size, int *errcode);
#if MICROPY_PY_DEFLATE_COMPRESS
static mp_uint_t deflateio_write(mp_obj_t self_in, const void *buf, mp_uint_t size, int *errcode);
#endif
static mp_uint_t deflateio_ioctl(mp_obj_t self_in, mp_uint_t request, uintptr_t arg, int *errcode);

// With a bracket after it, a name is upstream's function; without, in the protocol's table, it is ours.
#define deflateio_read(...)  upstream_read(__VA_ARGS__)
#define deflateio_write(...) upstream_write(__VA_ARGS__)
#define deflateio_ioctl(...) upstream_ioctl(__VA_ARGS__)

#undef m_new
#define m_new(type, n) m_new0(type, n)

static inline const mp_stream_p_t *stream_of(mp_obj_t stream) {
    safe_poll_interrupt();
    return mp_get_stream(stream);
}
#define mp_get_stream(stream) stream_of(stream)

#include "extmod/moddeflate.c"

#undef deflateio_read
#undef deflateio_write
#undef deflateio_ioctl

enum { READ, WRITE, IOCTL };

typedef struct {
    int kind;
    void *buf;
    mp_uint_t arg; // a size; of an ioctl, its argument
    mp_uint_t request;
} operation_t;

static mp_uint_t operate(mp_obj_t self, const operation_t *op, int *errcode) {
    #if MICROPY_PY_DEFLATE_COMPRESS
    if (op->kind == WRITE) {
        return upstream_write(self, op->buf, op->arg, errcode);
    }
    #endif
    return op->kind == READ ? upstream_read(self, op->buf, op->arg, errcode)
        : upstream_ioctl(self, op->request, op->arg, errcode);
}

static mp_uint_t operate_alone(mp_obj_t self_in, operation_t op, int *errcode) {
    mp_obj_deflateio_t *self = MP_OBJ_TO_PTR(self_in);
    mp_cstack_check();
    safe_busy_t busy;
    if (!safe_busy_enter(&busy, self)) {
        *errcode = MP_EBUSY;
        return MP_STREAM_ERROR;
    }
    bool is_first_read = self->read == NULL;
    nlr_buf_t nlr;
    if (nlr_push(&nlr) != 0) {
        safe_busy_leave(&busy);
        if (is_first_read) {
            self->read = NULL;
        }
        nlr_jump(nlr.ret_val);
    }
    mp_uint_t result = operate(self_in, &op, errcode);
    nlr_pop();
    safe_busy_leave(&busy);
    if (is_first_read && result == MP_STREAM_ERROR) {
        self->read = NULL;
    }
    return result;
}

static mp_uint_t deflateio_read(mp_obj_t self, void *buf, mp_uint_t size, int *errcode) {
    return operate_alone(self, (operation_t) { READ, buf, size, 0 }, errcode);
}

#if MICROPY_PY_DEFLATE_COMPRESS
static mp_uint_t deflateio_write(mp_obj_t self, const void *buf, mp_uint_t size, int *errcode) {
    return operate_alone(self, (operation_t) { WRITE, (void *)buf, size, 0 }, errcode);
}
#endif

static mp_uint_t deflateio_ioctl(mp_obj_t self, mp_uint_t request, uintptr_t arg, int *errcode) {
    return operate_alone(self, (operation_t) { IOCTL, NULL, arg, request }, errcode);
}
