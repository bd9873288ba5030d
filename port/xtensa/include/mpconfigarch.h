// SPDX-License-Identifier: MIT
// MicroPython as upstream's esp8266 port has it, minus its radio, pins and native code: the extra
// features level with what that port switches off to save flash and RAM, floats of 30 bits inside
// the object word, and a parser that grows in small steps.
#define PORT_SMALL                      (1)
#define MICROPY_HW_MCU_NAME             "lx106"
#ifndef PORT_SYS_PLATFORM
#define PORT_SYS_PLATFORM               "antaresia"
#endif

typedef int mp_int_t;
typedef unsigned int mp_uint_t;
#define MP_SSIZE_MAX                    (0x7fffffff)
#define MICROPY_EPOCH_IS_1970          (0)
#define INT_FMT                         "%d"
#define UINT_FMT                        "%u"

// --- objects and memory
#define MICROPY_OBJ_REPR                (MICROPY_OBJ_REPR_C)
#define MICROPY_FLOAT_IMPL              (MICROPY_FLOAT_IMPL_FLOAT)
#define MICROPY_STACK_CHECK_MARGIN      (PORT_TINY ? 1536 : 4096) // of 8 KiB and 64 KiB
#if PORT_TINY
#define MICROPY_GC_STACK_ENTRY_TYPE     uint16_t // block numbers: enough for a heap of 1 MiB
#endif
#define MICROPY_ALLOC_PATH_MAX          (128)
#define MICROPY_ALLOC_LEXER_INDENT_INIT (8)
#define MICROPY_ALLOC_PARSE_RULE_INIT   (48)
#define MICROPY_ALLOC_PARSE_CHUNK_INIT  (64)

// --- the compiler and the virtual machine
#define MICROPY_COMP_MODULE_CONST       (0)
#define MICROPY_COMP_TRIPLE_TUPLE_ASSIGN (0)
#define MICROPY_COMP_RETURN_IF_EXPR     (0)
#define MICROPY_OPT_LOAD_ATTR_FAST_PATH (0)
#define MICROPY_OPT_MAP_LOOKUP_CACHE    (0)
#define MICROPY_OPT_MPZ_BITWISE         (0)
#define MICROPY_OPT_MATH_FACTORIAL      (0)

// --- built-in types and functions
#define MICROPY_PY_BUILTINS_COMPLEX     (0)
#define MICROPY_PY_BUILTINS_STR_CENTER  (0)
#define MICROPY_PY_BUILTINS_STR_PARTITION (0)
#define MICROPY_PY_BUILTINS_STR_SPLITLINES (0)
#define MICROPY_PY_BUILTINS_SLICE_INDICES (0)
#define MICROPY_PY_BUILTINS_COMPILE     (0)
#define MICROPY_PY_BUILTINS_EXECFILE    (0)
#define MICROPY_PY_BUILTINS_NOTIMPLEMENTED (0)
#define MICROPY_PY_BUILTINS_POW3        (0)
#define MICROPY_PY_DELATTR_SETATTR      (0)
#define MICROPY_PY___FILE__             (0)

// --- modules
#define MICROPY_PY_MATH_CONSTANTS       (0)
#define MICROPY_PY_MATH_SPECIAL_FUNCTIONS (0)
#define MICROPY_PY_MATH_FACTORIAL       (0)
#define MICROPY_PY_MATH_ISCLOSE         (0)
#define MICROPY_PY_SYS_PS1_PS2          (0)
#define MICROPY_PY_BINASCII_CRC32       (0)
#define MICROPY_PY_RANDOM_EXTRA_FUNCS   (0)
#define MICROPY_PY_HASHLIB_SHA1         (0)
#define MICROPY_STREAMS_POSIX_API       (1)

#include <sys/types.h>
