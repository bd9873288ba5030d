// SPDX-License-Identifier: MIT
// Where the running isolate's state is: in a word, since there is one core, which is part of each C
// stack's context. Included first in every file (-include).
#if !defined(VMSTATE_ARCH_H) && !defined(__ASSEMBLER__)
#define VMSTATE_ARCH_H

struct _mp_state_ctx_t;
extern struct _mp_state_ctx_t *vmstate_word;

static inline struct _mp_state_ctx_t *vmstate_get(void) {
    return vmstate_word;
}

static inline void vmstate_set(struct _mp_state_ctx_t *state) {
    vmstate_word = state;
}

#endif
