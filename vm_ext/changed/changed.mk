# SPDX-License-Identifier: MIT
# Upstream's files that are compiled from a changed copy: vm_ext/changed/py_objlist.txt changes py/objlist.c.
CHANGED_FILES += py/objarray py/objdict py/objlist py/objstr py/objstringio py/objtuple py/vstr

define changed_file
$(BUILD)/changed/$(1).c: vm_ext/changed/$(subst /,_,$(1)).txt $(TOP)/$(1).c vm_ext/changed/apply.py
	$$(ECHO) "CHANGE $$@"
	$$(Q)$$(PYTHON) vm_ext/changed/apply.py $$< $(TOP)/$(1).c $$@
$(BUILD)/$(1).o: $(BUILD)/changed/$(1).c
	$$(call compile_c)
endef
$(foreach file,$(CHANGED_FILES),$(eval $(call changed_file,$(file))))
