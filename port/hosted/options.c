// SPDX-License-Identifier: MIT
// The command line: how much memory, how many cores.
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hosted.h"

enum { EXIT_USAGE = 2, MEMORY_MIB_MIN = 1, MEMORY_MIB_MAX = 1024 * 1024 };

static const char usage[] =
    "usage: antaresia [--memory MIB] [--cores N]\n"
    "Antaresia as a Linux process; the console is standard input and output.\n"
    "  --memory MIB  memory of the machine (default 256)\n"
    "  --cores N     cores, a thread each (default 1, at most 64)\n"
    "Leave with antaresia.power_off(), or by ending the input.\n";

hosted_options_t hosted_options = { .memory_mib = 256, .cores = 1 };

static void fail(const char *option, const char *hint) {
    fprintf(stderr, "antaresia: %s: %s\n", option, hint);
    exit(EXIT_USAGE);
}

static unsigned number(const char *option, const char *text, unsigned min, unsigned max) {
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno != 0 || end == text || *end != 0 || value < min || value > max) {
        char hint[80];
        snprintf(hint, sizeof(hint), "give a number from %u to %u", min, max);
        fail(option, hint);
    }
    return value;
}

// --fuzz FILE, --first N and --say, for builds that have fuzz.c. The option's last word is at *i.
static bool fuzz_option(int argc, char **argv, int *i) {
    #ifdef HEAP_VISIBLE
    bool has_word = *i + 1 < argc;
    if (strcmp(argv[*i], "--say") == 0) {
        hosted_options.fuzz_say = true;
        return true;
    }
    if (strcmp(argv[*i], "--fuzz") == 0 && has_word) {
        hosted_options.fuzz = argv[++*i];
        return true;
    }
    if (strcmp(argv[*i], "--first") == 0 && has_word) {
        ++*i;
        hosted_options.fuzz_first = number("--first", argv[*i], 0, UINT_MAX);
        return true;
    }
    #endif
    return false;
}

void hosted_options_parse(int argc, char **argv) {
    for (int i = 1; i < argc; ++i) {
        const char *option = argv[i];
        if (strcmp(option, "--help") == 0) {
            fputs(usage, stdout);
            exit(0);
        }
        if (fuzz_option(argc, argv, &i)) {
            continue;
        }
        unsigned *value = strcmp(option, "--memory") == 0 ? &hosted_options.memory_mib
            : strcmp(option, "--cores") == 0 ? &hosted_options.cores : NULL;
        if (value == NULL) {
            fail(option, "no such option; --help shows all");
        }
        if (++i == argc) {
            fail(option, "its number is missing");
        }
        bool memory = value == &hosted_options.memory_mib;
        *value = memory ? number(option, argv[i], MEMORY_MIB_MIN, MEMORY_MIB_MAX)
            : number(option, argv[i], 1, HOSTED_CORES_MAX);
    }
}
