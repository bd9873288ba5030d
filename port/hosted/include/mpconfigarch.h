// SPDX-License-Identifier: MIT
#define PORT_SMALL                  (0)
#define PORT_SYS_PLATFORM           "antaresia"
#define MICROPY_HW_MCU_NAME         HOSTED_CPU
#define MICROPY_FLOAT_IMPL          (MICROPY_FLOAT_IMPL_DOUBLE)
#define MICROPY_EPOCH_IS_1970       (1)
#define MP_SSIZE_MAX                (0x7fffffffffffffff)

// libc's functions want more stack below the check than a freestanding port's, printf most of all;
// and a signal's frame, 3.5 KiB with AVX-512, may come twice.
#ifndef MICROPY_STACK_CHECK_MARGIN
#define MICROPY_STACK_CHECK_MARGIN  (24 * 1024)
#endif

#ifdef __SANITIZE_ADDRESS__
// Where a frame's variables are is itself kept in the frame, and its place is used again once the
// compiler takes it for dead: it must know what returns twice, and of setjmp() it does.
#define MICROPY_NLR_SETJMP          (1)
#endif

#ifdef HOSTED_TSAN
// ThreadSanitizer follows setjmp() and longjmp(), and would lose count of the frames that
// MicroPython's own assembler leaves. It delivers a signal at the next atomic access: a busy loop
// must have one.
#define MICROPY_NLR_SETJMP          (1)
extern int hosted_loop_atomic;
#define MICROPY_VM_HOOK_LOOP        (void)__atomic_load_n(&hosted_loop_atomic, __ATOMIC_RELAXED);
#endif

typedef long mp_int_t;
typedef unsigned long mp_uint_t;
