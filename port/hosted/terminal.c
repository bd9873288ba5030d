// SPDX-License-Identifier: MIT
// The terminal on standard input, if it is one: raw while the system runs, as it was afterwards.
// Invariant: saved holds the user's settings from before `raw` becomes true until the process ends.
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "hosted.h"

static struct termios saved;
static int raw; // atomic: any thread may have to restore

void hosted_terminal_restore(void) {
    if (__atomic_exchange_n(&raw, 0, __ATOMIC_ACQ_REL)) {
        tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
    }
}

void hosted_terminal_raw(void) {
    if (tcgetattr(STDIN_FILENO, &saved) != 0) {
        return; // a pipe or a socket
    }
    struct termios mode = saved;
    cfmakeraw(&mode); // no echo, no lines, no signals by keys, no translation of newlines
    mode.c_cc[VMIN] = 1;
    mode.c_cc[VTIME] = 0;
    if (tcsetattr(STDIN_FILENO, TCSADRAIN, &mode) == 0) {
        __atomic_store_n(&raw, 1, __ATOMIC_RELEASE);
    }
}
