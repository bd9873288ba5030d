// SPDX-License-Identifier: MIT
// Upstream's py/compile.c, which walks the parse tree recursively: every function on that way asks of what
// kind a node is, and there the C stack is checked.
#include "py/cstack.h"
#include "py/parse.h"
#include "py/runtime.h"

#undef MP_PARSE_NODE_IS_SMALL_INT
#define MP_PARSE_NODE_IS_SMALL_INT(pn) (mp_cstack_check(), ((pn) & 0x1) == MP_PARSE_NODE_SMALL_INT)
#undef MP_PARSE_NODE_IS_STRUCT_KIND
#define MP_PARSE_NODE_IS_STRUCT_KIND(pn, k) \
    (mp_cstack_check(), (pn) != MP_PARSE_NODE_NULL && ((pn) & 3) == 0 \
     && MP_PARSE_NODE_STRUCT_KIND((mp_parse_node_struct_t *)(pn)) == (k))
#undef MP_PARSE_NODE_IS_STRUCT
#define MP_PARSE_NODE_IS_STRUCT(pn) (mp_cstack_check(), (pn) != MP_PARSE_NODE_NULL && ((pn) & 3) == 0)

#include "py/compile.c"
