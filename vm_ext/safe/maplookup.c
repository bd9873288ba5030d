// SPDX-License-Identifier: MIT
// Looking up in dicts and sets whose keys are Python objects. __hash__ and __eq__ may do anything to the
// container that is being searched; upstream goes on with positions of a table that is gone. Here (ld
// --wrap) each step is taken on the table as it is: after Python has run, a search whose container has
// changed starts again, and gives up with RuntimeError when it changes every time. Growing computes the
// hashes first and fills a table that nobody else can see. Where no Python can run, because all keys are
// interned strings, upstream's function does the work.
#include <string.h>

#include "py/mpstate.h"
#include "py/objstr.h"
#include "py/runtime.h"

#include "vm_ext/isolate/isolate.h"
#include "vm_ext/isolate/scratch.h"

#define LOOKUP_TRIES (64)

mp_map_elem_t *__real_mp_map_lookup(mp_map_t *map, mp_obj_t index, mp_map_lookup_kind_t kind);
mp_map_elem_t *__wrap_mp_map_lookup(mp_map_t *map, mp_obj_t index, mp_map_lookup_kind_t kind);
mp_obj_t __wrap_mp_set_lookup(mp_set_t *set, mp_obj_t index, mp_map_lookup_kind_t kind);

typedef enum { FOUND, MISSING, CHANGED } outcome_t;

static NORETURN void raise_changed(void) {
    mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("container changed during lookup"));
}

static bool is_filled(mp_obj_t key) {
    return key != MP_OBJ_NULL && key != MP_OBJ_SENTINEL;
}

static mp_uint_t hash_of(mp_obj_t key) {
    if (mp_obj_is_qstr(key)) {
        return qstr_hash(MP_OBJ_QSTR_VALUE(key));
    }
    if (mp_obj_is_small_int(key)) {
        return MP_OBJ_SMALL_INT_VALUE(key);
    }
    return MP_OBJ_SMALL_INT_VALUE(mp_unary_op(MP_UNARY_OP_HASH, key));
}

// Whether two different keys are plain, so that comparing them runs no Python; if so, what it gives.
static inline bool plain_keys_equal(mp_obj_t key, mp_obj_t index, bool *equal) {
    if (mp_obj_is_small_int(key) && mp_obj_is_small_int(index)) {
        *equal = false;
        return true;
    }
    if (mp_obj_is_str(key) && mp_obj_is_str(index)) {
        *equal = mp_obj_str_equal(key, index);
        return true;
    }
    return false;
}

// Small tables fill whole blocks of the collector; larger ones have an odd length and grow by a third.
static size_t next_table_len(size_t len) {
    return len < 12 ? (len & ~(size_t)1) + 2 : (len + len / 3) | 1;
}

static void remember_position(mp_obj_t index, size_t pos) {
    #if MICROPY_OPT_MAP_LOOKUP_CACHE
    uint8_t *cache = isolate_cur()->scratch->map_lookup_cache;
    cache[((uintptr_t)index >> 2) % SCRATCH_LOOKUP_CACHE_LEN] = pos;
    #endif
}

static inline mp_map_elem_t *remembered_slot(mp_map_t *map, mp_obj_t index) {
    #if MICROPY_OPT_MAP_LOOKUP_CACHE
    if (map->alloc != 0) {
        uintptr_t entry = ((uintptr_t)index >> 2) % SCRATCH_LOOKUP_CACHE_LEN;
        const uint8_t *cache = isolate_cur()->scratch->map_lookup_cache;
        mp_map_elem_t *slot = &map->table[cache[entry] % map->alloc];
        if (slot->key == index) {
            return slot;
        }
    }
    #endif
    return NULL;
}

// --- dicts

static bool map_is_as_before(const mp_map_t *map, const mp_map_t *before) {
    return map->table == before->table && map->alloc == before->alloc && map->used == before->used;
}

// Compares the key of a slot with the wanted one, which may run Python.
static outcome_t compare_slot(mp_map_t *map, const mp_map_t *before, mp_map_elem_t *slot, mp_obj_t index,
    bool by_pointer) {
    mp_obj_t key = slot->key;
    if (key == index) {
        return FOUND;
    }
    if (by_pointer) {
        return MISSING;
    }
    bool equal;
    if (plain_keys_equal(key, index, &equal)) {
        return equal ? FOUND : MISSING;
    }
    equal = mp_obj_equal(key, index);
    if (!map_is_as_before(map, before) || (equal && slot->key != key)) {
        return CHANGED;
    }
    return equal ? FOUND : MISSING;
}

