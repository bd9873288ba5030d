// SPDX-License-Identifier: MIT
// System registers by name, and the barriers that go with them.
#ifndef A64_SYSREG_H
#define A64_SYSREG_H

#include <stdint.h>

#define A64_TEXT_(name) #name
#define A64_TEXT(name)  A64_TEXT_(name) // expands a name that is a macro for an encoding
#define A64_READ(name) ({ \
        uint64_t value_; \
        __asm volatile ("mrs %0, " A64_TEXT(name) : "=r" (value_) :: "memory"); \
        value_; \
    })
#define A64_WRITE(name, value) \
    __asm volatile ("msr " A64_TEXT(name) ", %0" :: "r" ((uint64_t)(value)) : "memory")

#define A64_ISB()       __asm volatile ("isb" ::: "memory")
#define A64_DSB(domain) __asm volatile ("dsb " #domain ::: "memory")

// A bit field of an ID register.
static inline unsigned a64_field(uint64_t reg, unsigned low_bit, unsigned bits) {
    return (unsigned)(reg >> low_bit) & ((1u << bits) - 1);
}

#endif
