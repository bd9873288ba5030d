// SPDX-License-Identifier: MIT
// Faults on purpose, of the kinds that are the same on every architecture. Each is harmless where
// the CPU lets it pass: what is written is what is there.
#include <errno.h>
#include <string.h>

#include "hal/cpu.h"
#include "hal/fault.h"
#include "hal/irq.h"
#include "hal/mem.h"
#include "hal/time.h"
#include "port/common/common.h"

#if PORT_FAULT_MODULE

// Within what an address can be on each machine, and backed by no memory on any.
#if UINTPTR_MAX > 0xffffffff
#define NOWHERE (0x0000700000000000u)
#else
#define NOWHERE (0xd0000000u)
#endif

enum { CODE_BYTES = 32 };

static volatile uintptr_t null; // volatile: or the compiler would see the fault coming
static volatile unsigned depth, stop_at; // 0: never reached, which the compiler cannot know
static volatile hal_fault_kind_t wanted;
static const unsigned constant = 1;
static uint32_t data[CODE_BYTES / sizeof(uint32_t)];

static void __attribute__((noinline)) nothing(void) {
}

// Frames so small that none steps over the smallest guard, xtensa's of 64 bytes.
static unsigned __attribute__((noinline)) recurse(volatile char *caller) {
    volatile char frame[16];
    frame[0] = caller[0];
    return ++depth == stop_at ? 0 : recurse(frame) + frame[0]; // not a tail call
}

static void peek(uintptr_t addr) {
    (void)*(volatile unsigned *)addr;
}

static void poke(uintptr_t addr) {
    *(volatile unsigned *)addr = *(volatile unsigned *)addr;
}

static void poke_blind(uintptr_t addr) {
    *(volatile unsigned *)addr = 1;
}

static void call_data(void) {
    uintptr_t code = (uintptr_t)nothing & ~(uintptr_t)3;
    for (unsigned i = 0; i < CODE_BYTES / sizeof(data[0]); ++i) {
        data[i] = ((volatile uint32_t *)code)[i];
    }
    hal_cache_sync_code(data, sizeof(data));
    ((void (*)(void))((uintptr_t)data + ((uintptr_t)nothing & 3)))();
}

static void in_interrupt(void) {
    wanted = FAULT_INTERRUPT;
    hal_timer_arm(hal_time_ns());
    while (wanted == FAULT_INTERRUPT) {
        hal_cpu_relax();
    }
}

void fault_trigger_here(hal_fault_kind_t place) {
    if (wanted == place) {
        wanted = HAL_FAULT_DIVIDE; // no place
        peek(null + 8);
    }
}

int fault_trigger(hal_fault_kind_t kind) {
    volatile char start[1] = { 0 };
    uintptr_t code, code_end;
    switch (kind) {
        case FAULT_NULL_READ:
            peek(null + 8);
            break;
        case FAULT_NULL_WRITE:
            poke_blind(null + 16);
            break;
        case FAULT_NULL_CALL:
            ((void (*)(void))null)();
            break;
        case FAULT_WILD_READ:
            peek(NOWHERE);
            break;
        case FAULT_WILD_WRITE:
            poke_blind(NOWHERE);
            break;
        case FAULT_CODE_WRITE:
            hal_cpu_text_range(&code, &code_end);
            poke(code);
            break;
        case FAULT_CONST_WRITE:
            poke((uintptr_t)&constant);
            break;
        case FAULT_DATA_CALL:
            call_data();
            break;
        case FAULT_STACK:
            recurse(start);
            break;
        case FAULT_CRITICAL:
            hal_irq_disable();
            peek(null + 8);
            break;
        case FAULT_INTERRUPT:
            in_interrupt();
            break;
        case FAULT_LANDING:
            wanted = FAULT_LANDING;
            peek(null + 8);
            break;
        default:
            return hal_fault_trigger(kind);
    }
    return -ENOTSUP;
}

#endif
