// SPDX-License-Identifier: MIT
// Module dma: memory that devices may use. A Buffer made here is an actor.Buffer, with the same rules: it has one
// owner, and moves by being sent. While a device has it, it cannot be sent, and its memory is not given back.
#include <string.h>

#include "py/runtime.h"

#include "vm_ext/hw/capobj.h"
#include "vm_ext/hw/dma.h"

// Buffer(memory, size): in one run, aligned to a page, cleared. MemoryError: over the allowance or the quota.
static mp_obj_t dma_buffer(mp_obj_t memory_in, mp_obj_t size_in) {
    if (!mp_obj_is_type(memory_in, &dma_type_memory)) {
        mp_raise_TypeError(MP_ERROR_TEXT("the first argument is a dma.Memory"));
    }
    mp_int_t size = mp_obj_get_int(size_in);
    if (size < 0) {
        mp_raise_ValueError(MP_ERROR_TEXT("the size of a Buffer is >= 0"));
    }
    return buffer_new_dma(((capobj_t *)MP_OBJ_TO_PTR(memory_in))->cap, size);
}
static MP_DEFINE_CONST_FUN_OBJ_2(dma_buffer_obj, dma_buffer);

// stats(): (how many Buffers there are, their bytes, how many of them wait for a device and have no owner)
static mp_obj_t dma_stats_tuple(void) {
    dma_stats_t stats;
    dma_stats(&stats);
    const mp_obj_t parts[] = {
        mp_obj_new_int_from_uint(stats.buffers), mp_obj_new_int_from_uint(stats.buffer_bytes),
        mp_obj_new_int_from_uint(stats.orphans),
    };
    return mp_obj_new_tuple(MP_ARRAY_SIZE(parts), parts);
}
static MP_DEFINE_CONST_FUN_OBJ_0(dma_stats_obj, dma_stats_tuple);

// usable(object): whether it is a Buffer of the caller's that devices may use, and none has now.
static mp_obj_t dma_usable(mp_obj_t object) {
    const buffer_block_t *block = NULL;
    if (mp_obj_is_type(object, &actor_type_buffer)) {
        block = ((actor_obj_buffer_t *)MP_OBJ_TO_PTR(object))->block;
    }
    return mp_obj_new_bool(block != NULL && block->n_pages != 0 && at_load(&block->state) == 0);
}
static MP_DEFINE_CONST_FUN_OBJ_1(dma_usable_obj, dma_usable);

static const mp_rom_map_elem_t memory_locals[] = {
    {MP_ROM_QSTR(MP_QSTR___del__), MP_ROM_PTR(&capobj_del_obj)},
};
static MP_DEFINE_CONST_DICT(memory_locals_dict, memory_locals);

MP_DEFINE_CONST_OBJ_TYPE(
    dma_type_memory,
    MP_QSTR_Memory,
    MP_TYPE_FLAG_NONE,
    print, capobj_print,
    locals_dict, &memory_locals_dict
    );

static const mp_rom_map_elem_t globals_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_dma)},
    {MP_ROM_QSTR(MP_QSTR_Buffer), MP_ROM_PTR(&dma_buffer_obj)},
    {MP_ROM_QSTR(MP_QSTR_Memory), MP_ROM_PTR(&dma_type_memory)},
    {MP_ROM_QSTR(MP_QSTR_stats), MP_ROM_PTR(&dma_stats_obj)},
    {MP_ROM_QSTR(MP_QSTR_usable), MP_ROM_PTR(&dma_usable_obj)},
};
static MP_DEFINE_CONST_DICT(globals, globals_table);

const mp_obj_module_t dma_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&globals,
};

MP_REGISTER_MODULE(MP_QSTR_dma, dma_module);
