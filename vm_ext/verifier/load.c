// SPDX-License-Identifier: MIT
// The door for compiled code: whatever is to be loaded as .mpy is read whole into a buffer of our own, verified
// there and loaded from there, so that nothing can change it in between and nothing of a refused file remains.
// vm_ext/upstream/persistentcode.c puts this in front of upstream's loader.
//
// Files in ROM are copied too: what VfsRom is mounted on may be a bytearray that its owner still writes to.
#include <string.h>

#include "py/persistentcode.h"
#include "py/runtime.h"
#include "py/smallint.h"

#include "vm_ext/verifier/load.h"
#include "vm_ext/verifier/verifier.h"

enum { FIRST_BYTES = 512, MAX_BYTES = 4 << 20, NAME_SHOWN = 40 };

_Static_assert(MP_OBJ_ITER_BUF_NSLOTS == VERIFY_ITER_SLOTS, "slots of an iterator");

static const verify_config_t config = {
    .version = MPY_VERSION,
    .small_int_bits = MP_SMALL_INT_BITS,
    .qstr_last_static = MP_QSTR_zip,
    .qstr_base_exc = MP_QSTR_BaseException,
    .qstr_bytes_max = (1 << (8 * MICROPY_QSTR_BYTES_IN_LEN)) - 1,
    .has_float = MICROPY_PY_BUILTINS_FLOAT,
    .has_complex = MICROPY_PY_BUILTINS_COMPLEX,
};

// The whole file; the reader is closed, whatever happens.
static byte *read_all(mp_reader_t *reader, size_t *len_out) {
    MP_DEFINE_NLR_JUMP_CALLBACK_FUNCTION_1(ctx, reader->close, reader->data);
    nlr_push_jump_callback(&ctx.callback, mp_call_function_1_from_nlr_jump_callback);
    size_t room = FIRST_BYTES;
    size_t len = 0;
    byte *file = m_new(byte, room);
    mp_uint_t c;
    while ((c = reader->readbyte(reader->data)) != MP_READER_EOF) {
        if (len == room) {
            if (room >= MAX_BYTES) {
                mp_raise_ValueError(MP_ERROR_TEXT(".mpy file too large"));
            }
            // By half, so that the old and the new block together fit into small heaps for longer.
            size_t more = room / 2;
            file = m_renew(byte, file, room, room + more);
            room += more;
        }
        file[len++] = c;
    }
    nlr_pop_jump_callback(true);
    *len_out = len;
    return m_renew(byte, file, room, len > 0 ? len : 1);
}

static NORETURN void refuse(const verify_report_t *report) {
    if (report->foreign) {
        mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("%s"), report->why);
    }
    char name[NAME_SHOWN + 1] = "";
    if (report->name_static != 0) {
        strncpy(name, qstr_str(report->name_static), NAME_SHOWN);
    } else if (report->name != NULL) {
        memcpy(name, report->name, MIN(report->name_len, NAME_SHOWN));
    }
    mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("bad .mpy: %s+0x%x: %s"), name, (unsigned)report->offset,
        report->why);
}

// Returns if the file is good. What is needed in scratch depends on the largest function: about its size.
static void verify(const byte *file, size_t len) {
    verify_report_t report;
    verify_result_t result;
    size_t scratch_len = 1024 + len / 4;
    do {
        byte *scratch = m_new(byte, scratch_len);
        result = mpy_verify(&config, file, len, scratch, scratch_len, &report);
        m_del(byte, scratch, scratch_len);
        scratch_len *= 2;
    } while (result == VERIFY_MORE_SCRATCH);
    if (result != VERIFY_OK) {
        refuse(&report);
    }
}

void mpy_load_verified(mp_reader_t *reader, mp_compiled_module_t *module, mpy_loader_t load) {
    size_t len;
    byte *file = read_all(reader, &len);
    verify(file, len);
    mp_reader_t verified;
    mp_reader_new_mem(&verified, file, len, len);
    load(&verified, module);
}
