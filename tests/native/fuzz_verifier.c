// SPDX-License-Identifier: MIT
// The verifier of .mpy files under a fuzzer that looks at what it reaches: names of files to begin
// with on standard input. What reaches an edge of the verifier's code more often than before is
// kept, and changed further. The verifier alone is built with -fsanitize-coverage=trace-pc. Each
// file and each scratch block is exactly as large as it claims to be.
// Invariant: a run depends on its arguments and files only.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm_ext/verifier/verifier.h"

enum { MAP = 1 << 16, FILE_MAX_BYTES = 4096, KEPT_MAX = 1 << 15, SCRATCH_MAX_BYTES = 1 << 16 };

typedef struct {
    uint8_t *data;
    size_t len;
} input_t;

static const verify_config_t config = {
    .version = 6, .small_int_bits = 63, .qstr_last_static = 165, .qstr_base_exc = 33,
    .qstr_bytes_max = 255, .has_float = true, .has_complex = true,
};

static uint8_t hits[MAP];           // of this run, by edge
static uint8_t seen[MAP];           // the classes of counts of all runs before
static uintptr_t before;
static input_t kept[KEPT_MAX];
static unsigned n_kept;
static uint64_t state;

void __sanitizer_cov_trace_pc(void);

// Called by the compiler at the head of each block.
void __sanitizer_cov_trace_pc(void) {
    uintptr_t here = (uintptr_t)__builtin_return_address(0);
    hits[(here ^ before) % MAP]++;
    before = here >> 1;
}

static uint64_t next_random(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static size_t below(size_t limit) {
    return limit == 0 ? 0 : next_random() % limit;
}

// Counts are told apart as 1, 2, 3, 4..7, 8..15 and so on, each a bit.
static uint8_t class_of(uint8_t count) {
    return count < 4 ? 1u << count >> 1 : 8u << (31 - __builtin_clz(count) - 2);
}

// Whether it reached something new.
static bool run(const input_t *input, unsigned *accepted) {
    uint8_t *file = malloc(input->len);
    memcpy(file, input->data, input->len);
    memset(hits, 0, sizeof(hits));
    before = 0;
    verify_result_t result = VERIFY_MORE_SCRATCH;
    verify_report_t report;
    size_t len = 512;
    while (result == VERIFY_MORE_SCRATCH && len < SCRATCH_MAX_BYTES) {
        void *scratch = malloc(len);
        result = mpy_verify(&config, file, input->len, scratch, len, &report);
        free(scratch);
        len += len / 2;
    }
    *accepted += result == VERIFY_OK;
    free(file);
    bool is_new = false;
    for (size_t i = 0; i < MAP; i++) {
        uint8_t class = hits[i] == 0 ? 0 : class_of(hits[i]);
        is_new |= (class & ~seen[i]) != 0;
        seen[i] |= class;
    }
    return is_new;
}

static void keep(const uint8_t *data, size_t len) {
    if (n_kept < KEPT_MAX) {
        kept[n_kept].data = memcpy(malloc(len), data, len);
        kept[n_kept++].len = len;
    }
}

static void change_bytes(input_t *input, size_t at) {
    static const uint8_t telling[] = {
        0, 1, 2, 3, 0x1f, 0x3f, 0x40, 0x7f, 0x80, 0x81, 0xbf, 0xc0, 0xfe, 0xff,
    };
    switch (below(4)) {
        case 0:
            input->data[at] ^= 1u << below(8);
            break;
        case 1:
            input->data[at] = next_random();
            break;
        case 2:
            input->data[at] = telling[below(sizeof(telling))];
            break;
        default:
            input->data[at] += below(2) ? 1 : 255;
            break;
    }
}

// A run of bytes leaves, or comes from another input.
static void change_length(input_t *input, size_t at) {
    if (below(2)) {
        size_t n = 1 + below(input->len - at < 16 ? input->len - at : 16);
        memmove(input->data + at, input->data + at + n, input->len - at - n);
        input->len -= n;
        return;
    }
    const input_t *other = &kept[below(n_kept)];
    size_t from = below(other->len);
    size_t n = 1 + below(other->len - from < 64 ? other->len - from : 64);
    if (input->len + n <= FILE_MAX_BYTES) {
        memmove(input->data + at + n, input->data + at, input->len - at);
        memcpy(input->data + at, other->data + from, n);
        input->len += n;
    }
}

static void mutate(input_t *input) {
    const input_t *from = &kept[below(n_kept)];
    memcpy(input->data, from->data, from->len);
    input->len = from->len;
    for (size_t i = 1 + below(below(4) ? 4 : 16); i > 0; i--) {
        size_t at = below(input->len);
        if (below(5) == 0 && input->len > 1) {
            change_length(input, at);
        } else if (input->len > 0) {
            change_bytes(input, at);
        }
    }
}

static void read_first(void) {
    char name[4096];
    static uint8_t data[FILE_MAX_BYTES];
    while (fgets(name, sizeof(name), stdin) != NULL) {
        name[strcspn(name, "\n")] = 0;
        FILE *file = fopen(name, "rb");
        if (file == NULL) {
            perror(name);
            exit(2);
        }
        size_t len = fread(data, 1, sizeof(data), file);
        fclose(file);
        if (len > 0 && len < sizeof(data)) {
            keep(data, len);
        }
    }
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: fuzz_verifier SEED COUNT < names\n");
        return 2;
    }
    state = strtoull(argv[1], NULL, 10) * 2654435761u + 88172645463325252u;
    unsigned long count = strtoul(argv[2], NULL, 10);
    read_first();
    unsigned n_first = n_kept, accepted = 0, edges = 0;
    for (unsigned i = 0; i < n_first; i++) {
        run(&kept[i], &accepted);
    }
    static uint8_t data[FILE_MAX_BYTES];
    accepted = 0;
    for (unsigned long i = 0; i < count && n_first > 0; i++) {
        input_t input = {.data = data};
        mutate(&input);
        if (run(&input, &accepted) && input.len > 0) {
            keep(input.data, input.len);
        }
    }
    for (size_t i = 0; i < MAP; i++) {
        edges += seen[i] != 0;
    }
    printf("%lu files, %u accepted, %u of %u kept were new, %u edges\n", count, accepted,
        n_kept - n_first, n_kept, edges);
    return 0;
}
