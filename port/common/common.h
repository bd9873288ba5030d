// SPDX-License-Identifier: MIT
// What the files of port/common offer each other. Nothing here knows Python but main.c's helpers.
#ifndef PORT_COMMON_COMMON_H
#define PORT_COMMON_COMMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// --- console.c: the ring between the UART's interrupt and the VM
int console_getc(void);                 // next byte or -1
bool console_has_input(void);
extern struct _isolate_t *console_isolate; // which Ctrl-C interrupts

// --- time.c: waiting
void common_event_post(void);           // ends a wait of core 0; callable from interrupts
uint64_t common_unix_ns(void);          // calendar time, ns since 1970-01-01
void common_set_unix_ns(uint64_t now);

// --- ram.c: runs of pages of physical memory. Only core 0 may call these.
#ifndef RAM_PAGE_BYTES
#define RAM_PAGE_BYTES (4096)
#endif
void ram_init(void);
void *ram_alloc(size_t size_bytes);     // rounded up to pages, not cleared; NULL if none fits
void ram_free(void *run, size_t size_bytes);
size_t ram_largest_bytes(void);
size_t ram_free_bytes(void);

// --- smp.c
unsigned smp_cores_online(void);

// --- heap.c; what upstream's collector calls of it is declared in mpconfigport.h
void vmheap_init(void);                 // gives the VM its first area
void vmheap_keep(void);                 // after each collection, before anything is allocated
void vmheap_release(void);              // after mp_deinit(): takes every area back

// --- main.c
uint64_t common_prompt_ns(void);        // when the first prompt was ready, on hal_time_ns()'s clock

#endif
