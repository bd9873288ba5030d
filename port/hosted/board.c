// SPDX-License-Identifier: MIT
// Who this machine is: a process on a host, known by the host's machine-id.
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "hal/board.h"
#include "hal/irq.h"
#include "hosted.h"

const char *hal_board_name(void) {
    return MICROPY_HW_BOARD_NAME;
}

const char *hal_board_mcu(void) {
    return HOSTED_CPU;
}

// Fowler, Noll and Vo's FNV-1a, 64 bits. machine-id(5) asks that the id itself be shown to nobody.
static uint64_t fnv1a(const char *text) {
    uint64_t hash = 0xcbf29ce484222325;
    for (; *text != 0; ++text) {
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
    }
    return hash;
}

size_t hal_board_unique_id(uint8_t *out, size_t max) {
    char id[64];
    hal_irq_state_t state = hal_irq_disable(); // a FILE is locked by its thread
    FILE *file = fopen("/etc/machine-id", "r");
    bool found = file != NULL && fgets(id, sizeof(id), file) != NULL;
    if (file != NULL) {
        fclose(file);
    }
    hal_irq_restore(state);
    if (!found) {
        return 0;
    }
    uint64_t hash = fnv1a(id);
    size_t len = max < sizeof(hash) ? max : sizeof(hash);
    memcpy(out, &hash, len);
    return len;
}

uint64_t hal_board_entropy(void) {
    uint64_t word = 0;
    while (getrandom(&word, sizeof(word), 0) != sizeof(word)) {
    }
    return word;
}