static mp_map_elem_t *map_fill(mp_map_t *map, mp_map_elem_t *slot, mp_obj_t index) {
    map->used++;
    slot->key = index;
    slot->value = MP_OBJ_NULL;
    if (!mp_obj_is_qstr(index)) {
        map->all_keys_are_qstrs = 0;
    }
    return slot;
}

// Fills a larger table by hash; the value of each new slot says which old one it comes from.
static outcome_t rehash_into(mp_map_elem_t *table, size_t alloc, mp_map_t *map) {
    mp_map_t before = *map;
    for (size_t i = 0; i < before.alloc; i++) {
        mp_obj_t key = before.table[i].key;
        if (!is_filled(key)) {
            continue;
        }
        size_t pos = hash_of(key) % alloc;
        if (!map_is_as_before(map, &before)) {
            return CHANGED;
        }
        while (table[pos].key != MP_OBJ_NULL) {
            pos = (pos + 1) % alloc;
        }
        table[pos].key = key;
        table[pos].value = MP_OBJ_NEW_SMALL_INT(i);
    }
    return FOUND;
}

static bool map_grow_hashed(mp_map_t *map) {
    size_t alloc = next_table_len(map->alloc);
    mp_map_elem_t *table = m_new0(mp_map_elem_t, alloc);
    if (rehash_into(table, alloc, map) == CHANGED) {
        return false;
    }
    // From here on no Python runs. The same keys must still be in the same places.
    mp_map_elem_t *old_table = map->table;
    size_t old_alloc = map->alloc, old_filled = 0, filled = 0;
    bool qstrs = true;
    for (size_t i = 0; i < old_alloc; i++) {
        old_filled += is_filled(old_table[i].key);
    }
    for (size_t i = 0; i < alloc; i++) {
        if (table[i].key == MP_OBJ_NULL) {
            continue;
        }
        const mp_map_elem_t *old = &old_table[MP_OBJ_SMALL_INT_VALUE(table[i].value)];
        if (old->key != table[i].key) {
            return false;
        }
        table[i].value = old->value;
        qstrs = qstrs && mp_obj_is_qstr(old->key);
        filled++;
    }
    if (filled != old_filled) {
        return false;
    }
    map->table = table;
    map->alloc = alloc;
    map->used = filled;
    map->all_keys_are_qstrs = qstrs;
    m_del(mp_map_elem_t, old_table, old_alloc);
    return true;
}

static mp_map_elem_t *map_remove_hashed(mp_map_t *map, size_t pos) {
    mp_map_elem_t *slot = &map->table[pos];
    map->used--;
    bool end_of_run = map->table[(pos + 1) % map->alloc].key == MP_OBJ_NULL;
    slot->key = end_of_run ? MP_OBJ_NULL : MP_OBJ_SENTINEL;
    return slot; // with its value, which the caller takes
}

static outcome_t find_hashed(mp_map_t *map, mp_obj_t index, mp_uint_t hash, bool by_pointer,
    mp_map_lookup_kind_t kind, mp_map_elem_t **result) {
    if (map->alloc == 0 && (kind != MP_MAP_LOOKUP_ADD_IF_NOT_FOUND || !map_grow_hashed(map))) {
        return kind == MP_MAP_LOOKUP_ADD_IF_NOT_FOUND ? CHANGED : MISSING;
    }
    mp_map_t before = *map;
    size_t start = hash % before.alloc, pos = start;
    mp_map_elem_t *room = NULL;
    do {
        mp_map_elem_t *slot = &before.table[pos];
        if (!is_filled(slot->key)) {
            if (room == NULL) {
                room = slot;
            }
            if (slot->key == MP_OBJ_NULL) {
                break;
            }
        } else {
            outcome_t outcome = compare_slot(map, &before, slot, index, by_pointer);
            if (outcome == FOUND) {
                remember_position(index, pos);
                *result = kind == MP_MAP_LOOKUP_REMOVE_IF_FOUND ? map_remove_hashed(map, pos) : slot;
            }
            if (outcome != MISSING) {
                return outcome;
            }
        }
        pos = pos + 1 == before.alloc ? 0 : pos + 1;
    } while (pos != start);

    if (kind != MP_MAP_LOOKUP_ADD_IF_NOT_FOUND) {
        return MISSING;
    }
    if (room == NULL) {
        map_grow_hashed(map);
        return CHANGED;
    }
    if (is_filled(room->key)) {
        return CHANGED;
    }
    *result = map_fill(map, room, index);
    return FOUND;
}

