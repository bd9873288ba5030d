# SPDX-License-Identifier: MIT
# Upstream's files in which the address of mp_state_ctx is a constant initialiser, or with variables that each
# isolate has of its own.
define isolate_unit
$(BUILD)/$(1).o: vm_ext/isolate/$(subst /,_,$(1)).c
	$$(call compile_c)
endef
$(foreach unit,extmod/modrandom py/gc py/map py/modsys py/runtime,$(eval $(call isolate_unit,$(unit))))
