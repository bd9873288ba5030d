// SPDX-License-Identifier: MIT
// See buffer.h.
#include <string.h>

#include "py/gc.h"
#include "py/runtime.h"

#include "vm_ext/actor/memory.h"
#if PORT_HW
#include "vm_ext/hw/dma.h"
#endif
#include "vm_ext/isolate/isolate.h"
#include "vm_ext/isolate/memory.h"
#include "vm_ext/modactor/buffer.h"
#include "vm_ext/safe/blocks.h"

#define BUFFER_BYTES_MAX (SIZE_MAX / 4)
#define BYTES_PER_COLLECTION (PORT_SMALL ? 4 * 1024 : 256 * 1024)

// --- blocks

static size_t block_bytes(const buffer_block_t *block) {
    return sizeof(buffer_block_t) + (block->n_pages != 0 ? block->n_pages * RT_PAGE_BYTES : block->size_bytes);
}

// Of a block that is nobody's. What a device has stays until that is done.
static void memory_free(buffer_block_t *block) {
    #if PORT_HW
    if (block->n_pages != 0) {
        dma_block_free(block);
        return;
    }
    #endif
    rt_free(block, block_bytes(block));
}

static void list_add(isolate_t *isolate, buffer_block_t *block) {
    block->prev = NULL;
    block->next = isolate->buffers;
    if (block->next != NULL) {
        block->next->prev = block;
    }
    isolate->buffers = block;
    isolate->buffer_bytes += block_bytes(block);
}

static void list_remove(isolate_t *isolate, buffer_block_t *block) {
    if (block->next != NULL) {
        block->next->prev = block->prev;
    }
    if (block->prev != NULL) {
        block->prev->next = block->next;
    } else {
        isolate->buffers = block->next;
    }
    isolate->buffer_bytes -= block_bytes(block);
}

static buffer_block_t *plain_block_new(size_t size_bytes) {
    buffer_block_t *block = isolate_memory_alloc(sizeof(buffer_block_t) + size_bytes);
    if (block != NULL) {
        *block = (buffer_block_t) {.size_bytes = size_bytes, .data = (byte *)(block + 1)};
    }
    return block;
}

static buffer_block_t *counted_dma_block_new(cap_t memory, size_t size_bytes) {
    #if PORT_HW
    buffer_block_t *block = dma_block_new(memory, size_bytes);
    if (block != NULL && !isolate_memory_take(block_bytes(block))) {
        dma_block_free(block);
        return NULL;
    }
    return block;
    #else
    return NULL;
    #endif
}

// A new block of this object; false: no memory. memory.node NULL: devices cannot use it.
static bool block_new(actor_obj_buffer_t *self, size_t size_bytes, cap_t memory) {
    isolate_nopreempt_enter();
    buffer_block_t *block = NULL;
    if (size_bytes <= BUFFER_BYTES_MAX) {
        block = memory.node == NULL ? plain_block_new(size_bytes) : counted_dma_block_new(memory, size_bytes);
    }
    if (block != NULL) {
        block->object = self;
        block->was_shown = false;
        self->block = block;
        list_add(isolate_cur(), block);
    }
    isolate_nopreempt_leave();
    return block != NULL;
}

// Of the running isolate, named by no object any more.
static void block_free(buffer_block_t *block) {
    list_remove(isolate_cur(), block);
    isolate_memory_give(block_bytes(block));
    memory_free(block);
}

// The block is nobody's, but a C function up the stack goes on with it: it is looked at again later.
static void block_orphan(buffer_block_t *block) {
    block->object = NULL;
    isolate_cur()->n_buffer_orphans++;
}

// In a sweep nobody refers to the object, so no C function was given it.
static void block_drop(actor_obj_buffer_t *self) {
    bool in_sweep = MP_STATE_THREAD(gc_lock_depth) & GC_COLLECT_FLAG;
    isolate_nopreempt_enter();
    buffer_block_t *block = self->block;
    self->block = NULL;
    if (block != NULL) {
        if (!in_sweep && buffer_is_held(block)) {
            block_orphan(block);
        } else {
            block_free(block);
        }
    }
    isolate_nopreempt_leave();
}

