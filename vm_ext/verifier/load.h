// SPDX-License-Identifier: MIT
// The only way for compiled code from outside of the image into the VM.
#ifndef ANTARESIA_VM_EXT_VERIFIER_LOAD_H
#define ANTARESIA_VM_EXT_VERIFIER_LOAD_H

#include "py/persistentcode.h"

typedef void (*mpy_loader_t)(mp_reader_t *reader, mp_compiled_module_t *module);

// Reads all of `reader`, closes it, verifies what was read, and gives that to `load`. ValueError if it is bad.
void mpy_load_verified(mp_reader_t *reader, mp_compiled_module_t *module, mpy_loader_t load);

// From a file's reader: moves bytes that it has at hand. 0: none now, or another kind of reader.
size_t vfs_reader_take(mp_reader_t *reader, byte *to, size_t room);

#endif