static mp_map_elem_t *map_remove_ordered(mp_map_t *map, mp_map_elem_t *slot) {
    mp_map_elem_t removed = *slot;
    map->used--;
    mp_map_elem_t *end = &map->table[map->used];
    memmove(slot, slot + 1, (end - slot) * sizeof(*slot));
    end->key = MP_OBJ_NULL;
    end->value = removed.value; // for the caller
    return end;
}

static outcome_t find_ordered(mp_map_t *map, mp_obj_t index, bool by_pointer, mp_map_lookup_kind_t kind,
    mp_map_elem_t **result) {
    mp_map_t before = *map;
    for (size_t i = 0; i < before.used; i++) {
        mp_map_elem_t *slot = &before.table[i];
        if (!is_filled(slot->key)) {
            continue;
        }
        outcome_t outcome = compare_slot(map, &before, slot, index, by_pointer);
        if (outcome == FOUND) {
            remember_position(index, i);
            *result = kind == MP_MAP_LOOKUP_REMOVE_IF_FOUND ? map_remove_ordered(map, slot) : slot;
        }
        if (outcome != MISSING) {
            return outcome;
        }
    }
    if (kind != MP_MAP_LOOKUP_ADD_IF_NOT_FOUND) {
        return MISSING;
    }
    if (map->used == map->alloc) {
        size_t alloc = map->alloc + 4;
        map->table = m_renew(mp_map_elem_t, map->table, map->alloc, alloc);
        map->alloc = alloc;
        mp_seq_clear(map->table, map->used, alloc, sizeof(*map->table));
    }
    *result = map_fill(map, &map->table[map->used], index);
    return FOUND;
}

static MP_NOINLINE mp_map_elem_t *map_lookup_general(mp_map_t *map, mp_obj_t index, mp_map_lookup_kind_t kind) {
    bool adds = kind == MP_MAP_LOOKUP_ADD_IF_NOT_FOUND;
    mp_map_elem_t *remembered = adds ? remembered_slot(map, index) : NULL;
    if (remembered != NULL) {
        return remembered;
    }
    if (map->all_keys_are_qstrs && !adds && !mp_obj_is_exact_type(index, &mp_type_str)) {
        return NULL; // what is no string equals none of them
    }
    if (map->alloc == 0 && !adds) {
        return NULL;
    }
    mp_uint_t hash = map->is_ordered ? 0 : hash_of(index);
    for (size_t tries = 0; tries < LOOKUP_TRIES; tries++) {
        // An interned key is equal to another interned key only if it is the same.
        bool by_pointer = map->all_keys_are_qstrs && !mp_obj_is_exact_type(index, &mp_type_str);
        mp_map_elem_t *result = NULL;
        outcome_t outcome = map->is_ordered
            ? find_ordered(map, index, by_pointer, kind, &result)
            : find_hashed(map, index, hash, by_pointer, kind, &result);
        if (outcome != CHANGED) {
            return result;
        }
    }
    raise_changed();
}

// Attributes, names and keyword arguments: nearly all lookups. Same steps as upstream's.
static mp_map_elem_t *find_qstr(mp_map_t *map, mp_obj_t index) {
    mp_map_elem_t *table = map->table;
    if (map->is_ordered) {
        for (mp_map_elem_t *slot = table, *end = table + map->used; slot < end; slot++) {
            if (slot->key == index) {
                remember_position(index, slot - table);
                return slot;
            }
        }
        return NULL;
    }
    size_t alloc = map->alloc;
    if (alloc == 0) {
        return NULL;
    }
    size_t start = qstr_hash(MP_OBJ_QSTR_VALUE(index)) % alloc, pos = start;
    do {
        mp_obj_t key = table[pos].key;
        if (key == index) {
            remember_position(index, pos);
            return &table[pos];
        }
        if (key == MP_OBJ_NULL) {
            return NULL;
        }
        pos = pos + 1 == alloc ? 0 : pos + 1;
    } while (pos != start);
    return NULL;
}

mp_map_elem_t *__wrap_mp_map_lookup(mp_map_t *map, mp_obj_t index, mp_map_lookup_kind_t kind) {
    if (MP_LIKELY(kind == MP_MAP_LOOKUP)) {
        mp_map_elem_t *slot = remembered_slot(map, index);
        if (slot != NULL) {
            return slot;
        }
        if (map->all_keys_are_qstrs && mp_obj_is_qstr(index)) {
            return find_qstr(map, index);
        }
    } else if (map->is_fixed) {
        mp_raise_TypeError(MP_ERROR_TEXT("read-only"));
    } else if (map->all_keys_are_qstrs && mp_obj_is_qstr(index)) {
        return __real_mp_map_lookup(map, index, kind);
    }
    return map_lookup_general(map, index, kind);
}

