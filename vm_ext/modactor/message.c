// SPDX-License-Identifier: MIT
// See message.h. The form: a header, then values, each a tag and what it needs, unaligned, in this machine's byte
// order. Containers are numbered in the order in which they begin; BACK names one that began before.
#include <string.h>

#include "py/binary.h"
#include "py/cstack.h"
#include "py/objint.h"
#include "py/objlist.h"
#include "py/objstr.h"
#include "py/objtuple.h"
#include "py/runtime.h"

#if PORT_HW
#include "vm_ext/hw/capobj.h"
#include "vm_ext/hw/modcap.h"
#endif
#include "vm_ext/isolate/isolate.h"
#include "vm_ext/modactor/buffer.h"
#include "vm_ext/modactor/message.h"
#include "vm_ext/modactor/ref.h"
#include "vm_ext/modactor/walk.h"

#define MESSAGE_BYTES_MAX (1u << 30)

enum {
    TAG_NONE, TAG_FALSE, TAG_TRUE, TAG_SMALL_INT, TAG_INT, TAG_FLOAT, TAG_QSTR, TAG_STR, TAG_BYTES, TAG_BYTEARRAY,
    TAG_REF, TAG_NARROW_REF, TAG_BUFFER, TAG_CAP, TAG_LOAN, TAG_BACK, TAG_TUPLE, TAG_LIST, TAG_DICT, TAG_SET,
    TAG_FROZENSET,
};

typedef struct {
    uint32_t n_containers;
    bool has_back, has_rights, is_error; // rights: Buffers, capabilities
} header_t;

// --- writing: once to measure, once to write

typedef struct {
    byte *out; // NULL: only count
    size_t len_bytes;
    uint32_t depth;
    uint32_t n_begun; // containers that have begun
    header_t header;
    walk_seen_t seen; // their numbers
} writer_t;

static void put(writer_t *writer, const void *data, size_t len_bytes) {
    if (writer->out != NULL && len_bytes != 0) { // what is empty can have no place
        memcpy(writer->out + writer->len_bytes, data, len_bytes);
    }
    writer->len_bytes += len_bytes;
}

static void put_tag(writer_t *writer, byte tag) {
    put(writer, &tag, 1);
}

static void put_len(writer_t *writer, size_t len) {
    if (len > UINT32_MAX) {
        mp_raise_ValueError(MP_ERROR_TEXT("message is too large"));
    }
    uint32_t len32 = len;
    put(writer, &len32, sizeof(len32));
}

static void put_data(writer_t *writer, byte tag, const void *data, size_t len_bytes) {
    put_tag(writer, tag);
    put_len(writer, len_bytes);
    put(writer, data, len_bytes);
}

static void put_int(writer_t *writer, mp_obj_t value) {
    const mp_obj_int_t *big = MP_OBJ_TO_PTR(value);
    put_tag(writer, TAG_INT);
    put_len(writer, big->mpz.len);
    byte negative = big->mpz.neg;
    put(writer, &negative, 1);
    put(writer, big->mpz.dig, big->mpz.len * sizeof(mpz_dig_t));
}

static void put_str(writer_t *writer, mp_obj_t value) {
    if (mp_obj_is_qstr(value)) {
        qstr name = MP_OBJ_QSTR_VALUE(value);
        if (name < walk_shared_qstrs()) {
            uint16_t name16 = name;
            put_tag(writer, TAG_QSTR);
            put(writer, &name16, sizeof(name16));
            return;
        }
    }
    size_t len;
    const char *data = mp_obj_str_get_data(value, &len);
    put_data(writer, TAG_STR, data, len);
}

static void put_buffer(writer_t *writer, mp_obj_t value) {
    if (writer->out == NULL) {
        buffer_prepare(value); // raises if it is gone
    }
    if (writer->out == NULL && walk_seen_add(&writer->seen, value) != writer->n_begun) {
        mp_raise_ValueError(MP_ERROR_TEXT("a Buffer can be in a message once"));
    }
    writer->n_begun++;
    writer->header.has_rights = true;
    put_tag(writer, TAG_BUFFER);
    put(writer, &((actor_obj_buffer_t *)MP_OBJ_TO_PTR(value))->block, sizeof(buffer_block_t *));
}

