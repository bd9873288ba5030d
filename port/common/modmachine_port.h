// SPDX-License-Identifier: MIT
// Included by upstream's extmod/modmachine.c: the machine's own part of module machine.
#include "py/mphal.h"

#include "hal/board.h"
#include "hal/cpu.h"
#include "hal/power.h"

extern const mp_obj_type_t machine_rtc_type;
extern const mp_obj_base_t seekwin_obj; // vm_ext/seekwin.c: no memory, only an answer to a seek

#define MICROPY_PY_MACHINE_EXTRA_GLOBALS \
    { MP_ROM_QSTR(MP_QSTR_RTC), MP_ROM_PTR(&machine_rtc_type) }, \
    { MP_ROM_QSTR(MP_QSTR_PWRON_RESET), MP_ROM_INT(HAL_RESET_POWER_ON) }, \
    { MP_ROM_QSTR(MP_QSTR_HARD_RESET), MP_ROM_INT(HAL_RESET_PIN) }, \
    { MP_ROM_QSTR(MP_QSTR_WDT_RESET), MP_ROM_INT(HAL_RESET_WATCHDOG) }, \
    { MP_ROM_QSTR(MP_QSTR_SOFT_RESET), MP_ROM_INT(HAL_RESET_SOFTWARE) }, \
    { MP_ROM_QSTR(MP_QSTR_mem32), MP_ROM_PTR(&seekwin_obj) },

static void mp_machine_idle(void) {
    mp_event_wait_ms(1);
}

NORETURN static void mp_machine_reset(void) {
    hal_power_reset();
}

static mp_int_t mp_machine_reset_cause(void) {
    return hal_power_reset_cause();
}

static mp_obj_t mp_machine_unique_id(void) {
    uint8_t id[16];
    size_t len = hal_board_unique_id(id, sizeof(id));
    return mp_obj_new_bytes(id, len);
}

static mp_obj_t mp_machine_get_freq(void) {
    return mp_obj_new_int_from_ull(hal_cpu_freq_hz());
}

static void mp_machine_set_freq(size_t n_args, const mp_obj_t *args) {
    mp_raise_NotImplementedError(MP_ERROR_TEXT("the clock frequency is fixed"));
}

static void mp_machine_lightsleep(size_t n_args, const mp_obj_t *args) {
    if (n_args == 0) {
        mp_event_wait_indefinite();
    } else {
        mp_hal_delay_ms(MAX(0, mp_obj_get_int(args[0])));
    }
}

NORETURN static void mp_machine_deepsleep(size_t n_args, const mp_obj_t *args) {
    if (n_args == 0) {
        hal_power_off(); // nothing could wake it
    }
    mp_hal_delay_ms(MAX(0, mp_obj_get_int(args[0])));
    hal_power_reset();
}