// --- sets

#if MICROPY_PY_BUILTINS_SET

static bool set_is_as_before(const mp_set_t *set, const mp_set_t *before) {
    return set->table == before->table && set->alloc == before->alloc && set->used == before->used;
}

static bool set_grow(mp_set_t *set) {
    mp_set_t before = *set;
    size_t alloc = next_table_len(before.alloc), filled = 0;
    mp_obj_t *table = m_new0(mp_obj_t, alloc);
    for (size_t i = 0; i < before.alloc; i++) {
        mp_obj_t elem = before.table[i];
        if (!is_filled(elem)) {
            continue;
        }
        size_t pos = hash_of(elem) % alloc;
        if (!set_is_as_before(set, &before)) {
            return false;
        }
        while (table[pos] != MP_OBJ_NULL) {
            pos = (pos + 1) % alloc;
        }
        table[pos] = elem;
        filled++;
    }
    set->table = table;
    set->alloc = alloc;
    set->used = filled;
    m_del(mp_obj_t, before.table, before.alloc);
    return true;
}

static void set_remove(mp_set_t *set, size_t pos) {
    set->used--;
    bool end_of_run = set->table[(pos + 1) % set->alloc] == MP_OBJ_NULL;
    set->table[pos] = end_of_run ? MP_OBJ_NULL : MP_OBJ_SENTINEL;
}

static outcome_t set_compare(mp_set_t *set, const mp_set_t *before, mp_obj_t *slot, mp_obj_t index) {
    mp_obj_t elem = *slot;
    bool equal = elem == index;
    if (equal || plain_keys_equal(elem, index, &equal)) {
        return equal ? FOUND : MISSING;
    }
    equal = mp_obj_equal(elem, index);
    if (!set_is_as_before(set, before) || (equal && *slot != elem)) {
        return CHANGED;
    }
    return equal ? FOUND : MISSING;
}

static outcome_t set_find(mp_set_t *set, mp_obj_t index, mp_uint_t hash, mp_map_lookup_kind_t kind,
    mp_obj_t *result) {
    if (set->alloc == 0 && !set_grow(set)) {
        return CHANGED;
    }
    mp_set_t before = *set;
    size_t start = hash % before.alloc, pos = start;
    mp_obj_t *room = NULL;
    do {
        mp_obj_t *slot = &before.table[pos];
        if (!is_filled(*slot)) {
            if (room == NULL) {
                room = slot;
            }
            if (*slot == MP_OBJ_NULL) {
                break;
            }
        } else {
            mp_obj_t elem = *slot;
            outcome_t outcome = set_compare(set, &before, slot, index);
            if (outcome == FOUND) {
                *result = elem;
                if (kind & MP_MAP_LOOKUP_REMOVE_IF_FOUND) {
                    set_remove(set, pos);
                }
            }
            if (outcome != MISSING) {
                return outcome;
            }
        }
        pos = pos + 1 == before.alloc ? 0 : pos + 1;
    } while (pos != start);

    if (!(kind & MP_MAP_LOOKUP_ADD_IF_NOT_FOUND)) {
        return MISSING;
    }
    if (room == NULL) {
        set_grow(set);
        return CHANGED;
    }
    if (is_filled(*room)) {
        return CHANGED;
    }
    set->used++;
    *room = *result = index;
    return FOUND;
}

mp_obj_t __wrap_mp_set_lookup(mp_set_t *set, mp_obj_t index, mp_map_lookup_kind_t kind) {
    if (set->alloc == 0 && !(kind & MP_MAP_LOOKUP_ADD_IF_NOT_FOUND)) {
        return MP_OBJ_NULL;
    }
    mp_uint_t hash = hash_of(index);
    for (size_t tries = 0; tries < LOOKUP_TRIES; tries++) {
        if (set->alloc == 0 && !(kind & MP_MAP_LOOKUP_ADD_IF_NOT_FOUND)) {
            return MP_OBJ_NULL;
        }
        mp_obj_t result = MP_OBJ_NULL;
        if (set_find(set, index, hash, kind, &result) != CHANGED) {
            return result;
        }
    }
    raise_changed();
}

#endif