#if PORT_HW
static bool put_cap(writer_t *writer, mp_obj_t value) {
    bool loan = mp_obj_is_type(value, &cap_type_loan);
    const capobj_t *cap = capobj_of(loan ? ((loan_obj_t *)MP_OBJ_TO_PTR(value))->cap : value);
    if (cap == NULL) {
        return false;
    }
    writer->header.has_rights = true;
    put_tag(writer, loan ? TAG_LOAN : TAG_CAP);
    put(writer, &cap->cap, sizeof(cap_t));
    return true;
}
#else
static bool put_cap(writer_t *writer, mp_obj_t value) {
    return false;
}
#endif

static void put_value(writer_t *writer, mp_obj_t value);

static void put_container(writer_t *writer, byte tag, mp_obj_t value) {
    uint32_t number = walk_seen_add(&writer->seen, value);
    if (number != writer->n_begun) {
        writer->header.has_back = true;
        put_tag(writer, TAG_BACK);
        put_len(writer, number);
        return;
    }
    writer->n_begun++;
    if (++writer->depth > MESSAGE_DEPTH_MAX) {
        mp_raise_ValueError(MP_ERROR_TEXT("message is nested too deep"));
    }
    mp_cstack_check();
    walk_t walk;
    walk_begin(&walk, value);
    put_tag(writer, tag);
    put_len(writer, walk.n_values);
    for (mp_obj_t part = walk_next(&walk); part != MP_OBJ_NULL; part = walk_next(&walk)) {
        put_value(writer, part);
    }
    writer->depth--;
}

static void put_object(writer_t *writer, mp_obj_t value) {
    const mp_obj_type_t *type = mp_obj_get_type(value);
    if (type == &mp_type_str) {
        put_str(writer, value);
    } else if (type == &mp_type_bytes) {
        size_t len;
        const char *data = mp_obj_str_get_data(value, &len);
        put_data(writer, TAG_BYTES, data, len);
    } else if (type == &mp_type_tuple) {
        put_container(writer, TAG_TUPLE, value);
    } else if (type == &mp_type_list) {
        put_container(writer, TAG_LIST, value);
    } else if (type == &mp_type_dict) {
        put_container(writer, TAG_DICT, value);
    } else if (type == &mp_type_set) {
        put_container(writer, TAG_SET, value);
    } else if (type == &mp_type_frozenset) {
        put_container(writer, TAG_FROZENSET, value);
    } else if (type == &mp_type_int) {
        put_int(writer, value);
    } else if (type == &mp_type_float) {
        mp_float_t number = mp_obj_float_get(value);
        put_tag(writer, TAG_FLOAT);
        put(writer, &number, sizeof(number));
    } else if (type == &mp_type_bytearray) {
        mp_buffer_info_t info;
        mp_get_buffer_raise(value, &info, MP_BUFFER_READ);
        put_data(writer, TAG_BYTEARRAY, info.buf, info.len);
    } else if (type == &actor_type_ref) {
        put_tag(writer, actor_ref_is_narrow(value) ? TAG_NARROW_REF : TAG_REF);
        put(writer, actor_ref_value(value), sizeof(rt_ref_t));
    } else if (type == &actor_type_buffer) {
        put_buffer(writer, value);
    } else if (!put_cap(writer, value)) {
        mp_raise_msg_varg(&mp_type_TypeError, MP_ERROR_TEXT("can't send a '%q'"), (qstr)type->name);
    }
}

static void put_value(writer_t *writer, mp_obj_t value) {
    if (value == mp_const_none) {
        put_tag(writer, TAG_NONE);
    } else if (value == mp_const_true) {
        put_tag(writer, TAG_TRUE);
    } else if (value == mp_const_false) {
        put_tag(writer, TAG_FALSE);
    } else if (mp_obj_is_small_int(value)) {
        mp_int_t number = MP_OBJ_SMALL_INT_VALUE(value);
        put_tag(writer, TAG_SMALL_INT);
        put(writer, &number, sizeof(number));
    } else {
        put_object(writer, value);
    }
}

