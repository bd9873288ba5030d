// SPDX-License-Identifier: MIT
// Where the running isolate's state is: in a register that no code here uses for anything else, so
// that it belongs to the C stack that runs, wherever that is resumed. Included first in every file
// (-include). Interrupt handlers must not use it: what they interrupt may be a library that keeps
// r15 for itself.
#if !defined(VMSTATE_ARCH_H) && !defined(__ASSEMBLER__)
#define VMSTATE_ARCH_H

struct _mp_state_ctx_t;
register struct _mp_state_ctx_t *vmstate_reg __asm__("r15");

static inline struct _mp_state_ctx_t *vmstate_get(void) {
    return vmstate_reg;
}

static inline void vmstate_set(struct _mp_state_ctx_t *state) {
    vmstate_reg = state;
}

#endif
