// SPDX-License-Identifier: MIT
#define PORT_SMALL                  (0)
#define PORT_SYS_PLATFORM           "antaresia"
#define MICROPY_HW_MCU_NAME         "aarch64"
#define MICROPY_FLOAT_IMPL          (MICROPY_FLOAT_IMPL_DOUBLE)
#define MICROPY_EPOCH_IS_1970       (1)
#define MP_SSIZE_MAX                (0x7fffffffffffffff)

typedef long mp_int_t;
typedef unsigned long mp_uint_t;