static void free_orphans(void) {
    isolate_nopreempt_enter();
    isolate_t *isolate = isolate_cur();
    buffer_block_t *block = isolate->n_buffer_orphans == 0 ? NULL : isolate->buffers;
    while (block != NULL) {
        buffer_block_t *next = block->next;
        if (block->object == NULL && !buffer_is_held(block)) {
            isolate->n_buffer_orphans--;
            block_free(block);
        }
        block = next;
    }
    isolate_nopreempt_leave();
}

void buffer_block_moves(buffer_block_t *block) {
    list_remove(isolate_cur(), block);
    block->object->block = NULL;
    block->account = isolate_memory_lend(block_bytes(block));
    safe_block_forget_finaliser(block->object); // a collection keeps few objects with one at a time
}

void buffer_block_stays(buffer_block_t *block) {
    isolate_memory_unlend(block->account, block_bytes(block));
    block->object->block = block;
    safe_block_remember_finaliser(block->object);
    list_add(isolate_cur(), block);
}

void buffer_block_free(buffer_block_t *block) {
    size_t bytes = block_bytes(block);
    struct _isolate_account_t *account = block->account;
    memory_free(block);
    isolate_memory_lent_over(account, bytes);
}

void buffer_free_all(void) {
    isolate_t *isolate = isolate_cur();
    while (isolate->buffers != NULL) {
        buffer_block_t *block = isolate->buffers;
        list_remove(isolate, block);
        isolate_memory_give(block_bytes(block));
        memory_free(block);
    }
}

static NORETURN void raise_sent(void) {
    mp_raise_ValueError(MP_ERROR_TEXT("this Buffer was sent away"));
}

static byte *data_of(mp_obj_t buffer, size_t *size_bytes) {
    const buffer_block_t *block = ((actor_obj_buffer_t *)MP_OBJ_TO_PTR(buffer))->block;
    if (block == NULL) {
        raise_sent();
    }
    *size_bytes = block->size_bytes;
    return block->data;
}

// --- sending

void buffer_prepare(mp_obj_t buffer) {
    actor_obj_buffer_t *self = MP_OBJ_TO_PTR(buffer);
    if (self->block == NULL) {
        raise_sent();
    }
    if (at_load(&self->block->state) != 0) {
        mp_raise_ValueError(MP_ERROR_TEXT("a device has this Buffer"));
    }
    if (!buffer_is_held(self->block)) {
        return;
    }
    size_t size;
    byte *data = data_of(buffer, &size);
    free_orphans();
    buffer_block_t *held = self->block;
    if (!block_new(self, size, held->memory) && !block_new(self, size, (cap_t) {NULL, 0})) {
        m_malloc_fail(size);
    }
    memcpy(self->block->data, data, size);
    block_orphan(held);
}

// --- the type Buffer

static actor_obj_buffer_t *object_new(void) {
    actor_obj_buffer_t *self = mp_obj_malloc_with_finaliser(actor_obj_buffer_t, &actor_type_buffer);
    self->block = NULL;
    return self;
}

// Buffers that are garbage hold memory that others wait for, and make no heap grow: so they are looked for when there
// are many more than the last collection left. Those that are sent on in time cost none.
static void make_room(void) {
    isolate_t *isolate = isolate_cur();
    free_orphans();
    isolate->buffer_bytes_kept = MIN(isolate->buffer_bytes_kept, isolate->buffer_bytes);
    if (isolate->buffer_bytes - isolate->buffer_bytes_kept > BYTES_PER_COLLECTION) {
        gc_collect();
        isolate->buffer_bytes_kept = isolate->buffer_bytes;
    }
}

mp_obj_t actor_new_buffer(void *place) {
    actor_obj_buffer_t *self = object_new();
    buffer_block_t *block;
    memcpy(&block, place, sizeof(block));
    isolate_nopreempt_enter();
    bool fits = isolate_memory_take(block_bytes(block));
    if (fits) {
        memset(place, 0, sizeof(block));
        isolate_memory_lent_over(block->account, block_bytes(block));
        block->was_shown = false; // nothing of this isolate can have seen it
        self->block = block;
        block->object = self;
        list_add(isolate_cur(), block);
    }
    isolate_nopreempt_leave();
    if (!fits) {
        m_malloc_fail(block->size_bytes);
    }
    make_room();
    return MP_OBJ_FROM_PTR(self);
}

