// SPDX-License-Identifier: MIT
// Upstream's py/objtype.c with every trusted `self` checked. Rules:
//   - super(T, obj): T is a class; obj is an instance or a subclass of T. Upstream checks that only when
//     super is called by name, so that a method which rebinds its self forged a native object.
//   - A method of a native type that is looked up on a class, or comes from its __dict__, checks its first
//     argument: it takes that native type, or an instance derived from it, whose native part it then gets.
//   - The native part of an instance is used only once its constructor has run and if it is of the type
//     that is asked for; `native part` and `sub-object` are upstream's instance->subobj[0].
//   - The C protocol of a native base is not inherited by a class, whose instances have another layout:
//     streams get vm_ext/safe/substream.c, everything else goes through methods. IOBase is made for it.
//   - The tree above a class has a bounded number of branches: upstream's walks are recursive.
// Means: this file includes upstream's; names defined before it stand for the functions below.
#include "py/cstack.h"
#include "py/objstr.h"
#include "py/objtype.h"
#include "py/runtime.h"
#include "py/stream.h"

#include "vm_ext/safe/types.h"

#define BRANCHES_MAX (128)

typedef struct {
    mp_obj_base_t base;
    const mp_obj_type_t *type;
    mp_obj_t fun;
} native_method_t;

static const mp_obj_fun_builtin_var_t native_base_init_wrapper_obj;
static void convert_member(mp_obj_t self, const mp_obj_type_t *type, mp_obj_t member, mp_obj_t *dest,
    const mp_obj_type_t *found_in);
static const mp_obj_dict_t *visible_locals(const mp_obj_type_t *type);
static mp_obj_t native_base_init_checked(size_t n_args, const mp_obj_t *args, mp_map_t *kw_args);

static size_t count_branches(const mp_obj_type_t *type, size_t left) {
    while (!mp_obj_is_native_type(type) && MP_OBJ_TYPE_HAS_SLOT(type, parent)) {
        const mp_obj_base_t *parent = MP_OBJ_TYPE_GET_SLOT(type, parent);
        if (parent->type != &mp_type_tuple) {
            type = (const mp_obj_type_t *)parent;
            continue;
        }
        const mp_obj_tuple_t *bases = (const mp_obj_tuple_t *)parent;
        for (size_t i = 0; i < bases->len; ++i) {
            if (left == 0) {
                mp_raise_TypeError(MP_ERROR_TEXT("too many base classes"));
            }
            left = count_branches(MP_OBJ_TO_PTR(bases->items[i]), left - 1);
        }
        break;
    }
    return left;
}

// Upstream asks this of each base of a new class.
static bool check_base(const mp_obj_type_t *base) {
    if (base == &mp_type_reversed) {
        // Its constructor returns what a __reversed__() returned, of any type.
        mp_raise_TypeError(MP_ERROR_TEXT("type 'reversed' isn't an acceptable base type"));
    }
    if (mp_obj_is_native_type(base)) {
        return false;
    }
    count_branches(base, BRANCHES_MAX);
    return true;
}

#undef mp_obj_is_instance_type
#define mp_obj_is_instance_type(type) check_base(type)
#undef MP_OBJ_TYPE_HAS_SLOT_BY_OFFSET
#define MP_OBJ_TYPE_HAS_SLOT_BY_OFFSET(type, offset) \
    (*(const uint8_t *)((const char *)(type) + (offset)) != 0 && check_built(lookup))
// Upstream asks that when it looks for iteration, beside the slots.
#undef MP_TYPE_FLAG_ITER_IS_STREAM
#define MP_TYPE_FLAG_ITER_IS_STREAM \
    (check_built(lookup) ? MP_TYPE_FLAG_ITER_IS_ITERNEXT | MP_TYPE_FLAG_ITER_IS_CUSTOM : 0)
