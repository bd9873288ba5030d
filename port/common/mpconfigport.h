// SPDX-License-Identifier: MIT
// How MicroPython is configured, for every port. port/<arch>/include/mpconfigarch.h comes first and
// says what is particular to the architecture: word type, float, the names, and PORT_SMALL for
// boards with tens of KiB. What is off here and on upstream is off because it gives Python raw
// memory: native and viper code, inline assembler, uctypes, machine.mem*, marshal.
#include <stdint.h>
#include <alloca.h>
#include <stddef.h>

#include "mpconfigarch.h"

#ifndef PORT_TINY
#define PORT_TINY (0) // all memory is tens of KiB
#endif

#define MICROPY_CONFIG_ROM_LEVEL (MICROPY_CONFIG_ROM_LEVEL_EXTRA_FEATURES)

#define MP_STATE_PORT MP_STATE_VM
typedef long mp_off_t;

// --- memory and the virtual machine
#define MICROPY_ENABLE_GC                   (1)
#define MICROPY_ENABLE_FINALISER            (1)
#define MICROPY_STACK_CHECK                 (1)
#ifndef MICROPY_STACK_CHECK_MARGIN
#define MICROPY_STACK_CHECK_MARGIN          (8192) // see vm_ext/safe/cstack.h
#endif
#define MICROPY_ENABLE_EMERGENCY_EXCEPTION_BUF (1)
#define MICROPY_EMERGENCY_EXCEPTION_BUF_SIZE (0) // an isolate that wants one allocates it
#define MICROPY_OPT_COMPUTED_GOTO           (1)
#define MICROPY_LONGINT_IMPL                (MICROPY_LONGINT_IMPL_MPZ)
#define MICROPY_FLOAT_USE_NATIVE_FLT16      (0)
#define MICROPY_MALLOC_USES_ALLOCATED_SIZE  (1)
#define MICROPY_MEM_STATS                   (!PORT_SMALL)
#define MICROPY_ENABLE_SOURCE_LINE          (1)
#define MICROPY_WARNINGS                    (1)
#define MICROPY_PY_STR_BYTES_CMP_WARN       (1)
#define MICROPY_PERSISTENT_CODE_LOAD        (1)
#define MICROPY_USE_INTERNAL_ERRNO          (1)

// --- the console
#define MICROPY_HELPER_REPL                 (1)
#define MICROPY_REPL_EMACS_KEYS             (!PORT_SMALL)
#define MICROPY_REPL_EMACS_WORDS_MOVE       (!PORT_SMALL)
#define MICROPY_REPL_EMACS_EXTRA_WORDS_MOVE (!PORT_SMALL)
#define MICROPY_KBD_EXCEPTION               (1)

// --- files
#define MICROPY_VFS                         (1)
#define MICROPY_READER_VFS                  (1)
#define MICROPY_FATFS_ENABLE_LFN            (2)
#define MICROPY_FATFS_RPATH                 (2)
#define MICROPY_FATFS_MAX_SS                (4096)
#define MICROPY_FATFS_LFN_CODE_PAGE         437