static rt_msg_t *msg_new(size_t bytes) {
    rt_msg_t *msg = rt_msg_new(isolate_cur()->actor, bytes);
    if (msg == NULL) {
        m_malloc_fail(bytes);
    }
    return msg;
}

static rt_msg_t *encode_small_int(mp_obj_t value) {
    mp_int_t number = MP_OBJ_SMALL_INT_VALUE(value);
    rt_msg_t *msg = msg_new(sizeof(header_t) + 1 + sizeof(number));
    byte *out = rt_msg_payload(msg);
    memset(out, 0, sizeof(header_t));
    out[sizeof(header_t)] = TAG_SMALL_INT;
    memcpy(out + sizeof(header_t) + 1, &number, sizeof(number));
    return msg;
}

rt_msg_t *message_encode(mp_obj_t value) {
    if (mp_obj_is_small_int(value)) {
        return encode_small_int(value);
    }
    writer_t writer; // what `seen` has seen is not initialised, it is long
    writer.out = NULL;
    writer.len_bytes = 0;
    writer.depth = 0;
    writer.n_begun = 0;
    writer.header = (header_t) {0};
    walk_seen_init(&writer.seen);
    put_value(&writer, value);
    size_t bytes = sizeof(header_t) + writer.len_bytes;
    if (bytes > MESSAGE_BYTES_MAX) {
        mp_raise_ValueError(MP_ERROR_TEXT("message is too large"));
    }
    rt_msg_t *msg = msg_new(bytes);
    writer.header.n_containers = writer.n_begun;
    memcpy(rt_msg_payload(msg), &writer.header, sizeof(header_t));
    writer.out = (byte *)rt_msg_payload(msg) + sizeof(header_t);
    writer.len_bytes = 0;
    writer.n_begun = 0;
    put_value(&writer, value);
    walk_seen_free(&writer.seen);
    return msg;
}

// --- reading

typedef struct {
    const rt_msg_t *msg;
    const byte *in;
    mp_obj_t *begun; // containers by number; NULL if no BACK needs them
    uint32_t n_begun;
} reader_t;

static void get(reader_t *reader, void *data, size_t len_bytes) {
    if (len_bytes != 0) { // an int that is 0 can have no digits, and no place for them
        memcpy(data, reader->in, len_bytes);
    }
    reader->in += len_bytes;
}

static uint32_t get_len(reader_t *reader) {
    uint32_t len;
    get(reader, &len, sizeof(len));
    return len;
}

static mp_obj_t get_value(reader_t *reader);

static mp_obj_t get_int(reader_t *reader) {
    uint32_t n_digits = get_len(reader);
    byte negative;
    get(reader, &negative, 1);
    mp_obj_int_t *big = mp_obj_int_new_mpz();
    mpz_dig_t *digits = m_new(mpz_dig_t, n_digits);
    get(reader, digits, n_digits * sizeof(mpz_dig_t));
    big->mpz = (mpz_t) {.neg = negative, .fixed_dig = 0, .alloc = n_digits, .len = n_digits, .dig = digits};
    return MP_OBJ_FROM_PTR(big);
}

static mp_obj_t begin(reader_t *reader, mp_obj_t container) {
    mp_cstack_check(); // who reads can be deeper on the stack than who wrote
    if (reader->begun != NULL) {
        reader->begun[reader->n_begun] = container;
    }
    reader->n_begun++;
    return container;
}

static mp_obj_t get_tuple(reader_t *reader) {
    uint32_t n = get_len(reader);
    if (n == 0) {
        return begin(reader, mp_const_empty_tuple);
    }
    mp_obj_tuple_t *tuple = MP_OBJ_TO_PTR(begin(reader, mp_obj_new_tuple(n, NULL)));
    for (uint32_t i = 0; i < n; i++) {
        tuple->items[i] = mp_const_none;
    }
    for (uint32_t i = 0; i < n; i++) {
        tuple->items[i] = get_value(reader);
    }
    return MP_OBJ_FROM_PTR(tuple);
}

