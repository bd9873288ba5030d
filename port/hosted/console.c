// SPDX-License-Identifier: MIT
// The console on standard input and output. A thread reads input in blocks and interrupts core 0.
// Invariant: the block belongs to core 0 from the release of block_len until it posts `turn`, and
// to the input thread otherwise. With the receive interrupt off core 0 takes nothing from the
// block, the thread does not read another, and the pipe or pty holds the sender off.
#include <errno.h>
#include <poll.h>
#include <semaphore.h>
#include <unistd.h>

#include "hal/console.h"
#include "hal/irq.h"
#include "hal/power.h"
#include "hosted.h"

enum { BLOCK_BYTES = 4096 };

static unsigned char block[BLOCK_BYTES];
static int block_len;           // bytes in the block: 0 while the input thread has it
static int block_next;          // core 0's position in it
static bool rx_enabled;         // atomic: the consumer's core sets it, core 0 looks
static bool ended;              // the input thread's last word
static sem_t turn;

void hal_console_init(void) {
    hosted_terminal_raw();
    sem_init(&turn, 0, 0);
}

bool hosted_console_ended(void) {
    // Acquire: pairs with the release in input_thread(), which comes after the last block was
    // consumed.
    return __atomic_load_n(&ended, __ATOMIC_ACQUIRE);
}

// Read a block; 0 at the end of the input, which for a program in a pipe need not be its own end.
static int read_block(void) {
    for (;;) {
        ssize_t len = read(STDIN_FILENO, block, BLOCK_BYTES);
        if (len >= 0) {
            return len;
        }
        if (errno == EAGAIN) { // somebody made the description non-blocking
            struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };
            poll(&fd, 1, -1);
        } else if (errno != EINTR) {
            hosted_hang_up(); // EIO: the other end of the pty is closed
        }
    }
}

static void *input_thread(void *arg) {
    int len;
    hosted_fault_stack();
    do {
        while (sem_wait(&turn) != 0) {
        }
        len = read_block();
        if (len == 0) {
            __atomic_store_n(&ended, true, __ATOMIC_RELEASE);
        } else {
            __atomic_store_n(&block_len, len, __ATOMIC_RELEASE); // pairs with hal_console_getc()
        }
        hosted_irq_send(0, HOSTED_IRQ_CONSOLE);
    } while (len > 0);
    return NULL;
}

void hal_console_start(void) {
    pthread_t thread;
    sigset_t before;
    pthread_sigmask(SIG_BLOCK, &hosted_irq_signals, &before); // the thread inherits the mask
    pthread_create(&thread, NULL, input_thread, NULL);
    pthread_detach(thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    sem_post(&turn);
    hal_console_rx_enable(true);
}

int hal_console_getc(void) {
    int len = __atomic_load_n(&block_len, __ATOMIC_ACQUIRE); // pairs with input_thread()
    if (len == 0) {
        return -1;
    }
    int c = block[block_next++];
    if (block_next == len) {
        block_next = 0;
        __atomic_store_n(&block_len, 0, __ATOMIC_RELAXED); // sem_post() publishes it
        sem_post(&turn);
    }
    return c;
}

void hosted_console_interrupt(void) {
    if (__atomic_load_n(&rx_enabled, __ATOMIC_RELAXED)) {
        console_on_input();
    }
}

void hal_console_rx_enable(bool enable) {
    hal_irq_state_t state = hal_irq_disable();
    __atomic_store_n(&rx_enabled, enable, __ATOMIC_RELAXED); // the block is passed by block_len
    if (enable && __atomic_load_n(&block_len, __ATOMIC_ACQUIRE) != 0) {
        hosted_irq_send(0, HOSTED_IRQ_CONSOLE);
    }
    hal_irq_restore(state);
}

void hal_console_write(const char *buf, size_t len_bytes) {
    while (len_bytes > 0) {
        hal_irq_state_t state = hal_irq_disable(); // errno is the thread's
        ssize_t written = write(STDOUT_FILENO, buf, len_bytes);
        int err = written < 0 ? errno : 0;
        hal_irq_restore(state);
        if (written >= 0) {
            buf += written;
            len_bytes -= written;
        } else if (err == EAGAIN) {
            struct pollfd fd = { .fd = STDOUT_FILENO, .events = POLLOUT };
            poll(&fd, 1, -1);
        } else if (err != EINTR) {
            hosted_hang_up();
        }
    }
}
