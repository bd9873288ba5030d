// SPDX-License-Identifier: MIT
// abort() and exit() end the machine: upstream calls them only when it cannot go on.
#include <stdlib.h>

#include "hal/fault.h"

void abort(void) {
    panic("abort() called");
}

void exit(int status) {
    panic("exit(%d) called", status);
}
