// SPDX-License-Identifier: MIT
// The verifier of .mpy files as a program of the host: names of files on standard input, what is
// refused on standard output, status 1 if anything is. Each file and each scratch block is exactly
// as large as it claims to be, so that AddressSanitizer sees a step outside.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm_ext/verifier/verifier.h"

static const verify_config_t config = {
    .version = 6,
    .small_int_bits = 63,
    .qstr_last_static = 165, // "zip" in MicroPython's list of strings that files may number
    .qstr_base_exc = 33,     // "BaseException"
    .qstr_bytes_max = 255,
    .has_float = true,
    .has_complex = true,
};

static uint8_t *read_file(const char *name, size_t *len) {
    FILE *file = fopen(name, "rb");
    if (file == NULL) {
        perror(name);
        exit(2);
    }
    fseek(file, 0, SEEK_END);
    *len = ftell(file);
    rewind(file);
    uint8_t *data = malloc(*len + 1);
    *len = fread(data, 1, *len, file);
    fclose(file);
    return realloc(data, *len ? *len : 1);
}

static bool accepts(const char *name) {
    size_t len;
    uint8_t *data = read_file(name, &len);
    size_t scratch_len = 512;
    verify_report_t report;
    verify_result_t result;
    do {
        void *scratch = malloc(scratch_len);
        result = mpy_verify(&config, data, len, scratch, scratch_len, &report);
        free(scratch);
        scratch_len += scratch_len / 2;
    } while (result == VERIFY_MORE_SCRATCH);
    if (result != VERIFY_OK) {
        const char *function = report.name != NULL ? (const char *)report.name : "";
        printf("%s: %.*s+0x%x: %s\n", name, (int)report.name_len, function,
            (unsigned)report.offset, report.why);
    }
    free(data);
    return result == VERIFY_OK;
}

int main(void) {
    char name[4096];
    int status = 0;
    while (fgets(name, sizeof(name), stdin) != NULL) {
        name[strcspn(name, "\n")] = 0;
        if (name[0] != 0 && !accepts(name)) {
            status = 1;
        }
    }
    return status;
}
