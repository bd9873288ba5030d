// SPDX-License-Identifier: MIT
// The walk keeps a small stack of open nodes. A property comes before a node's children, so a node
// is complete, and is visited, when its first child begins or it ends.
#include "fdt.h"

#include <stddef.h>

enum {
    FDT_MAGIC = 0xd00dfeed,
    FDT_MAX_BYTES = 2 * 1024 * 1024, // what the arm64 boot protocol allows
    FDT_MAX_DEPTH = 16,
    TOKEN_BEGIN = 1, TOKEN_END = 2, TOKEN_PROP = 3, TOKEN_NOP = 4, TOKEN_STOP = 9,
    HEADER_BYTES = 40,
};

typedef struct {
    const uint8_t *structure, *strings;
    uint32_t structure_bytes, strings_bytes;
    uint32_t at; // in structure
} cursor_t;

static uint32_t be32(const uint8_t *p) {
    return __builtin_bswap32(*(const uint32_t *)p); // all that is read so is 4-byte aligned
}

uint32_t fdt_size(const void *blob) {
    const uint8_t *header = blob;
    if (blob == NULL || ((uintptr_t)blob & 7) != 0 || be32(header) != FDT_MAGIC) {
        return 0;
    }
    uint32_t total = be32(header + 4);
    return HEADER_BYTES <= total && total <= FDT_MAX_BYTES ? total : 0;
}

static bool open_block(const uint8_t *blob, uint32_t total, uint32_t offset, uint32_t len,
    const uint8_t **out) {
    *out = blob + offset;
    return offset <= total && len <= total - offset;
}

static bool cursor_open(cursor_t *c, const uint8_t *blob) {
    uint32_t total = fdt_size(blob);
    c->at = 0;
    if (total == 0) {
        return false;
    }
    c->strings_bytes = be32(blob + 32);
    c->structure_bytes = be32(blob + 36);
    return open_block(blob, total, be32(blob + 8), c->structure_bytes, &c->structure)
        && open_block(blob, total, be32(blob + 12), c->strings_bytes, &c->strings)
        && ((uintptr_t)c->structure & 3) == 0;
}

uint32_t fdt_used_bytes(const void *blob) {
    cursor_t c;
    if (!cursor_open(&c, blob)) {
        return 0;
    }
    uint32_t structure_end = c.structure + c.structure_bytes - (const uint8_t *)blob;
    uint32_t strings_end = c.strings + c.strings_bytes - (const uint8_t *)blob;
    uint32_t end = structure_end > strings_end ? structure_end : strings_end;
    // The reservation block comes first by specification; if it does not, keep everything.
    return be32((const uint8_t *)blob + 16) < end ? end : fdt_size(blob);
}

static bool next_cell(cursor_t *c, uint32_t *out) {
    if (c->structure_bytes < 4 || c->at > c->structure_bytes - 4) {
        return false;
    }
    *out = be32(c->structure + c->at);
    c->at += 4;
    return true;
}

static bool skip_padded(cursor_t *c, uint32_t len) {
    if (len > c->structure_bytes - c->at) {
        return false;
    }
    c->at = (c->at + len + 3) & ~3u;
    return c->at <= c->structure_bytes;
}

// A string that ends within the block, or NULL.
static const char *string_in(const uint8_t *block, uint32_t block_bytes, uint32_t at) {
    for (uint32_t i = at; i < block_bytes; ++i) {
        if (block[i] == '\0') {
            return (const char *)block + at;
        }
    }
    return NULL;
}

bool fdt_str_eq(const char *a, const char *b) {
    while (*a != '\0' && *a == *b) {
        ++a;
        ++b;
    }
    return *a == *b;
}

static void keep_prop(fdt_node_t *node, const char *name, fdt_prop_t prop) {
    struct {
        const char *name;
        fdt_prop_t *slot;
    } slots[] = {
        { "compatible", &node->compatible }, { "device_type", &node->device_type },
        { "reg", &node->reg }, { "interrupts", &node->interrupts }, { "status", &node->status },
        { "method", &node->method }, { "rng-seed", &node->rng_seed },
        { "kaslr-seed", &node->kaslr_seed }, { "no-map", &node->no_map },
        { "ranges", &node->ranges }, { "interrupt-map", &node->interrupt_map },
    };
    if (fdt_str_eq(name, "#address-cells")) {
        node->address_cells = fdt_cell(&prop, 0);
    } else if (fdt_str_eq(name, "#size-cells")) {
        node->size_cells = fdt_cell(&prop, 0);
    }
    for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); ++i) {
        if (fdt_str_eq(name, slots[i].name)) {
            *slots[i].slot = prop;
        }
    }
}

