// SPDX-License-Identifier: MIT
// The compiler walks the parse tree recursively, and every function on that way asks of what kind a node is:
// there the C stack is checked, and Ctrl-C.
#ifndef VM_EXT_SAFE_COMPILE_CHECKS_H
#define VM_EXT_SAFE_COMPILE_CHECKS_H

#include "py/cstack.h"
#include "py/parse.h"
#include "py/runtime.h"

#include "vm_ext/safe/interrupt.h"

#define SAFE_CHECK_NODE() (mp_cstack_check(), safe_poll_interrupt())

#undef MP_PARSE_NODE_IS_SMALL_INT
#define MP_PARSE_NODE_IS_SMALL_INT(pn) (SAFE_CHECK_NODE(), ((pn) & 0x1) == MP_PARSE_NODE_SMALL_INT)
#undef MP_PARSE_NODE_IS_STRUCT_KIND
#define MP_PARSE_NODE_IS_STRUCT_KIND(pn, k) \
    (SAFE_CHECK_NODE(), (pn) != MP_PARSE_NODE_NULL && ((pn) & 3) == 0 \
     && MP_PARSE_NODE_STRUCT_KIND((mp_parse_node_struct_t *)(pn)) == (k))
#undef MP_PARSE_NODE_IS_STRUCT
#define MP_PARSE_NODE_IS_STRUCT(pn) (SAFE_CHECK_NODE(), (pn) != MP_PARSE_NODE_NULL && ((pn) & 3) == 0)

#endif