// --- modules
#define MICROPY_PY_BUILTINS_HELP_TEXT       antaresia_help_text
#define MICROPY_PY_SYS_PLATFORM             PORT_SYS_PLATFORM
#define MICROPY_PY_SYS_EXC_INFO             (!PORT_SMALL)
#define MICROPY_PY_GC_COLLECT_RETVAL        (1)
#define MICROPY_PY_OS_INCLUDEFILE           "port/common/modos_port.h"
#define MICROPY_PY_OS_UNAME                 (1)
#define MICROPY_PY_OS_URANDOM               (1)
#define MICROPY_PY_OS_SYNC                  (1)
#define MICROPY_PY_TIME_INCLUDEFILE         "port/common/modtime_port.h"
#define MICROPY_PY_TIME_CUSTOM_SLEEP         (1)
#define MICROPY_PY_TIME_GMTIME_LOCALTIME_MKTIME (1)
#define MICROPY_PY_TIME_TIME_TIME_NS        (1)
#define MICROPY_PY_RANDOM_SEED_INIT_FUNC    (common_random_seed())
#define MICROPY_PY_MACHINE                  (1)
#define MICROPY_PY_MACHINE_INCLUDEFILE      "port/common/modmachine_port.h"
#define MICROPY_PY_MACHINE_RESET            (1)
#define MICROPY_PY_MACHINE_BARE_METAL_FUNCS (1)
#define MICROPY_PY_MACHINE_MEMX             (0)
#define MICROPY_PY_MACHINE_PULSE            (0)
#define MICROPY_PY_MACHINE_SIGNAL           (0)
#define MICROPY_PY_UCTYPES                  (0)
#define MICROPY_PY_MARSHAL                  (0)
#define MICROPY_PY_ASYNCIO                  (0) // its C part: asyncio/task.py is frozen instead
#define MICROPY_PY_CRYPTOLIB                (0)
#define MICROPY_PY_SSL                      (0)
#define MICROPY_PY_DEFLATE_COMPRESS         (!PORT_SMALL)
#define MICROPY_PY_RE_MATCH_GROUPS          (!PORT_SMALL)
#define MICROPY_PY_RE_MATCH_SPAN_START_END  (!PORT_SMALL)
#define MICROPY_VFS_ROM                     (!PORT_SMALL)
#define MICROPY_VFS_ROM_IOCTL               (0)

// --- the heap grows by areas taken from port/common/ram.c
#define MICROPY_GC_SPLIT_HEAP               (1)
#define MICROPY_GC_SPLIT_HEAP_AUTO          (1)
unsigned long vmheap_area_bytes(unsigned long size_bytes);
unsigned long vmheap_rest_bytes(void);
void *vmheap_grow(unsigned long size_bytes);
void *vmheap_grow_some(unsigned long *size_bytes, unsigned long least_bytes);
void vmheap_shrink(void *area);
#define MP_PLAT_ALLOC_HEAP(size)            vmheap_grow(size)
#define MP_PLAT_FREE_HEAP(ptr)              vmheap_shrink(ptr)

// --- waiting
void common_wait_event_ms(int timeout_ms);
#define MICROPY_INTERNAL_WFE(TIMEOUT_MS)    common_wait_event_ms(TIMEOUT_MS)

unsigned long common_random_seed(void);

// --- one state for each isolate: what upstream takes for a variable is where vmstate_arch.h says
static inline struct _mp_state_ctx_t *mp_state_ctx_cur(void) {
    return vmstate_get();
}
#define mp_state_ctx (*mp_state_ctx_cur())
void isolate_init_main_module(void);
#define MICROPY_PORT_INIT_FUNC isolate_init_main_module()

// Room for so many strings, of this much text, is made when the first is interned at run time.
#define ISOLATE_FIRST_QSTRS                 (4)
#define MICROPY_ALLOC_QSTR_CHUNK_INIT       (64)

// What upstream keeps in the state but needs only while the VM runs is in vm_ext/isolate/scratch.h.
#define MICROPY_ALLOC_GC_STACK_SIZE         (1)
#define MICROPY_OPT_MAP_LOOKUP_CACHE_SIZE   (1)

// The parser's stacks grow in proportion: by some words each time, deeply nested source is copied
// for minutes.
#define MICROPY_ALLOC_PARSE_RULE_INC        (8 + parser->rule_stack_alloc / 4)
#define MICROPY_ALLOC_PARSE_RESULT_INC      (8 + parser->result_stack_alloc / 4)

// A program that leaves the heap locked leaves it so for itself only.
#define MICROPY_BOARD_AFTER_PYTHON_EXEC(input_kind, exec_flags, ret_val, ret) \
    (MP_STATE_THREAD(gc_lock_depth) = 0)

// --- the C stack: no alloca() steps over its end (vm_ext/safe/cstack.c)
size_t safe_stack_bytes(size_t bytes);
#undef alloca
#define alloca(bytes) __extension__({ \
        size_t bytes_ = (bytes); \
        __builtin_alloca(bytes_ > 256 ? safe_stack_bytes(bytes_) : bytes_); \
    })
