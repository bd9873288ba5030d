// SPDX-License-Identifier: MIT
// Runs many programs in one process, each in a VM of its own, for tests/fuzz, in builds for the
// address sanitizer only: `antaresia --fuzz FILE`. FILE holds programs, each behind a line with its
// length in bytes. A program's first line may say under what strain it runs:
//     # fuzz: heap=65536 fail=17 fails=3 collect=5 compiling=1
// heap: bytes of the VM's only heap area; fail, fails: allocations that fail, from the 17th three
// of them; collect: a collection before every fifth allocation; compiling: count from before the
// program is compiled. wrong=N does what must be reported (asan_heap.h), to test that.
// What is said on standard output:
//     @@ 12                        program 12 begins
//     @@ 12 raised 345             how it ended (ran, raised, interrupted), allocations until then
// and with --say, between the two, what it printed (its last PRINTED_MAX_BYTES); it then has a
// hundred times as long.
// A program that takes long gets Ctrl-C, then an abort of the VM (status STATUS_NEXT: this process
// is of no more use, nothing is wrong). If C code goes on after that, its stack is printed (status
// STATUS_HUNG). Sanitizers' reports, panics and faults end the process with HAL_FAIL_STATUS.
// printf() is the VM's here, and prints to the console.
// Invariant: nothing of a program outlives it but what a soft reset leaves.
#include <sanitizer/common_interface_defs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <unistd.h>

#include "py/compile.h"
#include "py/cstack.h"
#include "py/gc.h"
#include "py/runtime.h"
#include "shared/readline/readline.h"

#include "asan_heap.h"
#include "hal/console.h"
#include "hal/cpu.h"
#include "hal/irq.h"
#include "hal/power.h"
#include "hal/smp.h"
#include "hosted.h"
#include "port/common/common.h"
#include "vm_ext/isolate/isolate.h"
#include "vm_ext/isolate/rights.h"
#include "vm_ext/isolate/scratch.h"

enum {
    STATUS_USAGE = 2, STATUS_NEXT = 70, STATUS_HUNG = 71,
    HEAP_BYTES = 256 * 1024,
    EMERGENCY_BYTES = 256,
    PROGRAM_MAX_BYTES = 1 << 20,
    PRINTED_MAX_BYTES = 1 << 16,
    WAITS_MAX = 100,
    TICK_MS = 10, CPU_INTERRUPT_MS = 30, CPU_ABORT_MS = 400, CPU_HUNG_MS = 6000,
    WALL_INTERRUPT_MS = 4000, WALL_ABORT_MS = 8000, WALL_HUNG_MS = 60000,
};

static isolate_t isolate;
static isolate_scratch_t scratch;
static bool active;
static char *source;
static char printed[PRINTED_MAX_BYTES];
static size_t printed_bytes;            // since the program began, also beyond the buffer's end
static unsigned current;                // the number of the program that runs
static unsigned waits;                  // of the program, for input or time
static volatile bool running;
static volatile uint64_t cpu_start_ms, wall_start_ms;
static unsigned patience = 1;           // what the limits of time are multiplied by

void __real_hal_console_write(const char *buf, size_t len_bytes);
void __wrap_hal_console_write(const char *buf, size_t len_bytes);
void __real_hal_power_off(void) __attribute__((noreturn));
void __wrap_hal_power_off(void) __attribute__((noreturn));
void __real_hal_power_reset(void) __attribute__((noreturn));
void __wrap_hal_power_reset(void) __attribute__((noreturn));
void __real_hal_power_fail(void) __attribute__((noreturn));
void __wrap_hal_power_fail(void) __attribute__((noreturn));
void __real_hal_cpu_idle(void);
void __wrap_hal_cpu_idle(void);
size_t __real_gc_get_max_new_split(void);
size_t __wrap_gc_get_max_new_split(void);

// --- what a program does to the machine

void __wrap_hal_console_write(const char *buf, size_t len_bytes) {
    if (!active) {
        __real_hal_console_write(buf, len_bytes);
        return;
    }
    for (size_t i = 0; i < len_bytes; ++i) {
        printed[printed_bytes++ % PRINTED_MAX_BYTES] = buf[i];
    }
}

static void show_printed(FILE *to, size_t max_bytes) {
    size_t start = printed_bytes > max_bytes ? printed_bytes - max_bytes : 0;
    for (size_t i = start; i < printed_bytes; ++i) {
        putc(printed[i % PRINTED_MAX_BYTES], to);
    }
    fflush(to);
}

static void __attribute__((noreturn)) leave(int status) {
    fflush(stdout);
    _exit(status);
}

void __wrap_hal_power_off(void) {
    if (active) {
        leave(STATUS_NEXT);
    }
    __real_hal_power_off();
}

void __wrap_hal_power_reset(void) {
    if (active) {
        leave(STATUS_NEXT);
    }
    __real_hal_power_reset();
}

