// SPDX-License-Identifier: MIT
// The C stack below upstream's check. How deep C goes there was measured in the machine code of each build; the
// figures are in docs/memory-safety.md. MICROPY_STACK_CHECK_MARGIN covers one native function with the exception
// that it raises; what is deeper asks first.
#ifndef VM_EXT_SAFE_CSTACK_H
#define VM_EXT_SAFE_CSTACK_H

#include <stdbool.h>
#include <stddef.h>

// FatFs keeps a long name on the stack; littlefs calls itself through seven layers.
#define SAFE_STACK_FS (sizeof(void *) == 4 ? 2048 : 3072)

// From an import statement through the lexer and the parser, but for files.
#define SAFE_STACK_IMPORT (1024)

void safe_stack_need(size_t bytes); // or RuntimeError
bool safe_stack_has(size_t bytes);

#endif
