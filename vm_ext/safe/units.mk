# SPDX-License-Identifier: MIT
# Files of upstream that are compiled through one of ours, which includes them with something redefined:
# py/objtype.o comes from vm_ext/safe/py_objtype.c. The names of objects and the qstrs stay upstream's.
SAFE_UNITS += $(addprefix py/,binary builtinimport emitcommon formatfloat modstruct objdeque objexcept objrange \
	objringio objtype stream)
SAFE_UNITS += $(addprefix extmod/,moddeflate modframebuf modheapq modjson modre modtime vfs vfs_fat \
	vfs_fat_file vfs_lfs vfs_reader vfs_rom vfs_rom_file)

define safe_unit
$(BUILD)/$(1).o: vm_ext/safe/$(subst /,_,$(1)).c
	$$(call compile_c)
endef
$(foreach unit,$(SAFE_UNITS),$(eval $(call safe_unit,$(unit))))