#define slot_or_null_protocol(type) safe_inherited_protocol(type)
#define slot_or_null_locals_dict(type) visible_locals(type)
#undef MP_OBJ_TYPE_GET_SLOT_OR_NULL
#define MP_OBJ_TYPE_GET_SLOT_OR_NULL(type, name) slot_or_null_##name(type)
#undef MP_DEFINE_CONST_FUN_OBJ_KW
#define MP_DEFINE_CONST_FUN_OBJ_KW(name, n_args_min, function) \
    mp_obj_t (*const name##_upstream)(size_t, const mp_obj_t *, mp_map_t *) = function; \
    static const mp_obj_fun_builtin_var_t name = { \
        {&mp_type_fun_builtin_var}, MP_OBJ_FUN_MAKE_SIG(n_args_min, MP_OBJ_FUN_ARGS_MAX, true), \
        .fun.kw = native_base_init_checked \
    }
#define mp_convert_member_lookup(self, owner, member, dest) convert_member(self, owner, member, dest, type)
#define mp_load_method_maybe(base, attr, dest) (mp_cstack_check(), mp_load_method_maybe(base, attr, dest))
#define mp_obj_cast_to_native_base upstream_cast_to_native_base
#define mp_load_super_method upstream_load_super_method
#define mp_type_super upstream_type_super

struct class_lookup_data;
static bool check_built(struct class_lookup_data *lookup);
mp_obj_t upstream_cast_to_native_base(mp_obj_t self_in, mp_const_obj_t native_type);
void upstream_load_super_method(qstr attr, mp_obj_t *dest);
extern const mp_obj_type_t upstream_type_super;

#include "py/objtype.c"

#undef mp_convert_member_lookup
#undef mp_load_method_maybe
#undef mp_obj_cast_to_native_base
#undef mp_load_super_method
#undef mp_type_super
#undef MP_TYPE_FLAG_ITER_IS_STREAM
#define MP_TYPE_FLAG_ITER_IS_STREAM (MP_TYPE_FLAG_ITER_IS_ITERNEXT | MP_TYPE_FLAG_ITER_IS_CUSTOM)
#undef mp_obj_is_instance_type
#define mp_obj_is_instance_type(type) ((type)->flags & MP_TYPE_FLAG_INSTANCE_TYPE)

// --- the native part of an instance

// Before upstream takes a slot of the native part's type for an operation on the instance.
static bool check_built(struct class_lookup_data *lookup) {
    bool for_native = lookup->obj != NULL && !lookup->is_type
        && lookup->slot_offset != MP_OBJ_TYPE_OFFSETOF_SLOT(make_new)
        && lookup->slot_offset != MP_OBJ_TYPE_OFFSETOF_SLOT(print);
    if (for_native && lookup->obj->subobj[0] == MP_OBJ_FROM_PTR(&native_base_init_wrapper_obj)) {
        mp_raise_msg(&mp_type_AttributeError, MP_ERROR_TEXT("call super().__init__() first"));
    }
    return true;
}

static bool is_half_built(mp_obj_t native) {
    return native == MP_OBJ_FROM_PTR(&native_base_init_wrapper_obj);
}

mp_obj_t safe_native_part(mp_obj_t self_in) {
    const mp_obj_type_t *base = NULL;
    const mp_obj_type_t *type = mp_obj_get_type(self_in);
    if (!mp_obj_is_instance_type(type) || instance_count_native_bases(type, &base) != 1) {
        return MP_OBJ_NULL;
    }
    mp_obj_t native = ((mp_obj_instance_t *)MP_OBJ_TO_PTR(self_in))->subobj[0];
    return is_half_built(native) ? MP_OBJ_NULL : native;
}

void safe_build_exception(mp_obj_t self_in) {
    const mp_obj_type_t *base = NULL;
    const mp_obj_type_t *type = mp_obj_get_type(self_in);
    if (mp_obj_is_instance_type(type)) {
        mp_obj_instance_t *self = MP_OBJ_TO_PTR(self_in);
        if (is_half_built(self->subobj[0])) {
            instance_count_native_bases(type, &base);
            self->subobj[0] = MP_OBJ_TYPE_GET_SLOT(base, make_new)(base, 0, 0, NULL);
        }
    }
}

mp_obj_t mp_obj_cast_to_native_base(mp_obj_t self_in, mp_const_obj_t native_type) {
    const mp_obj_type_t *type = mp_obj_get_type(self_in);
    mp_obj_t native = mp_obj_is_instance_type(type) ? safe_native_part(self_in) : self_in;
    if (native == MP_OBJ_NULL || !mp_obj_is_subclass_fast(MP_OBJ_FROM_PTR(mp_obj_get_type(native)), native_type)) {
        return MP_OBJ_NULL;
    }
    return native;
}

// What super().__init__() is when the base is native; also what stands in an instance before that.
static mp_obj_t native_base_init_checked(size_t n_args, const mp_obj_t *args, mp_map_t *kw_args) {
    const mp_obj_type_t *base = NULL;
    const mp_obj_type_t *type = mp_obj_get_type(args[0]);
    if (!mp_obj_is_instance_type(type) || instance_count_native_bases(type, &base) != 1) {
        mp_raise_TypeError(MP_ERROR_TEXT("argument has wrong type"));
    }
    return native_base_init_wrapper(n_args, args, kw_args);
}

// --- methods of native types, not bound to an object

static mp_obj_t native_method_call(mp_obj_t self_in, size_t n_args, size_t n_kw, const mp_obj_t *args) {
    native_method_t *self = MP_OBJ_TO_PTR(self_in);
    if (n_args == 0) {
        return mp_call_function_n_kw(self->fun, n_args, n_kw, args);
    }
    if (mp_obj_get_type(args[0]) == self->type) {
        return mp_call_function_n_kw(self->fun, n_args, n_kw, args);
    }
    mp_obj_t native = safe_native_part(args[0]);
    if (native == MP_OBJ_NULL || mp_obj_get_type(native) != self->type) {
        mp_raise_msg_varg(&mp_type_TypeError,
            MP_ERROR_TEXT("argument should be a '%q' not a '%q'"), self->type->name, mp_obj_get_type(args[0])->name);
    }
    return mp_call_method_self_n_kw(self->fun, native, n_args - 1, n_kw, args + 1);
}

static MP_DEFINE_CONST_OBJ_TYPE(
    native_method_type,
    MP_QSTR_function,
    MP_TYPE_FLAG_BINDS_SELF,
    call, native_method_call
    );

static bool is_native_method(const mp_obj_type_t *found_in, mp_obj_t member) {
    return mp_obj_is_native_type(found_in) && found_in != &mp_type_object && mp_obj_is_obj(member)
           && (mp_obj_get_type(member)->flags & MP_TYPE_FLAG_BUILTIN_FUN);
}

static mp_obj_t new_native_method(const mp_obj_type_t *type, mp_obj_t fun) {
    native_method_t *o = mp_obj_malloc(native_method_t, &native_method_type);
    o->type = type;
    o->fun = fun;
    return MP_OBJ_FROM_PTR(o);
}

static void convert_member(mp_obj_t self, const mp_obj_type_t *type, mp_obj_t member, mp_obj_t *dest,
    const mp_obj_type_t *found_in) {
    if (self == MP_OBJ_NULL && is_native_method(found_in, member)) {
        dest[0] = new_native_method(found_in, member);
        return;
    }
    mp_convert_member_lookup(self, type, member, dest);
}

static const mp_obj_dict_t *visible_locals(const mp_obj_type_t *type) {
    if (!MP_OBJ_TYPE_HAS_SLOT(type, locals_dict)) {
        return NULL;
    }
    const mp_obj_dict_t *locals = MP_OBJ_TYPE_GET_SLOT(type, locals_dict);
    if (!mp_obj_is_native_type(type)) {
        return locals;
    }
    mp_obj_dict_t *visible = MP_OBJ_TO_PTR(mp_obj_dict_copy(MP_OBJ_FROM_PTR(locals)));
    for (size_t i = 0; i < visible->map.alloc; ++i) {
        mp_map_elem_t *elem = &visible->map.table[i];
        if (mp_map_slot_is_filled(&visible->map, i) && is_native_method(type, elem->value)) {
            elem->value = new_native_method(type, elem->value);
        }
    }
    visible->map.is_fixed = 1;
    return visible;
}

// --- super

static void lookup_in_parents(struct class_lookup_data *lookup, const mp_obj_type_t *type) {
    if (!MP_OBJ_TYPE_HAS_SLOT(type, parent)) {
        return;
    }
    const mp_obj_base_t *parent = MP_OBJ_TYPE_GET_SLOT(type, parent);
    if (parent->type != &mp_type_tuple) {
        mp_obj_class_lookup(lookup, (const mp_obj_type_t *)parent);
        return;
    }
    const mp_obj_tuple_t *bases = (const mp_obj_tuple_t *)parent;
    for (size_t i = 0; i < bases->len && lookup->dest[0] == MP_OBJ_NULL; ++i) {
        mp_obj_class_lookup(lookup, MP_OBJ_TO_PTR(bases->items[i]));
    }
}

// super(type, cls): methods come unbound, class methods bound to cls, and no instance is looked into.
static void super_of_class(mp_obj_super_t *self, qstr attr, mp_obj_t *dest) {
    struct class_lookup_data lookup = {
        .obj = MP_OBJ_TO_PTR(self->obj),
        .attr = attr,
        .slot_offset = 0,
        .dest = dest,
        .is_type = true,
    };
    lookup_in_parents(&lookup, MP_OBJ_TO_PTR(self->type));
    if (dest[0] == MP_OBJ_NULL) {
        mp_obj_class_lookup(&lookup, &mp_type_object);
    }
}

static void super_attr_checked(mp_obj_t self_in, qstr attr, mp_obj_t *dest) {
    if (dest[0] != MP_OBJ_NULL) {
        return;
    }
    mp_obj_super_t *self = MP_OBJ_TO_PTR(self_in);
    const mp_obj_type_t *obj_type = mp_obj_get_type(self->obj);
    if (!mp_obj_is_type(self->type, &mp_type_type)) {
        mp_raise_TypeError(MP_ERROR_TEXT("super() argument 1 must be a type"));
    }
    if (obj_type == &mp_type_type && mp_obj_is_subclass_fast(self->obj, self->type)) {
        super_of_class(self, attr, dest);
        return;
    }
    bool has_native_parent = mp_obj_is_native_type(obj_type)
        && MP_OBJ_TYPE_HAS_SLOT((const mp_obj_type_t *)MP_OBJ_TO_PTR(self->type), parent);
    if (has_native_parent || !mp_obj_is_subclass_fast(MP_OBJ_FROM_PTR(obj_type), self->type)) {
        mp_raise_TypeError(MP_ERROR_TEXT("super(type, obj): obj must be an instance of type"));
    }
    super_attr(self_in, attr, dest);
}

MP_DEFINE_CONST_OBJ_TYPE(
    mp_type_super,
    MP_QSTR_super,
    MP_TYPE_FLAG_NONE,
    make_new, super_make_new,
    print, super_print,
    attr, super_attr_checked
    );

void mp_load_super_method(qstr attr, mp_obj_t *dest) {
    mp_obj_super_t super = {{&mp_type_super}, dest[1], dest[2]};
    mp_load_method(MP_OBJ_FROM_PTR(&super), attr, dest);
}
