// SPDX-License-Identifier: MIT
// Where the running isolate's state is: in a register that no code here uses for anything else, so
// that it belongs to the C stack that runs, whichever thread resumes it. libc keeps it as any
// function must. Included first in every file (-include). Signal handlers must not use it: libc may
// have been interrupted.
#if !defined(VMSTATE_ARCH_H) && !defined(__ASSEMBLER__)
#define VMSTATE_ARCH_H

struct _mp_state_ctx_t;

#ifdef __clang__ // it has no global register variables; for fuzzers, which run on one thread
extern _Thread_local struct _mp_state_ctx_t *vmstate_reg;
#else
register struct _mp_state_ctx_t *vmstate_reg __asm__(VMSTATE_REGISTER);
#endif

static inline struct _mp_state_ctx_t *vmstate_get(void) {
    return vmstate_reg;
}

static inline void vmstate_set(struct _mp_state_ctx_t *state) {
    vmstate_reg = state;
}

#endif
