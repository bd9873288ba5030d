# SPDX-License-Identifier: MIT
# Upstream's files that are compiled from a changed copy: vm_ext/changed/py_objlist.txt changes py/objlist.c.
ifneq ($(UNHARDENED),1)
CHANGED_FILES += $(addprefix py/,builtinhelp compile emitbc lexer mpz objarray objdict objlist objstr objstringio \
	objstrunicode objtuple parse qstr scope vstr)
CHANGED_FILES += lib/littlefs/lfs1 lib/littlefs/lfs2 shared/readline/readline
endif

# Changed copies that a file in vm_ext/safe or vm_ext/isolate includes.
CHANGED_PARTS += py/gc extmod/modrandom extmod/vfs_rom lib/uzlib/tinflate
$(BUILD)/extmod/modrandom.o: $(BUILD)/changed/extmod/modrandom.c
$(BUILD)/py/gc.o: $(BUILD)/changed/py/gc.c
$(BUILD)/extmod/vfs_rom.o: $(BUILD)/changed/extmod/vfs_rom.c
$(BUILD)/extmod/moddeflate.o: $(BUILD)/changed/lib/uzlib/tinflate.c
# The search for qstrs reads moddeflate.c, and what it includes.
QSTR_GLOBAL_DEPENDENCIES += $(BUILD)/changed/lib/uzlib/tinflate.c

define changed_copy
$(BUILD)/changed/$(1).c: vm_ext/changed/$(subst /,_,$(1)).txt $(TOP)/$(1).c vm_ext/changed/apply.py
	$$(ECHO) "CHANGE $$@"
	$$(Q)$$(PYTHON) vm_ext/changed/apply.py $$< $(TOP)/$(1).c $$@
endef
$(foreach file,$(CHANGED_FILES) $(CHANGED_PARTS),$(eval $(call changed_copy,$(file))))

define changed_file
$(BUILD)/$(1).o: $(BUILD)/changed/$(1).c
	$$(call compile_c)
endef
$(foreach file,$(CHANGED_FILES),$(eval $(call changed_file,$(file))))