static mp_obj_t get_list(reader_t *reader) {
    uint32_t n = get_len(reader);
    mp_obj_t list = begin(reader, mp_obj_new_list(0, NULL));
    for (uint32_t i = 0; i < n; i++) {
        mp_obj_list_append(list, get_value(reader));
    }
    return list;
}

static mp_obj_t get_dict(reader_t *reader) {
    uint32_t n = get_len(reader) / 2;
    mp_obj_t dict = begin(reader, mp_obj_new_dict(n));
    for (uint32_t i = 0; i < n; i++) {
        mp_obj_t key = get_value(reader);
        mp_obj_dict_store(dict, key, get_value(reader));
    }
    return dict;
}

static mp_obj_t get_set(reader_t *reader, bool frozen) {
    uint32_t n = get_len(reader);
    uint32_t number = reader->n_begun;
    begin(reader, MP_OBJ_NULL); // its elements are hashable, so none of them refers back to it
    mp_obj_t set = mp_obj_new_set(0, NULL);
    for (uint32_t i = 0; i < n; i++) {
        mp_obj_set_store(set, get_value(reader));
    }
    if (frozen) {
        set = mp_call_function_1(MP_OBJ_FROM_PTR(&mp_type_frozenset), set);
    }
    if (reader->begun != NULL) {
        reader->begun[number] = set;
    }
    return set;
}

static mp_obj_t get_data(reader_t *reader, byte tag) {
    uint32_t len = get_len(reader);
    const byte *data = reader->in;
    reader->in += len;
    if (tag == TAG_STR) {
        return mp_obj_new_str((const char *)data, len); // was a str: is valid UTF-8
    }
    if (tag == TAG_BYTES) {
        return mp_obj_new_bytes(data, len);
    }
    return mp_obj_new_bytearray(len, data);
}

static mp_obj_t get_number(reader_t *reader, byte tag) {
    if (tag == TAG_SMALL_INT) {
        mp_int_t number;
        get(reader, &number, sizeof(number));
        return MP_OBJ_NEW_SMALL_INT(number);
    }
    if (tag == TAG_INT) {
        return get_int(reader);
    }
    mp_float_t number;
    get(reader, &number, sizeof(number));
    return mp_obj_new_float(number);
}

static mp_obj_t get_right(reader_t *reader, byte tag) {
    if (tag == TAG_REF || tag == TAG_NARROW_REF) {
        rt_ref_t ref;
        get(reader, &ref, sizeof(ref));
        return tag == TAG_REF ? actor_new_ref(ref) : actor_new_narrow_ref(ref);
    }
    #if PORT_HW
    if (tag != TAG_BUFFER) {
        void *cap = (byte *)reader->in;
        reader->in += sizeof(cap_t);
        return capobj_from_message(cap, tag == TAG_LOAN, reader->msg);
    }
    #endif
    // It leaves the message when it becomes this isolate's, so whatever happens it is freed once.
    byte *place = (byte *)reader->in;
    reader->in += sizeof(buffer_block_t *);
    return begin(reader, actor_new_buffer(place));
}

static mp_obj_t get_value(reader_t *reader) {
    byte tag = *reader->in++;
    switch (tag) {
        case TAG_NONE:
            return mp_const_none;
        case TAG_FALSE:
            return mp_const_false;
        case TAG_TRUE:
            return mp_const_true;
        case TAG_SMALL_INT:
        case TAG_INT:
        case TAG_FLOAT:
            return get_number(reader, tag);
        case TAG_QSTR: {
            uint16_t name;
            get(reader, &name, sizeof(name));
            return MP_OBJ_NEW_QSTR(name);
        }
        case TAG_STR:
        case TAG_BYTES:
        case TAG_BYTEARRAY:
            return get_data(reader, tag);
        case TAG_REF:
        case TAG_NARROW_REF:
        case TAG_BUFFER:
        case TAG_CAP:
        case TAG_LOAN:
            return get_right(reader, tag);
        case TAG_BACK:
            return reader->begun[get_len(reader)];
        case TAG_TUPLE:
            return get_tuple(reader);
        case TAG_LIST:
            return get_list(reader);
        case TAG_DICT:
            return get_dict(reader);
        default:
            return get_set(reader, tag == TAG_FROZENSET);
    }
}

