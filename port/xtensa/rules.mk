# SPDX-License-Identifier: MIT
$(BUILD)/antaresia.elf: $(OBJ) $(XT_LINK_SCRIPT)
	$(ECHO) "LINK $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $(OBJ) $(LIBS)
	$(Q)$(SIZE) $@
	$(if $(XT_HEAP_SYMBOL),$(Q)printf 'heap: %d bytes of data RAM are left for Python\n' \
		0x$$($(CROSS_COMPILE)nm $@ | sed -n 's/^\([0-9a-f]*\) . $(XT_HEAP_SYMBOL)$$/\1/p'))
