// SPDX-License-Identifier: MIT
// The atomic operations that the runtime uses, named by operation and ordering. MART: the compiler's. START:
// plain accesses, because all of the runtime runs with preemption off and interrupt handlers touch none of these
// words (sched.h says what they do touch); the compiler is held back where another context takes over.
// Every use names its partner in a comment.
#ifndef VM_EXT_ACTOR_ATOMIC_H
#define VM_EXT_ACTOR_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

#include "vm_ext/actor/config.h"

#define at_barrier() __atomic_signal_fence(__ATOMIC_SEQ_CST)

#if RT_SMP

#define at_swap_acq(p, v)     __atomic_exchange_n((p), (v), __ATOMIC_ACQUIRE)
#define at_load(p)            __atomic_load_n((p), __ATOMIC_RELAXED)
#define at_load_acq(p)        __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define at_store(p, v)        __atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define at_store_rel(p, v)    __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define at_swap_acq_rel(p, v) __atomic_exchange_n((p), (v), __ATOMIC_ACQ_REL)
#define at_add(p, v)          __atomic_fetch_add((p), (v), __ATOMIC_RELAXED)
#define at_sub_acq_rel(p, v)  __atomic_fetch_sub((p), (v), __ATOMIC_ACQ_REL)
#define at_or_sc(p, v)        __atomic_fetch_or((p), (v), __ATOMIC_SEQ_CST)
#define at_and_sc(p, v)       __atomic_fetch_and((p), (v), __ATOMIC_SEQ_CST)
#define at_fence_sc()         __atomic_thread_fence(__ATOMIC_SEQ_CST)
// Compare *p with *old and, if equal, make it `new`; *old becomes what was found. Strong; failure is relaxed.
#define at_cas_acq_rel(p, old, new) \
    __atomic_compare_exchange_n((p), (old), (new), false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)
#define at_cas_sc(p, old, new) \
    __atomic_compare_exchange_n((p), (old), (new), false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)

#else

#define at_swap_acq(p, v)     at_swap_acq_rel((p), (v))
#define at_load(p)            (*(p))
#define at_load_acq(p)        (*(p))
#define at_store(p, v)        ((void)(*(p) = (v)))
#define at_store_rel(p, v)    ((void)(*(p) = (v)))
#define at_swap_acq_rel(p, v) __extension__({ __typeof__(*(p)) was_ = *(p); *(p) = (v); was_; })
#define at_add(p, v)          __extension__({ __typeof__(*(p)) was_ = *(p); *(p) = was_ + (v); was_; })
#define at_sub_acq_rel(p, v)  __extension__({ __typeof__(*(p)) was_ = *(p); *(p) = was_ - (v); was_; })
#define at_or_sc(p, v)        __extension__({ __typeof__(*(p)) was_ = *(p); *(p) = was_ | (v); was_; })
#define at_and_sc(p, v)       __extension__({ __typeof__(*(p)) was_ = *(p); *(p) = was_ & (v); was_; })
#define at_fence_sc()         ((void)0)
#define at_cas_acq_rel(p, old, new) \
    __extension__({ bool same_ = *(p) == *(old); if (same_) { *(p) = (new); } else { *(old) = *(p); } same_; })
#define at_cas_sc(p, old, new) at_cas_acq_rel(p, old, new)

#endif

// A counter with one writer that others may read at any time.
#define at_bump(p, v) at_store((p), at_load(p) + (v))

#endif
