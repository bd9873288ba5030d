// SPDX-License-Identifier: MIT
// Upstream's extmod/modre.c with these rules:
//   - the match object that sub() shows to Python lives on the heap, not in sub()'s stack frame;
//   - the compiler of patterns, which is recursive, checks the C stack: shadow/lib/re1.5/compilecode.c;
//   - it gets a copy of the pattern with two zero bytes at its end: in a class that is not closed it
//     steps over one of them;
//   - a match can take longer than the universe will last ("(a*)*b"), or forever ("(?:^)+?b"): each step of
//     its search checks the C stack already, and looks for Ctrl-C there.
#include <string.h>

#include "py/cstack.h"
#include "py/objstr.h"
#include "py/runtime.h"

#include "vm_ext/safe/interrupt.h"

#if MICROPY_PY_RE

static const char *text_of(mp_obj_t obj, bool is_pattern) {
    size_t len;
    const char *text = mp_obj_str_get_data(obj, &len);
    if (!is_pattern) {
        return text;
    }
    char *copy = m_new(char, len + 2);
    memcpy(copy, text, len);
    copy[len] = copy[len + 1] = 0;
    return copy;
}

#undef mp_local_alloc
#undef mp_local_free
#define mp_local_alloc(size) m_malloc(size)
#define mp_local_free(ptr)   (void)(ptr)

static void check_step(void) {
    mp_cstack_check();
    safe_poll_interrupt();
}

#define mp_cstack_check() check_step()

// Upstream's compile() is the only one that takes the text of "args[0]".
#define mp_obj_str_get_str(obj) text_of(obj, #obj[0] == 'a')

#include "extmod/modre.c"

#endif
