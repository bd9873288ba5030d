// SPDX-License-Identifier: MIT
// What can be chosen when the runtime is compiled. RT_MAX_CORES 1 is START, the build for one core without
// atomic instructions; anything more is MART. A port chooses with -D.
#ifndef VM_EXT_ACTOR_CONFIG_H
#define VM_EXT_ACTOR_CONFIG_H

#ifndef RT_MAX_CORES
#define RT_MAX_CORES (64)
#endif
_Static_assert(RT_MAX_CORES >= 1 && RT_MAX_CORES <= 64, "the set of sleeping cores is one word of 64 bits");

#define RT_SMP (RT_MAX_CORES > 1)

// How long an actor runs while others wait, and how often a busy core is interrupted.
#ifndef RT_SLICE_NS
#define RT_SLICE_NS (1000000)
#endif

// Slots are taken from the page allocator in runs of this many bytes.
#ifndef RT_CHUNK_BYTES
#define RT_CHUNK_BYTES (RT_SMP ? 16384 : 512)
#endif

// Names that can ever be registered: their nodes are never freed.
#ifndef RT_NAMES_MAX
#define RT_NAMES_MAX (RT_SMP ? 65536 : 32)
#endif
#define RT_NAME_BYTES_MAX (63)

// Stacks that a core keeps for itself before others may take them.
#ifndef RT_STACKS_KEPT
#define RT_STACKS_KEPT (RT_SMP ? 8 : 1)
#endif

// Not 0: beyond the stacks that hal_stack_alloc() has, some of this many bytes come from the page allocator, and go
// back there.
#ifndef RT_STACK_BYTES
#define RT_STACK_BYTES (0)
#endif

// A point at which a test build may let another core go first, interrupt, or stop. Nothing otherwise.
#ifndef RT_CHAOS
#define RT_CHAOS (0)
#endif
#if RT_CHAOS
void rt_chaos(const char *point);
#else
#define rt_chaos(point) ((void)0)
#endif

#endif
