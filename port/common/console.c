// SPDX-License-Identifier: MIT
// The console's output, and its input ring. One producer: the UART's interrupt handler on core 0;
// one consumer: the shell, on any core.
// Invariant: tail - head <= CONSOLE_RING_BYTES, head written by the consumer only, tail by the
// producer only. A full ring disables the receive interrupt instead of dropping: bytes then wait in
// the UART, which holds the sender off; the consumer enables it again at half a ring.
#include "py/runtime.h"
#include "py/mphal.h"

#include "port/common/common.h"
#include "hal/console.h"
#include "hal/cpu.h"
#include "vm_ext/actor/atomic.h"
#include "vm_ext/isolate/isolate.h"
#include "vm_ext/isolate/memory.h"

#ifndef CONSOLE_RING_BYTES
#define CONSOLE_RING_BYTES (16384) // a power of two
#endif

static uint8_t ring[CONSOLE_RING_BYTES];
static uint32_t ring_head, ring_tail; // free-running
static bool throttled; // atomic

isolate_t *console_isolate;

static uint32_t ring_used(void) {
    // Acquire: pairs with the release of the other side, so that a slot is read after it was
    // written and written after it was read.
    uint32_t tail = __atomic_load_n(&ring_tail, __ATOMIC_ACQUIRE);
    return tail - __atomic_load_n(&ring_head, __ATOMIC_ACQUIRE);
}

void console_on_input(void) {
    while (ring_used() < CONSOLE_RING_BYTES) {
        int c = hal_console_getc();
        if (c < 0) {
            break;
        }
        if (c == at_load(&mp_interrupt_char)) {
            actors_on_interrupt();
            continue;
        }
        ring[ring_tail % CONSOLE_RING_BYTES] = c;
        __atomic_store_n(&ring_tail, ring_tail + 1, __ATOMIC_RELEASE);
    }
    if (ring_used() == CONSOLE_RING_BYTES) {
        hal_console_rx_enable(false);
        __atomic_store_n(&throttled, true, __ATOMIC_RELEASE); // pairs with unthrottle()
    }
    actors_on_input();
}

#define CHUNK_BYTES (256) // at most this much while others wait

static bool writing; // one core at a time, so that lines stay whole

void console_write(const char *str, size_t len) {
    while (len > 0) {
        size_t n = MIN(len, CHUNK_BYTES);
        isolate_nopreempt_enter();
        while (at_swap_acq(&writing, true)) { // with the release below
            hal_cpu_relax();
        }
        hal_console_write(str, n);
        __atomic_store_n(&writing, false, __ATOMIC_RELEASE);
        isolate_nopreempt_leave();
        str += n;
        len -= n;
    }
}

bool console_has_input(void) {
    return ring_used() != 0;
}

static void unthrottle(void) {
    // Acquire: the producer, perhaps on another core, has disabled the interrupt by then.
    if (__atomic_load_n(&throttled, __ATOMIC_ACQUIRE) && ring_used() <= CONSOLE_RING_BYTES / 2) {
        hal_irq_state_t state = hal_irq_disable();
        __atomic_store_n(&throttled, false, __ATOMIC_RELAXED);
        hal_console_rx_enable(true);
        hal_irq_restore(state);
    }
}

int console_getc(void) {
    if (ring_used() == 0) {
        unthrottle(); // the ring may have been full when the producer looked
        return -1;
    }
    int c = ring[ring_head % CONSOLE_RING_BYTES];
    __atomic_store_n(&ring_head, ring_head + 1, __ATOMIC_RELEASE);
    unthrottle();
    return c;
}
