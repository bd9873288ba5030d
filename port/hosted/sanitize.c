// SPDX-License-Identifier: MIT
// How the sanitizers of an instrumented build behave: a report ends the process as a panic would.
#include "hal/power.h"
#include "asan_heap.h"
#include "hosted.h"

#define EXIT_STATUS "exitcode=67"
_Static_assert(HAL_FAIL_STATUS == 67, "the options below are text");

// Only under ASan.
#pragma weak __asan_unpoison_memory_region
void __asan_unpoison_memory_region(const volatile void *start, size_t size_bytes);
void __sanitizer_set_death_callback(void (*callback)(void));

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);
const char *__tsan_default_options(void);

// A fake stack would hide the roots of the conservative collector; what is left at exit is not
// leaked.
const char *__asan_default_options(void) {
    return EXIT_STATUS ":detect_stack_use_after_return=0:detect_leaks=0:abort_on_error=0";
}

const char *__ubsan_default_options(void) {
    return EXIT_STATUS ":print_stacktrace=1:halt_on_error=1";
}

const char *__tsan_default_options(void) {
    return EXIT_STATUS ":halt_on_error=1:report_thread_leaks=0";
}

// The red zones of frames that never return would be in the way of those that come next.
void hosted_forget_frames(hosted_core_t *core) {
    if (__asan_unpoison_memory_region != NULL) {
        __asan_unpoison_memory_region(core->stack_bottom, core->stack_top - core->stack_bottom);
    }
}

__attribute__((constructor)) static void restore_terminal_on_death(void) {
    __sanitizer_set_death_callback(hosted_terminal_restore);
}

char asan_heap_checked(const void *at) {
    return *(const volatile char *)at;
}
