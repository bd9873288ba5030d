# SPDX-License-Identifier: MIT
# Memory lifetime: when storage is freed or moved, and what C code may do with it meanwhile.
SRC_VM_EXT_C += $(addprefix vm_ext/safe/,\
	blocks.c \
	elements.c \
	finalisers.c \
	maplookup.c \
	memory.c \
	starargs.c \
	)

WRAP_SYMBOLS += gc_collect_start gc_init gc_sweep_all m_free m_realloc m_realloc_maybe
WRAP_SYMBOLS += mp_map_lookup mp_set_lookup
WRAP_SYMBOLS += mp_get_index mp_obj_slice_indices mp_seq_cmp_objs mp_seq_count_obj mp_seq_index_obj
WRAP_SYMBOLS += mp_obj_get_array mp_obj_get_array_fixed_n mp_import_all mp_execute_bytecode
WRAP_SYMBOLS += mp_call_method_n_kw_var

# vm_ext/safe/memory.c frees late, for the sake of C code that walks what Python can change. These files
# free only what they allocated themselves and what no Python object, and no other C frame, points at:
# the compiler's and loader's own tables, a frame's values after its end, argument arrays, text under
# construction, digits of integers under construction. They keep upstream's functions.
PRIVATE_MEMORY = compile emitbc lexer mpprint mpz objboundmeth objclosure objfun objint objstr objtype \
	parse persistentcode qstr reader scope vstr
$(addprefix $(BUILD)/py/,$(PRIVATE_MEMORY:=.o)) $(BUILD)/vm_ext/safe/starargs.o: CFLAGS += -Dm_free=__real_m_free \
	-Dm_realloc=__real_m_realloc -Dm_realloc_maybe=__real_m_realloc_maybe
# Views hold raw pointers into these.
$(BUILD)/py/objarray.o: CFLAGS += -Dm_realloc=m_realloc_shared

# These run no Python while they have the elements of a list at hand, so they need no copy.
$(BUILD)/py/objlist.o $(BUILD)/py/objstr.o $(BUILD)/py/runtime.o $(BUILD)/vm_ext/safe/starargs.o: \
	CFLAGS += -Dmp_obj_get_array=__real_mp_obj_get_array

# gc.collect() also finalises.
$(BUILD)/py/modgc.o: CFLAGS += -Dgc_collect=safe_gc_collect_and_finalise
