// SPDX-License-Identifier: MIT
// Reading a flattened device tree (Devicetree Specification 0.4, chapter 5).
// The blob comes from outside: every offset is checked against its size before it is followed.
#ifndef A64_FDT_H
#define A64_FDT_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    const uint8_t *data; // NULL if the node lacks the property
    uint32_t len;
} fdt_prop_t;

// The properties that the kernel reads, filled in before the visitor sees the node.
typedef struct fdt_node {
    const struct fdt_node *parent; // NULL for the root
    const char *name;              // with its unit address
    uint32_t address_cells, size_cells; // for the reg of its children
    fdt_prop_t compatible, device_type, reg, interrupts, status, method;
    fdt_prop_t rng_seed, kaslr_seed, no_map, ranges, interrupt_map;
} fdt_node_t;

typedef void (*fdt_visit_t)(const fdt_node_t *node);

// The size of the blob at this address, or 0 if there is none there.
uint32_t fdt_size(const void *blob);

// How many of its bytes are in use: the rest of the blob is room to grow (QEMU's has 1 MiB of it).
uint32_t fdt_used_bytes(const void *blob);

// Call visit for each node, parents first. False if the blob is damaged (visits stop there).
bool fdt_walk(const void *blob, fdt_visit_t visit);

// Call entry for each pair of the memory reservation block.
void fdt_reservations(const void *blob, void (*entry)(uint64_t base, uint64_t size));

bool fdt_str_eq(const char *a, const char *b);
bool fdt_is_compatible(const fdt_node_t *node, const char *name);
bool fdt_prop_is(const fdt_prop_t *prop, const char *text);
bool fdt_is_enabled(const fdt_node_t *node);

// Cell i of a property of 32-bit cells; 0 past its end.
uint32_t fdt_cell(const fdt_prop_t *prop, uint32_t i);

// The i-th (address, size) of reg, in the parent's cells. False past its end.
bool fdt_reg(const fdt_node_t *node, uint32_t i, uint64_t *base, uint64_t *size);

#endif
