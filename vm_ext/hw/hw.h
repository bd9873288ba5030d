// SPDX-License-Identifier: MIT
// Hardware for Python: what is set up before the first actor runs.
#ifndef VM_EXT_HW_HW_H
#define VM_EXT_HW_HW_H

void hw_init(void);

#endif
