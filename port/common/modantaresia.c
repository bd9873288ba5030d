// SPDX-License-Identifier: MIT
// Module antaresia: what this machine is and what the system made of it.
#include "py/runtime.h"

#include "port/common/common.h"
#include "hal/board.h"
#include "hal/cpu.h"
#include "hal/mem.h"
#include "hal/power.h"
#include "vm_ext/isolate/rights.h"

static mp_obj_t text(const char *str) {
    return mp_obj_new_str_from_cstr(str);
}

static void put(mp_obj_t dict, qstr key, mp_obj_t value) {
    mp_obj_dict_store(dict, MP_OBJ_NEW_QSTR(key), value);
}

// info() -> dict: version, arch, board, cpu (str); cpu_hz, cores, ram_bytes, ram_free_bytes (int);
// boot_us: microseconds from kernel entry to the first prompt.
static mp_obj_t antaresia_info(void) {
    mp_obj_t dict = mp_obj_new_dict(9);
    put(dict, MP_QSTR_version, text(ANTARESIA_VERSION));
    put(dict, MP_QSTR_arch, text(ANTARESIA_ARCH));
    put(dict, MP_QSTR_board, text(hal_board_name()));
    put(dict, MP_QSTR_cpu, text(hal_cpu_name()));
    put(dict, MP_QSTR_cpu_hz, mp_obj_new_int_from_ull(hal_cpu_freq_hz()));
    put(dict, MP_QSTR_cores, mp_obj_new_int(smp_cores_online()));
    put(dict, MP_QSTR_ram_bytes, mp_obj_new_int_from_ull(hal_mem_total_bytes()));
    put(dict, MP_QSTR_ram_free_bytes, mp_obj_new_int_from_uint(ram_free_bytes()));
    put(dict, MP_QSTR_boot_us, mp_obj_new_int_from_ull(common_prompt_ns() / 1000));
    return dict;
}
static MP_DEFINE_CONST_FUN_OBJ_0(antaresia_info_obj, antaresia_info);

// power_off(): switch the machine off.
static mp_obj_t antaresia_power_off(void) {
    rights_need(RIGHT_MACHINE);
    hal_power_off();
}
static MP_DEFINE_CONST_FUN_OBJ_0(antaresia_power_off_obj, antaresia_power_off);

static const mp_rom_map_elem_t antaresia_module_globals_table[] = {
    { MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_antaresia) },
    { MP_ROM_QSTR(MP_QSTR_info), MP_ROM_PTR(&antaresia_info_obj) },
    { MP_ROM_QSTR(MP_QSTR_power_off), MP_ROM_PTR(&antaresia_power_off_obj) },
};
static MP_DEFINE_CONST_DICT(antaresia_module_globals, antaresia_module_globals_table);

const mp_obj_module_t mp_module_antaresia = {
    .base = { &mp_type_module },
    .globals = (mp_obj_dict_t *)&antaresia_module_globals,
};
MP_REGISTER_MODULE(MP_QSTR_antaresia, mp_module_antaresia);
