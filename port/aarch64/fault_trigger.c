// SPDX-License-Identifier: MIT
// Faults on purpose. One that this CPU lets pass (a division by zero is 0 here) is -ENOTSUP.
#include <errno.h>
#include <stdint.h>

#include "a64.h"
#include "hal/fault.h"

#define UNMAPPED (0x0000700000000000ul) // within the 48 bits, beyond any RAM

static volatile unsigned depth, stop_at; // 0: never reached, which the compiler cannot know

static unsigned __attribute__((noinline)) recurse(volatile char *caller) {
    volatile char frame[256];
    frame[0] = caller[0];
    return ++depth == stop_at ? 0 : recurse(frame) + frame[0]; // not a tail call
}

int hal_fault_trigger(hal_fault_kind_t kind) {
    volatile char start[1] = { 0 };
    switch (kind) {
        case HAL_FAULT_NULL_READ: {
            uintptr_t null;
            // The compiler must not know: it would make a trap of it.
            __asm ("mov %0, #8" : "=r" (null));
            (void)*(volatile uint32_t *)null;
            break;
        }
        case HAL_FAULT_WILD_WRITE:
            *(volatile uint32_t *)UNMAPPED = 1;
            break;
        case HAL_FAULT_CODE_WRITE:
            *(volatile uint32_t *)__text_start = 0;
            break;
        case HAL_FAULT_ILLEGAL:
            __asm volatile ("udf #0");
            break;
        case HAL_FAULT_STACK:
            recurse(start);
            break;
        case HAL_FAULT_DIVIDE:
            break;
    }
    return -ENOTSUP;
}
