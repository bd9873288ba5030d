// SPDX-License-Identifier: MIT
// Found before upstream's: the copy of it with the changes in vm_ext/changed/lib_uzlib_tinflate.txt.
#include "changed/lib/uzlib/tinflate.c"
