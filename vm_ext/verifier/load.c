// SPDX-License-Identifier: MIT
// The door for compiled code: whatever is to be loaded as .mpy is read whole into a buffer of our own, verified
// there and loaded from there, so that nothing can change it in between and nothing of a refused file remains.
// vm_ext/upstream/persistentcode.c puts this in front of upstream's loader.
//
// Files in ROM are copied too: what VfsRom is mounted on may be a bytearray that its owner still writes to.
#include <string.h>

#include "py/cstack.h"
#include "py/persistentcode.h"
#include "py/runtime.h"
#include "py/smallint.h"

#include "vm_ext/verifier/load.h"
#include "vm_ext/verifier/verifier.h"

enum { FIRST_BYTES = 512, MAX_BYTES = 4 << 20, NAME_SHOWN = 40 };

// What a small file needs is on the C stack, if that has room for twice as much: the heap would have to be
// searched and cleared for it.
enum { NEAR_FILE = 2048, NEAR_SCRATCH = 3072, HAS_NEAR = !PORT_SMALL };

typedef struct {
    byte *bytes;
    size_t len;
    size_t room;
    bool on_heap;
} file_t;

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

static void grow(file_t *file) {
    if (file->room >= MAX_BYTES) {
        mp_raise_ValueError(MP_ERROR_TEXT(".mpy file too large"));
    }
    // By half, so that the old and the new block together fit into small heaps for longer.
    size_t room = file->room == 0 ? FIRST_BYTES : file->room + file->room / 2;
    if (file->on_heap) {
        file->bytes = m_renew(byte, file->bytes, file->room, room);
    } else {
        byte *bytes = m_new(byte, room);
        memcpy(bytes, file->bytes, file->len);
        file->bytes = bytes;
        file->on_heap = true;
    }
    file->room = room;
}

// The whole file; the reader is closed, whatever happens.
static void read_all(mp_reader_t *reader, file_t *file) {
    MP_DEFINE_NLR_JUMP_CALLBACK_FUNCTION_1(ctx, reader->close, reader->data);
    nlr_push_jump_callback(&ctx.callback, mp_call_function_1_from_nlr_jump_callback);
    for (;;) {
        if (file->len == file->room) {
            grow(file);
        }
        size_t n = vfs_reader_take(reader, file->bytes + file->len, file->room - file->len);
        if (n == 0) {
            mp_uint_t c = reader->readbyte(reader->data);
            if (c == MP_READER_EOF) {
                break;
            }
            file->bytes[file->len] = c;
            n = 1;
        }
        file->len += n;
    }
    nlr_pop_jump_callback(true);
    if (file->on_heap && file->len > 0) {
        file->bytes = m_renew(byte, file->bytes, file->room, file->len);
    }
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
static void verify(const file_t *file, byte *scratch, size_t scratch_len) {
    verify_report_t report;
    verify_result_t result = mpy_verify(&config, file->bytes, file->len, scratch, scratch_len, &report);
    scratch_len = MAX(1024 + file->len / 4, 2 * scratch_len);
    for (; result == VERIFY_MORE_SCRATCH; scratch_len *= 2) {
        scratch = m_new(byte, scratch_len);
        result = mpy_verify(&config, file->bytes, file->len, scratch, scratch_len, &report);
        m_del(byte, scratch, scratch_len);
    }
    if (result != VERIFY_OK) {
        refuse(&report);
    }
}

static void load_file(mp_reader_t *reader, mp_compiled_module_t *module, mpy_loader_t load, file_t *file,
    byte *scratch, size_t scratch_len) {
    read_all(reader, file);
    verify(file, scratch, scratch_len);
    mp_reader_t verified;
    mp_reader_new_mem(&verified, file->bytes, file->len, file->on_heap ? file->len : 0);
    load(&verified, module);
}

static MP_NOINLINE void load_near(mp_reader_t *reader, mp_compiled_module_t *module, mpy_loader_t load) {
    byte bytes[NEAR_FILE];
    uintptr_t scratch[NEAR_SCRATCH / sizeof(uintptr_t)];
    file_t file = {.bytes = bytes, .room = sizeof(bytes)};
    load_file(reader, module, load, &file, (byte *)scratch, sizeof(scratch));
}

void mpy_load_verified(mp_reader_t *reader, mp_compiled_module_t *module, mpy_loader_t load) {
    if (HAS_NEAR && mp_cstack_usage() + 2 * (NEAR_FILE + NEAR_SCRATCH) < MP_STATE_THREAD(stack_limit)) {
        load_near(reader, module, load);
    } else {
        file_t file = {.bytes = NULL};
        load_file(reader, module, load, &file, NULL, 0);
    }
}
