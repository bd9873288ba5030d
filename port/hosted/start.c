// SPDX-License-Identifier: MIT
// From main() to common_main() on core 0's thread. The main thread stays behind to take the signals
// that end a process, so that the terminal is restored first, outside of any signal handler.
#include "hal/board.h"
#include "hal/console.h"
#include "hosted.h"

#ifdef HOSTED_TSAN
int hosted_loop_atomic;
#endif

static const int ending_signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
enum { ENDING_SIGNALS = sizeof(ending_signals) / sizeof(ending_signals[0]) };

static void block_signals(sigset_t *ending) {
    sigset_t none;
    sigemptyset(&none);
    // A reset inherits the mask of the thread that asked for it.
    pthread_sigmask(SIG_SETMASK, &none, NULL);
    sigemptyset(ending);
    for (unsigned i = 0; i < ENDING_SIGNALS; ++i) {
        struct sigaction action;
        sigaction(ending_signals[i], NULL, &action);
        if (action.sa_handler != SIG_IGN) { // nohup
            sigaddset(ending, ending_signals[i]);
        }
    }
    pthread_sigmask(SIG_BLOCK, ending, NULL);
    pthread_sigmask(SIG_BLOCK, &hosted_irq_signals, NULL); // until a thread is a core
}

static void *boot_core(void *core) {
    hosted_core_enter(core);
    #ifdef HEAP_VISIBLE
    if (hosted_options.fuzz != NULL) {
        hosted_fuzz_main(hosted_options.fuzz, hosted_options.fuzz_first, hosted_options.fuzz_say);
    }
    #endif
    common_main();
}

static void end_by(int number, const sigset_t *ending) {
    hosted_terminal_restore();
    signal(number, SIG_DFL);
    raise(number);
    pthread_sigmask(SIG_UNBLOCK, ending, NULL); // the process ends here, with the right status
}

int main(int argc, char **argv) {
    sigset_t ending;
    int number;
    hosted_time_init();
    hosted_power_init(argv);
    hosted_options_parse(argc, argv);
    signal(SIGPIPE, SIG_IGN); // console.c sees the error
    hosted_irq_init();
    hosted_stop_init();
    #ifdef HEAP_VISIBLE
    if (hosted_options.fuzz != NULL) {
        hosted_fuzz_prepare(argv); // and faults are the sanitizer's to report
    } else
    #endif
    {
        hosted_fault_init();
    }
    block_signals(&ending);
    hosted_memory_init((size_t)hosted_options.memory_mib << 20);
    hosted_stack_init();
    hal_console_init();
    hosted_core_start(0, boot_core);
    for (;;) {
        if (sigwait(&ending, &number) == 0) {
            end_by(number, &ending);
        }
    }
}
