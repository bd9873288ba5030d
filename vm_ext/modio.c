// SPDX-License-Identifier: MIT
// Module io in place of upstream's py/modio.c, for the sake of IOBase: streams that are written in
// Python. Upstream hands their methods a bytearray that is a view of C memory, often of a stack frame,
// and believes what they return. Here:
//   - readinto() and write() get a bytearray on the heap; bytes are copied in or out, so whatever a
//     method keeps, grows or writes to later is its own memory;
//   - a result is None (would block), a negative errno, or a count from 0 to the size asked for;
//     anything else is OSError(EIO);
//   - ioctl(SEEK, arg) gets a token in place of a pointer. See vm_ext/seekwin.c.
// io.BufferedWriter does not exist here.
#include <limits.h>
#include <string.h>

#include "py/builtin.h"
#include "py/mperrno.h"
#include "py/objstringio.h"
#include "py/runtime.h"
#include "py/stream.h"

#include "vm_ext/seekwin.h"

extern const mp_obj_type_t mp_type_iobase;
static const mp_obj_base_t iobase_obj = {&mp_type_iobase};

// IOBase(): has no state of its own; what counts are the methods of the class derived from it.
static mp_obj_t iobase_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args) {
    return MP_OBJ_FROM_PTR(&iobase_obj);
}

static mp_uint_t stream_error(int *errcode, mp_int_t err) {
    *errcode = err > 0 && err <= INT_MAX ? err : MP_EIO;
    return MP_STREAM_ERROR;
}

// Call stream.<method>(buffer) and check what it says that it did: a count, or MP_STREAM_ERROR.
static mp_uint_t call_with_buffer(mp_obj_t stream, qstr method, mp_obj_t buffer, mp_uint_t size, int *errcode) {
    mp_obj_t dest[3];
    mp_load_method(stream, method, dest);
    dest[2] = buffer;
    mp_obj_t result = mp_call_method_n_kw(1, 0, dest);
    if (result == mp_const_none) {
        return stream_error(errcode, MP_EAGAIN);
    }
    mp_int_t count = mp_obj_get_int(result);
    if (count < 0) {
        return stream_error(errcode, count == INTPTR_MIN ? MP_EIO : -count);
    }
    if ((mp_uint_t)count > size) {
        return stream_error(errcode, MP_EIO);
    }
    return count;
}

static mp_uint_t iobase_read(mp_obj_t self, void *buf, mp_uint_t size, int *errcode) {
    mp_obj_t buffer = mp_obj_new_bytearray_by_ref(size, m_new0(byte, size));
    mp_uint_t count = call_with_buffer(self, MP_QSTR_readinto, buffer, size, errcode);
    if (count == MP_STREAM_ERROR) {
        return count;
    }
    mp_buffer_info_t filled;
    mp_get_buffer_raise(buffer, &filled, MP_BUFFER_READ);
    if (count > filled.len) {
        return stream_error(errcode, MP_EIO); // the method shortened it
    }
    memcpy(buf, filled.buf, count);
    return count;
}

static mp_uint_t iobase_write(mp_obj_t self, const void *buf, mp_uint_t size, int *errcode) {
    return call_with_buffer(self, MP_QSTR_write, mp_obj_new_bytearray(size, buf), size, errcode);
}

static mp_int_t call_ioctl(mp_obj_t self, mp_uint_t request, mp_obj_t arg) {
    mp_obj_t dest[4];
    mp_load_method(self, MP_QSTR_ioctl, dest);
    dest[2] = mp_obj_new_int_from_uint(request);
    dest[3] = arg;
    return mp_obj_get_int(mp_call_method_n_kw(2, 0, dest));
}

static mp_int_t call_ioctl_seek(mp_obj_t self, struct mp_stream_seek_t *seek) {
    seekwin_t *window = seekwin_open(seek->offset, seek->whence);
    nlr_buf_t nlr;
    if (nlr_push(&nlr) != 0) {
        seekwin_close(window);
        nlr_jump(nlr.ret_val);
    }
    mp_int_t result = call_ioctl(self, MP_STREAM_SEEK, mp_obj_new_int_from_uint(seekwin_token(window)));
    nlr_pop();
    seek->offset = seekwin_close(window);
    return result;
}

static mp_uint_t iobase_ioctl(mp_obj_t self, mp_uint_t request, uintptr_t arg, int *errcode) {
    mp_int_t result = request == MP_STREAM_SEEK
        ? call_ioctl_seek(self, (struct mp_stream_seek_t *)arg)
        : call_ioctl(self, request, mp_obj_new_int_from_uint(arg));
    if (result < 0) {
        return stream_error(errcode, result == INTPTR_MIN ? MP_EIO : -result);
    }
    return result;
}

static const mp_stream_p_t iobase_stream_p = {
    .read = iobase_read,
    .write = iobase_write,
    .ioctl = iobase_ioctl,
};

MP_DEFINE_CONST_OBJ_TYPE(
    mp_type_iobase,
    MP_QSTR_IOBase,
    MP_TYPE_FLAG_NONE,
    make_new, iobase_make_new,
    protocol, &iobase_stream_p
    );

static const mp_rom_map_elem_t io_module_globals_table[] = {
    { MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_io) },
    { MP_ROM_QSTR(MP_QSTR_open), MP_ROM_PTR(&mp_builtin_open_obj) },
    { MP_ROM_QSTR(MP_QSTR_IOBase), MP_ROM_PTR(&mp_type_iobase) },
    { MP_ROM_QSTR(MP_QSTR_StringIO), MP_ROM_PTR(&mp_type_stringio) },
    { MP_ROM_QSTR(MP_QSTR_BytesIO), MP_ROM_PTR(&mp_type_bytesio) },
};
static MP_DEFINE_CONST_DICT(io_module_globals, io_module_globals_table);

const mp_obj_module_t mp_module_io = {
    .base = { &mp_type_module },
    .globals = (mp_obj_dict_t *)&io_module_globals,
};
MP_REGISTER_EXTENSIBLE_MODULE(MP_QSTR_io, mp_module_io);
