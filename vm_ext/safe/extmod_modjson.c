// SPDX-License-Identifier: MIT
// Upstream's extmod/modjson.c, where Ctrl-C ends the reading of a long text: each byte passes read().
#include "py/objlist.h"
#include "py/objstringio.h"
#include "py/parsenum.h"
#include "py/runtime.h"
#include "py/stream.h"

#include "vm_ext/safe/interrupt.h"

#define read(stream, buf, size, error) read((safe_poll_interrupt(), (stream)), buf, size, error)

#include "extmod/modjson.c"