static mp_obj_t new_buffer(cap_t memory, size_t size) {
    actor_obj_buffer_t *self = object_new();
    if (!block_new(self, size, memory)) {
        gc_collect();
        if (!block_new(self, size, memory)) {
            m_malloc_fail(size);
        }
    }
    memset(self->block->data, 0, size);
    make_room();
    return MP_OBJ_FROM_PTR(self);
}

mp_obj_t buffer_new_dma(cap_t memory, size_t size) {
    return new_buffer(memory, size);
}

static mp_obj_t buffer_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args) {
    mp_arg_check_num(n_args, n_kw, 1, 1, false);
    mp_int_t size = mp_obj_get_int(args[0]);
    if (size < 0) {
        mp_raise_ValueError(MP_ERROR_TEXT("the size of a Buffer is >= 0"));
    }
    return new_buffer((cap_t) {NULL, 0}, size);
}

// close(), and the finaliser: gives its memory back, now unless a C function is using it.
static mp_obj_t buffer_close(mp_obj_t self_in) {
    mp_check_self(mp_obj_is_type(self_in, &actor_type_buffer));
    block_drop(MP_OBJ_TO_PTR(self_in));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(buffer_close_obj, buffer_close);

static const mp_rom_map_elem_t buffer_locals[] = {
    {MP_ROM_QSTR(MP_QSTR___del__), MP_ROM_PTR(&buffer_close_obj)},
    {MP_ROM_QSTR(MP_QSTR_close), MP_ROM_PTR(&buffer_close_obj)},
};
static MP_DEFINE_CONST_DICT(buffer_locals_dict, buffer_locals);

// --- views: of a Buffer as a whole (the Buffer itself), or of a part

typedef struct {
    mp_obj_base_t base;
    mp_obj_t buffer;
    size_t start, len;
} view_t;

// What it shows now. ValueError if the Buffer has been sent.
static byte *shown(mp_obj_t self_in, size_t *len) {
    if (mp_obj_is_type(self_in, &actor_type_buffer)) {
        return data_of(self_in, len);
    }
    view_t *view = MP_OBJ_TO_PTR(self_in);
    size_t size;
    byte *data = data_of(view->buffer, &size);
    *len = view->len; // a Buffer's size never changes
    return data + view->start;
}

static mp_obj_t view_new(mp_obj_t self_in, size_t start, size_t len) {
    view_t *view = mp_obj_malloc(view_t, &actor_type_buffer_view);
    bool whole = mp_obj_is_type(self_in, &actor_type_buffer);
    view->buffer = whole ? self_in : ((view_t *)MP_OBJ_TO_PTR(self_in))->buffer;
    view->start = start + (whole ? 0 : ((view_t *)MP_OBJ_TO_PTR(self_in))->start);
    view->len = len;
    return MP_OBJ_FROM_PTR(view);
}

// The Buffer or view that the object is or, being of a class that is derived from Buffer, has; MP_OBJ_NULL: none.
static mp_obj_t native_of(mp_obj_t object) {
    if (mp_obj_is_type(object, &actor_type_buffer_view)) {
        return object;
    }
    return mp_obj_cast_to_native_base(object, MP_OBJ_FROM_PTR(&actor_type_buffer));
}

void buffer_refuse(mp_obj_t object) {
    if (native_of(object) != MP_OBJ_NULL) {
        mp_raise_TypeError(MP_ERROR_TEXT("a Buffer can be sent away: not here"));
    }
}

mp_obj_t buffer_memoryview(mp_obj_t object) {
    object = native_of(object);
    if (object == MP_OBJ_NULL) {
        return MP_OBJ_NULL;
    }
    size_t len;
    shown(object, &len);
    return view_new(object, 0, len);
}

static mp_int_t view_get_buffer(mp_obj_t self_in, mp_buffer_info_t *info, mp_uint_t flags) {
    (void)flags;
    bool whole = mp_obj_is_type(self_in, &actor_type_buffer);
    info->buf = shown(self_in, &info->len);
    mp_obj_t buffer = whole ? self_in : ((view_t *)MP_OBJ_TO_PTR(self_in))->buffer;
    ((actor_obj_buffer_t *)MP_OBJ_TO_PTR(buffer))->block->was_shown = true;
    info->typecode = 'B';
    return 0;
}

static void view_print(const mp_print_t *print, mp_obj_t self_in, mp_print_kind_t kind) {
    bool whole = mp_obj_is_type(self_in, &actor_type_buffer);
    mp_obj_t buffer = whole ? self_in : ((view_t *)MP_OBJ_TO_PTR(self_in))->buffer;
    bool gone = ((actor_obj_buffer_t *)MP_OBJ_TO_PTR(buffer))->block == NULL;
    size_t len = 0;
    if (!gone) {
        shown(self_in, &len);
    }
    mp_printf(print, gone ? "<%q, sent>" : "<%q of %u bytes>", mp_obj_get_type(self_in)->name, (unsigned)len);
}

static mp_obj_t view_unary_op(mp_unary_op_t op, mp_obj_t self_in) {
    size_t len;
    switch (op) {
        case MP_UNARY_OP_BOOL:
            shown(self_in, &len);
            return mp_obj_new_bool(len != 0);
        case MP_UNARY_OP_LEN:
            shown(self_in, &len);
            return MP_OBJ_NEW_SMALL_INT(len);
        default:
            return MP_OBJ_NULL;
    }
}

static mp_obj_t store_slice(mp_obj_t self_in, const mp_bound_slice_t *slice, mp_obj_t value) {
    mp_buffer_info_t from;
    mp_get_buffer_raise(value, &from, MP_BUFFER_READ);
    size_t len;
    byte *to = shown(self_in, &len);
    if (from.len != (size_t)(slice->stop - slice->start)) {
        mp_raise_ValueError(MP_ERROR_TEXT("lhs and rhs should be compatible"));
    }
    memmove(to + slice->start, from.buf, from.len);
    return mp_const_none;
}

static mp_obj_t view_subscr(mp_obj_t self_in, mp_obj_t index, mp_obj_t value) {
    if (value == MP_OBJ_NULL) {
        return MP_OBJ_NULL; // no deletion
    }
    size_t len;
    shown(self_in, &len);
    if (mp_obj_is_type(index, &mp_type_slice)) {
        mp_bound_slice_t slice;
        mp_obj_slice_indices(index, len, &slice);
        if (slice.step != 1) {
            mp_raise_NotImplementedError(MP_ERROR_TEXT("only slices with step=1 (aka None) are supported"));
        }
        slice.stop = MAX(slice.stop, slice.start);
        if (value != MP_OBJ_SENTINEL) {
            return store_slice(self_in, &slice, value);
        }
        return view_new(self_in, slice.start, slice.stop - slice.start);
    }
    size_t at = mp_get_index(mp_obj_get_type(self_in), len, index, false);
    if (value == MP_OBJ_SENTINEL) {
        return MP_OBJ_NEW_SMALL_INT(shown(self_in, &len)[at]);
    }
    mp_int_t stored = mp_obj_get_int(value); // can run Python, which can send the Buffer
    shown(self_in, &len)[at] = stored;
    return mp_const_none;
}

typedef struct {
    mp_obj_base_t base;
    mp_fun_1_t iternext;
    mp_obj_t view;
    size_t next;
} view_it_t;

static mp_obj_t view_it_iternext(mp_obj_t self_in) {
    view_it_t *self = MP_OBJ_TO_PTR(self_in);
    size_t len;
    const byte *data = shown(self->view, &len);
    return self->next < len ? MP_OBJ_NEW_SMALL_INT(data[self->next++]) : MP_OBJ_STOP_ITERATION;
}

static mp_obj_t view_getiter(mp_obj_t self_in, mp_obj_iter_buf_t *iter_buf) {
    view_it_t *it = (view_it_t *)iter_buf;
    *it = (view_it_t) {{&mp_type_polymorph_iter}, view_it_iternext, self_in, 0};
    return MP_OBJ_FROM_PTR(it);
}

MP_DEFINE_CONST_OBJ_TYPE(
    actor_type_buffer,
    MP_QSTR_Buffer,
    MP_TYPE_FLAG_ITER_IS_GETITER,
    make_new, buffer_make_new,
    print, view_print,
    unary_op, view_unary_op,
    subscr, view_subscr,
    buffer, view_get_buffer,
    iter, view_getiter,
    locals_dict, &buffer_locals_dict
    );

MP_DEFINE_CONST_OBJ_TYPE(
    actor_type_buffer_view,
    MP_QSTR_BufferView,
    MP_TYPE_FLAG_ITER_IS_GETITER,
    print, view_print,
    unary_op, view_unary_op,
    subscr, view_subscr,
    buffer, view_get_buffer,
    iter, view_getiter
    );