static bool read_prop(cursor_t *c, fdt_node_t *node) {
    uint32_t len, name_at;
    if (!next_cell(c, &len) || !next_cell(c, &name_at)) {
        return false;
    }
    fdt_prop_t prop = { c->structure + c->at, len };
    const char *name = string_in(c->strings, c->strings_bytes, name_at);
    if (name == NULL || !skip_padded(c, len)) {
        return false;
    }
    keep_prop(node, name, prop);
    return true;
}

static bool begin_node(cursor_t *c, fdt_node_t *node, const fdt_node_t *parent) {
    *node = (fdt_node_t) { .parent = parent, .address_cells = 2, .size_cells = 1 };
    node->name = string_in(c->structure, c->structure_bytes, c->at);
    if (node->name == NULL) {
        return false;
    }
    uint32_t len = 0;
    while (node->name[len] != '\0') {
        ++len;
    }
    return skip_padded(c, len + 1);
}

bool fdt_walk(const void *blob, fdt_visit_t visit) {
    cursor_t c;
    static fdt_node_t open[FDT_MAX_DEPTH];
    int depth = -1;
    bool visited = true; // the innermost open node
    uint32_t token;
    if (!cursor_open(&c, blob)) {
        return false;
    }
    while (next_cell(&c, &token)) {
        if ((token == TOKEN_BEGIN || token == TOKEN_END) && !visited) {
            visit(&open[depth]);
            visited = true;
        }
        switch (token) {
            case TOKEN_BEGIN:
                if (depth + 1 == FDT_MAX_DEPTH
                    || !begin_node(&c, &open[depth + 1], depth < 0 ? NULL : &open[depth])) {
                    return false;
                }
                ++depth;
                visited = false;
                break;
            case TOKEN_END:
                if (depth-- < 0) {
                    return false;
                }
                break;
            case TOKEN_PROP:
                if (visited || !read_prop(&c, &open[depth])) {
                    return false;
                }
                break;
            case TOKEN_NOP:
                break;
            default:
                return token == TOKEN_STOP && depth < 0;
        }
    }
    return false;
}

void fdt_reservations(const void *blob, void (*entry)(uint64_t base, uint64_t size)) {
    const uint8_t *bytes = blob;
    uint32_t total = fdt_size(blob);
    if (total == 0) {
        return;
    }
    for (uint32_t at = be32(bytes + 16); at % 8 == 0 && at <= total - 16; at += 16) {
        uint64_t base = (uint64_t)be32(bytes + at) << 32 | be32(bytes + at + 4);
        uint64_t size = (uint64_t)be32(bytes + at + 8) << 32 | be32(bytes + at + 12);
        if (base == 0 && size == 0) {
            return;
        }
        entry(base, size);
    }
}

bool fdt_is_compatible(const fdt_node_t *node, const char *name) {
    const fdt_prop_t *list = &node->compatible;
    for (uint32_t at = 0; at < list->len;) {
        const char *item = string_in(list->data, list->len, at);
        if (item == NULL) {
            return false;
        }
        if (fdt_str_eq(item, name)) {
            return true;
        }
        while (list->data[at] != '\0') {
            ++at;
        }
        ++at;
    }
    return false;
}

bool fdt_prop_is(const fdt_prop_t *prop, const char *text) {
    const char *value = string_in(prop->data, prop->len, 0);
    return value != NULL && fdt_str_eq(value, text);
}

bool fdt_is_enabled(const fdt_node_t *node) {
    return node->status.data == NULL || fdt_prop_is(&node->status, "okay")
        || fdt_prop_is(&node->status, "ok");
}

uint32_t fdt_cell(const fdt_prop_t *prop, uint32_t i) {
    return i < prop->len / 4 ? be32(prop->data + 4 * i) : 0;
}

static uint64_t cells(const fdt_prop_t *prop, uint32_t at, uint32_t n) {
    uint64_t value = 0;
    for (uint32_t i = 0; i < n; ++i) {
        value = value << 32 | fdt_cell(prop, at + i);
    }
    return value;
}

bool fdt_reg(const fdt_node_t *node, uint32_t i, uint64_t *base, uint64_t *size) {
    if (node->parent == NULL) {
        return false;
    }
    uint32_t na = node->parent->address_cells;
    uint32_t ns = node->parent->size_cells;
    if (na > 4 || ns > 4 || na + ns == 0 || i >= node->reg.len / 4 / (na + ns)) {
        return false;
    }
    *base = cells(&node->reg, i * (na + ns), na);
    *size = cells(&node->reg, i * (na + ns) + na, ns);
    return true;
}