mp_obj_t message_decode(rt_msg_t *msg) {
    header_t header;
    memcpy(&header, rt_msg_payload(msg), sizeof(header));
    reader_t reader = {.msg = msg, .in = (const byte *)rt_msg_payload(msg) + sizeof(header)};
    if (header.has_back) {
        reader.begun = m_new0(mp_obj_t, header.n_containers);
    }
    return get_value(&reader);
}

mp_obj_t message_take(rt_msg_t *msg) {
    rt_actor_t *self = isolate_cur()->actor;
    nlr_buf_t nlr;
    if (nlr_push(&nlr) != 0) {
        rt_msg_free(self, msg);
        nlr_jump(nlr.ret_val);
    }
    mp_obj_t value = message_decode(msg);
    nlr_pop();
    rt_msg_free(self, msg);
    return value;
}

// --- what moves

typedef struct {
    void (*buffer)(buffer_block_t *block);
    void (*cap)(void *place);
} visitor_t;

static const byte *skip_value(const byte *in, const visitor_t *visitor);

static const byte *skip_values(const byte *in, uint32_t n, const visitor_t *visitor) {
    for (uint32_t i = 0; i < n; i++) {
        in = skip_value(in, visitor);
    }
    return in;
}

static const byte *skip_right(byte tag, const byte *in, const visitor_t *visitor) {
    if (tag != TAG_BUFFER) {
        if (visitor->cap != NULL) {
            visitor->cap((void *)in);
        }
        return in + sizeof(cap_t);
    }
    buffer_block_t *block;
    memcpy(&block, in, sizeof(block));
    if (block != NULL) {
        visitor->buffer(block);
    }
    return in + sizeof(block);
}

static const byte *skip_value(const byte *in, const visitor_t *visitor) {
    byte tag = *in++;
    uint32_t len = 0;
    switch (tag) {
        case TAG_NONE:
        case TAG_FALSE:
        case TAG_TRUE:
            return in;
        case TAG_SMALL_INT:
            return in + sizeof(mp_int_t);
        case TAG_FLOAT:
            return in + sizeof(mp_float_t);
        case TAG_QSTR:
            return in + sizeof(uint16_t);
        case TAG_REF:
        case TAG_NARROW_REF:
            return in + sizeof(rt_ref_t);
        case TAG_BACK:
            return in + sizeof(len);
        case TAG_BUFFER:
        case TAG_CAP:
        case TAG_LOAN:
            return skip_right(tag, in, visitor);
        default:
            break;
    }
    memcpy(&len, in, sizeof(len));
    in += sizeof(len);
    if (tag >= TAG_TUPLE) {
        return skip_values(in, len, visitor);
    }
    return tag == TAG_INT ? in + 1 + len * sizeof(mpz_dig_t) : in + len;
}

static void each_right(const rt_msg_t *msg, const visitor_t *visitor) {
    const byte *payload = (const byte *)(msg + 1);
    header_t header;
    memcpy(&header, payload, sizeof(header));
    if (header.has_rights) {
        skip_value(payload + sizeof(header), visitor);
    }
}

#if !PORT_HW
#define capobj_moves NULL
#define capobj_discard NULL
#endif

void message_moves(rt_msg_t *msg) {
    each_right(msg, &(visitor_t) {buffer_block_moves, capobj_moves});
    msg->flags |= RT_MSG_OWNS;
}

void message_stays(rt_msg_t *msg) {
    each_right(msg, &(visitor_t) {buffer_block_stays, capobj_discard});
    msg->flags &= ~RT_MSG_OWNS;
}

void message_discard(rt_msg_t *msg) {
    each_right(msg, &(visitor_t) {buffer_block_free, capobj_discard});
}

void message_set_error(rt_msg_t *msg) {
    ((header_t *)rt_msg_payload(msg))->is_error = true;
}

bool message_is_error(const rt_msg_t *msg) {
    return ((const header_t *)(msg + 1))->is_error;
}
