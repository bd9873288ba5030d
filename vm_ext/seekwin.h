// SPDX-License-Identifier: MIT
// A seek that a Python stream's ioctl() is being asked for, as machine.mem32 shows it to that method.
#ifndef VM_EXT_SEEKWIN_H
#define VM_EXT_SEEKWIN_H

#include "py/obj.h"

typedef struct _seekwin_t seekwin_t;

// Show a seek under a token of its own, until it is closed; closing returns the offset, which the method
// may have changed. Windows close in the reverse order.
seekwin_t *seekwin_open(mp_off_t offset, int whence);
mp_uint_t seekwin_token(const seekwin_t *window);
mp_off_t seekwin_close(seekwin_t *window);

#endif
