// SPDX-License-Identifier: MIT
// A capability that ends with the answer of the call that it is sent with.
#ifndef VM_EXT_HW_MODCAP_H
#define VM_EXT_HW_MODCAP_H

#include "py/obj.h"

#include "vm_ext/modactor/ref.h"

typedef struct {
    mp_obj_base_t base;
    mp_obj_t cap;
} loan_obj_t;

extern const mp_obj_type_t cap_type_loan;

void cap_need_root(void); // OSError(EPERM): without RIGHT_MACHINE nobody makes capabilities

#endif