void __wrap_hal_power_fail(void) {
    if (active) {
        show_printed(stderr, 4096);
        leave(HAL_FAIL_STATUS);
    }
    __real_hal_power_fail();
}

// --- time

// Nothing that a program waits for comes: no time is lost on it.
void __wrap_hal_cpu_idle(void) {
    if (!active) {
        __real_hal_cpu_idle();
    } else if (++waits > WAITS_MAX) {
        isolate_interrupt(&isolate);
    }
}

static uint64_t now_ms(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * 1000ull + now.tv_nsec / 1000000;
}

// On the core's own thread: its registers and stack are those of the program.
static void on_tick(int signal) {
    if (!running) {
        return;
    }
    uint64_t cpu = (now_ms(CLOCK_THREAD_CPUTIME_ID) - cpu_start_ms) / patience;
    uint64_t wall = (now_ms(CLOCK_MONOTONIC) - wall_start_ms) / patience;
    if (cpu >= CPU_HUNG_MS || wall >= WALL_HUNG_MS) {
        fprintf(stderr, "HANG: program %u: neither Ctrl-C nor an abort ends it\n", current);
        __sanitizer_print_stack_trace();
        leave(STATUS_HUNG);
    } else if (cpu >= CPU_ABORT_MS || wall >= WALL_ABORT_MS) {
        isolate.ctx.vm.vm_abort = true;
        isolate_interrupt(&isolate);
    } else if (cpu >= CPU_INTERRUPT_MS || wall >= WALL_INTERRUPT_MS) {
        isolate_interrupt(&isolate);
    }
}

static void start_ticking(void) {
    struct sigaction action = { .sa_handler = on_tick, .sa_flags = SA_RESTART };
    sigaction(SIGALRM, &action, NULL);
    struct sigevent event = {
        .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM, ._sigev_un._tid = gettid(),
    };
    struct itimerspec every = {
        .it_interval = { .tv_nsec = TICK_MS * 1000000 },
        .it_value = { .tv_nsec = TICK_MS * 1000000 },
    };
    timer_t timer;
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0
        || timer_settime(timer, 0, &every, NULL) != 0) {
        perror("antaresia: no timer");
        leave(1);
    }
}

// --- one program

typedef struct {
    size_t heap_bytes;
    bool may_grow;
    bool compiling;
    asan_heap_faults_t faults;
    asan_heap_wrong_t wrong;
} strain_t;

static bool heap_may_grow;

size_t __wrap_gc_get_max_new_split(void) {
    return active && !heap_may_grow ? 0 : __real_gc_get_max_new_split();
}

static size_t option(const char *line, const char *name, size_t otherwise) {
    const char *found = strstr(line, name);
    return found == NULL ? otherwise : strtoul(found + strlen(name), NULL, 10);
}

static strain_t read_strain(size_t len_bytes) {
    char line[128] = "";
    static const char mark[] = "# fuzz:";
    const char *end = memchr(source, '\n', len_bytes);
    size_t line_bytes = end == NULL ? len_bytes : (size_t)(end - source);
    if (line_bytes < sizeof(line) && strncmp(source, mark, sizeof(mark) - 1) == 0) {
        memcpy(line, source, line_bytes);
    }
    strain_t strain = { .heap_bytes = HEAP_BYTES, .may_grow = true };
    size_t heap_bytes = option(line, " heap=", 0);
    if (heap_bytes != 0) {
        strain.heap_bytes = heap_bytes;
        strain.may_grow = false;
    }
    strain.compiling = option(line, " compiling=", 0) != 0;
    strain.wrong = option(line, " wrong=", 0);
    strain.faults.fail_first = option(line, " fail=", 0);
    if (strain.faults.fail_first != 0) {
        strain.faults.fail_count = option(line, " fails=", 1);
    }
    strain.faults.collect_every = option(line, " collect=", 0);
    return strain;
}

static void compile_and_call(const strain_t *strain, size_t len_bytes) {
    asan_heap_do_wrong(strain->wrong);
    if (strain->compiling) {
        asan_heap_faults = strain->faults;
    }
    mp_lexer_t *lexer = mp_lexer_new_from_str_len(MP_QSTR__lt_stdin_gt_, source, len_bytes, 0);
    qstr name = lexer->source_name;
    mp_parse_tree_t tree = mp_parse(lexer, MP_PARSE_FILE_INPUT);
    mp_obj_t program = mp_compile(&tree, name, false);
    if (!strain->compiling) {
        asan_heap_faults = strain->faults;
    }
    mp_call_function_0(program);
    mp_handle_pending(true);
}

