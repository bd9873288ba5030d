// SPDX-License-Identifier: MIT
// actor.Buffer: memory outside of every heap, with exactly one owner. Sending it moves it.
// Invariant: a block is in exactly one isolate's list, or in one message; the Python object that names it is in the
// same isolate's heap, and names it no more once it has moved. All Python access goes through that object, also a
// view's; C code that holds the address across a call of Python is found by buffer_prepare().
#ifndef VM_EXT_MODACTOR_BUFFER_H
#define VM_EXT_MODACTOR_BUFFER_H

#include "py/obj.h"

#include "vm_ext/cap/cap.h"

typedef struct _buffer_block_t {
    struct _buffer_block_t *next, *prev; // in the owner's list
    struct _actor_obj_buffer_t *object; // NULL: in a message, or waits for a C function that holds its address
    struct _isolate_account_t *account; // in a message: which pays; NULL: none
    size_t size_bytes;
    byte *data;
    bool was_shown; // its address, to C code outside of this file, since this isolate has it
    // What devices may use (vm_ext/hw/dma.h); 0 for others, whose data follows the block.
    size_t n_pages;
    uint32_t state; // atomic
    cap_t memory; // the allowance that it counts against
} buffer_block_t;

typedef struct _actor_obj_buffer_t {
    mp_obj_base_t base;
    buffer_block_t *block; // NULL: sent
} actor_obj_buffer_t;

extern const mp_obj_type_t actor_type_buffer;
extern const mp_obj_type_t actor_type_buffer_view;

// Before the Buffer's block is put into a message: if some C function up the stack may hold its address, the Buffer
// gets a copy, and that function goes on with memory that nobody else sees. ValueError if it has been sent.
void buffer_prepare(mp_obj_t buffer);

// Of the block whose address lies, unaligned, at `place` in a message: this isolate's from now on, and NULL is left
// there. MemoryError: over the quota.
mp_obj_t actor_new_buffer(void *place);

// A new Buffer that devices may use. MemoryError: over the allowance or the quota.
mp_obj_t buffer_new_dma(cap_t memory, size_t size_bytes);

// Within a nopreempt section.
bool buffer_is_held(const buffer_block_t *block);  // by a C function that has called Python, see held.c
void buffer_block_moves(buffer_block_t *block); // out of the running isolate's list; its object is dead
void buffer_block_stays(buffer_block_t *block); // undoes that
void buffer_block_free(buffer_block_t *block); // of a message
void buffer_free_all(void); // of the running isolate, which ends

// For what keeps the address of a buffer in an object of its own, unlike memoryview: TypeError for a Buffer.
void buffer_refuse(mp_obj_t object);

// memoryview(buffer) is a BufferView; MP_OBJ_NULL for other objects.
mp_obj_t buffer_memoryview(mp_obj_t object);

#endif
