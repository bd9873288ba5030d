// SPDX-License-Identifier: MIT
// Upstream's py/stream.c, where a protocol slot counts only if it is a stream's. See substream.c.
#include "py/obj.h"

#include "vm_ext/safe/types.h"

#undef MP_OBJ_TYPE_HAS_SLOT
#define MP_OBJ_TYPE_HAS_SLOT(type, name) safe_has_##name(type)
#define safe_has_protocol(type) safe_is_stream_type(type)

#include "py/stream.c"
