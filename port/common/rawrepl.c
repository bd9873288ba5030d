// SPDX-License-Identifier: MIT
// Where a host that talks to the raw REPL is in its protocol. A program that a CPU exception ends
// must look to the host like one that an exception has ended: its output, 4, the text, 4, and the
// prompt. port/common/rawrepl.h lets shared/runtime/pyexec.c send what belongs to the protocol
// through here; programs' output does not pass, so it may hold any byte.
#include <string.h>

#include "py/mphal.h"
#include "shared/readline/readline.h"
#include "shared/runtime/pyexec.h"

#include "hal/cpu.h"
#include "port/common/common.h"

#define END "\x04"

// As port/common/rawrepl.h has them, whose macros are not for here.
void rawrepl_tx_strn(const char *str, size_t len);
void rawrepl_tx_str(const char *str);

static enum {
    READING,    // a line, as far as the host has sent it
    PASTING,    // the program arrives by raw-paste mode, and is compiled meanwhile
    RUNNING,    // what is sent is the program's output
    FAILING,    // what is sent is its traceback
} state;

// The VM was restarted in the middle of a program: the prompt closes the traceback.
static bool restarted;

static void on_end(void) {
    state = state == PASTING ? RUNNING : state == RUNNING ? FAILING : READING;
}

void rawrepl_tx_strn(const char *str, size_t len) {
    if (len == 2 && memcmp(str, "R\x01", 2) == 0) {
        state = PASTING;
    } else if (len == 1 && str[0] == END[0]) {
        on_end();
    }
    mp_hal_stdout_tx_strn(str, len);
}

void rawrepl_tx_str(const char *str) {
    if (strcmp(str, "OK") == 0) {
        state = RUNNING;
    } else if (strcmp(str, ">") == 0) {
        state = READING;
    } else if (restarted && strncmp(str, "raw REPL", 8) == 0) {
        restarted = false;
        str = END;
    }
    mp_hal_stdout_tx_str(str);
}

static void skip_program(bool landing) {
    int c;
    do {
        c = console_getc();
        if (c < 0) {
            if (landing) {
                hal_cpu_relax();
            } else {
                common_wait_event_ms(-1); // not mp_event_..(): no Python may run
            }
        }
    } while (c != CHAR_CTRL_C && c != CHAR_CTRL_D);
}

void rawrepl_fault(bool landing) {
    if (pyexec_mode_kind != PYEXEC_MODE_RAW_REPL || !common_at_prompt()) {
        mp_hal_stdout_tx_str("\r\n");
        return;
    }
    if (state == PASTING) {
        mp_hal_stdout_tx_str(END); // "no more": the host answers with the same, and then listens
        skip_program(landing);
    } else if (state == READING) {
        skip_program(landing);
        mp_hal_stdout_tx_str("OK");
    }
    mp_hal_stdout_tx_str(state == FAILING ? "\r\n" : END);
    state = FAILING;
    restarted = true;
}
