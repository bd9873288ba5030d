// SPDX-License-Identifier: MIT
// Included by upstream's extmod/modos.c: os.urandom.
#include <string.h>

#include "hal/board.h"

// urandom(n): n bytes from the board's entropy source.
static mp_obj_t mp_os_urandom(mp_obj_t num) {
    mp_int_t n = mp_obj_get_int(num);
    if (n < 0) {
        mp_raise_ValueError(MP_ERROR_TEXT("urandom(n): n must be >= 0"));
    }
    vstr_t vstr;
    vstr_init_len(&vstr, n);
    for (mp_int_t i = 0; i < n; i += sizeof(uint64_t)) {
        uint64_t word = hal_board_entropy();
        memcpy(vstr.buf + i, &word, MIN((size_t)(n - i), sizeof(word)));
    }
    return mp_obj_new_bytes_from_vstr(&vstr);
}
static MP_DEFINE_CONST_FUN_OBJ_1(mp_os_urandom_obj, mp_os_urandom);
