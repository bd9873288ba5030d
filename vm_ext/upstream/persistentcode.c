// SPDX-License-Identifier: MIT
// Upstream's loader of .mpy files with the verifier in front of it. Its three entry points are renamed, the
// first is what vm_ext/verifier/load.c calls on verified files, and all three names are given to the door.
#define mp_raw_code_load upstream_raw_code_load
#define mp_raw_code_load_mem upstream_raw_code_load_mem
#define mp_raw_code_load_file upstream_raw_code_load_file

#include "py/persistentcode.c"

#undef mp_raw_code_load
#undef mp_raw_code_load_mem
#undef mp_raw_code_load_file

#include "vm_ext/verifier/load.h"

void mp_raw_code_load(mp_reader_t *reader, mp_compiled_module_t *module);
void mp_raw_code_load_mem(const byte *buf, size_t len, mp_compiled_module_t *module);
void mp_raw_code_load_file(qstr filename, mp_compiled_module_t *module);

void mp_raw_code_load(mp_reader_t *reader, mp_compiled_module_t *module) {
    mpy_load_verified(reader, module, upstream_raw_code_load);
}

void mp_raw_code_load_mem(const byte *buf, size_t len, mp_compiled_module_t *module) {
    mp_reader_t reader;
    mp_reader_new_mem(&reader, buf, len, 0);
    mp_raw_code_load(&reader, module);
}

void mp_raw_code_load_file(qstr filename, mp_compiled_module_t *module) {
    mp_reader_t reader;
    mp_reader_new_file(&reader, filename);
    mp_raw_code_load(&reader, module);
}
