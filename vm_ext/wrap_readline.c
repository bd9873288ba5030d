// SPDX-License-Identifier: MIT
// The line editor has one state, with a pointer into the C stack: a function that the scheduler runs while the
// prompt or input() waits, and that calls input() itself, left the pointer to a frame that is gone. It gets EBUSY,
// and so does an actor other than the shell.
#include "py/mperrno.h"
#include "py/runtime.h"
#include "shared/readline/readline.h"

#include "vm_ext/isolate/rights.h"
#include "vm_ext/safe/busy.h"

int __real_readline(vstr_t *line, const char *prompt);
int __wrap_readline(vstr_t *line, const char *prompt);

int __wrap_readline(vstr_t *line, const char *prompt) {
    safe_busy_t busy;
    if (!rights_have(RIGHT_EDITOR) || !safe_busy_enter(&busy, (const void *)&__real_readline)) {
        mp_raise_OSError(MP_EBUSY);
    }
    nlr_buf_t nlr;
    if (nlr_push(&nlr) != 0) {
        safe_busy_leave(&busy);
        nlr_jump(nlr.ret_val);
    }
    int result = __real_readline(line, prompt);
    nlr_pop();
    safe_busy_leave(&busy);
    return result;
}