// What printing an exception calls may raise, too. False if the VM was aborted meanwhile.
static bool print_exception(mp_obj_t raised) {
    nlr_buf_t nlr;
    nlr_set_abort(&nlr);
    if (nlr_push(&nlr) == 0) {
        mp_obj_print_exception(&mp_plat_print, raised);
        nlr_pop();
        return true;
    }
    return nlr.ret_val != NULL;
}

// How it ended; NULL: the VM was aborted.
static const char *execute(const strain_t *strain, size_t len_bytes) {
    nlr_buf_t nlr;
    nlr_set_abort(&nlr);
    if (nlr_push(&nlr) == 0) {
        compile_and_call(strain, len_bytes);
        nlr_pop();
        return "ran";
    }
    if (nlr.ret_val == NULL) {
        return NULL;
    }
    mp_obj_t raised = MP_OBJ_FROM_PTR(nlr.ret_val);
    mp_handle_pending(false);
    bool by_ctrl_c = mp_obj_is_subclass_fast(MP_OBJ_FROM_PTR(mp_obj_get_type(raised)),
        MP_OBJ_FROM_PTR(&mp_type_KeyboardInterrupt));
    if (!print_exception(raised)) {
        return NULL;
    }
    return by_ctrl_c ? "interrupted" : "raised";
}

static void start_vm(const strain_t *strain, void *stack_bottom, void *stack_top) {
    asan_heap_faults = (asan_heap_faults_t) {};
    heap_may_grow = strain->may_grow;
    isolate = (isolate_t) {
        .scratch = &scratch, .quota_bytes = SIZE_MAX, .rights = RIGHTS_ALL,
    };
    memset(&scratch, 0, sizeof(scratch));
    vmstate_set(&isolate.ctx);
    mp_cstack_init_with_top(stack_top, (char *)stack_top - (char *)stack_bottom);
    char *heap = vmheap_grow(strain->heap_bytes);
    if (heap == NULL) {
        fputs("antaresia: --fuzz: the heap does not fit; more --memory\n", stderr);
        leave(1);
    }
    gc_init(heap, heap + strain->heap_bytes);
    mp_init();
    mp_alloc_emergency_exception_buf(MP_OBJ_NEW_SMALL_INT(EMERGENCY_BYTES));
    readline_init0();
}

static void run(size_t len_bytes, bool say, void *stack_bottom, void *stack_top) {
    strain_t strain = read_strain(len_bytes);
    printed_bytes = 0;
    waits = 0;
    fprintf(stdout, "@@ %u\n", current);
    fflush(stdout);
    start_vm(&strain, stack_bottom, stack_top);
    cpu_start_ms = now_ms(CLOCK_THREAD_CPUTIME_ID);
    wall_start_ms = now_ms(CLOCK_MONOTONIC);
    running = true;
    const char *ended = execute(&strain, len_bytes);
    nlr_set_abort(NULL);
    size_t allocations = asan_heap_faults.count;
    asan_heap_faults = (asan_heap_faults_t) {};
    if (say) {
        show_printed(stdout, PRINTED_MAX_BYTES);
    }
    if (ended == NULL) {
        fprintf(stdout, "\n@@ %u aborted %zu\n", current, allocations);
        leave(STATUS_NEXT);
    }
    gc_sweep_all();
    mp_deinit();
    vmheap_release();
    running = false;
    fprintf(stdout, "\n@@ %u %s %zu\n", current, ended, allocations);
}

// --- the file

// Addresses are the same in each run, so that what depends on them is repeated.
void hosted_fuzz_prepare(char **argv) {
    int persona = personality(0xffffffff);
    if (persona != -1 && !(persona & ADDR_NO_RANDOMIZE)
        && personality(persona | ADDR_NO_RANDOMIZE) != -1) {
        execv("/proc/self/exe", argv);
    }
}

void hosted_fuzz_main(const char *path, unsigned first, bool say) {
    void *stack_bottom, *stack_top;
    char line[32];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        leave(STATUS_USAGE);
    }
    stack_bottom = hosted_cores[0].stack_bottom;
    stack_top = hosted_cores[0].stack_top;
    hal_smp_start(1);
    ram_init();
    hal_irq_restore(0);
    active = true;
    patience = say ? 100 : 1;
    start_ticking();
    for (current = 0; fgets(line, sizeof(line), file) != NULL; ++current) {
        size_t len_bytes = strtoul(line, NULL, 10);
        if (len_bytes > PROGRAM_MAX_BYTES) {
            fprintf(stderr, "antaresia: --fuzz: program %u: %zu bytes\n", current, len_bytes);
            leave(STATUS_USAGE);
        }
        source = malloc(len_bytes); // exactly, so that reading beyond it is seen
        if (fread(source, 1, len_bytes, file) != len_bytes) {
            leave(STATUS_USAGE);
        }
        if (current >= first) {
            run(len_bytes, say, stack_bottom, stack_top);
        }
        free(source);
    }
    leave(0);
}
