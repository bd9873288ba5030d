# SPDX-License-Identifier: MIT
$(BUILD)/antaresia.elf: $(OBJ) $(XT_LINK_SCRIPT)
	$(ECHO) "LINK $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $(OBJ) $(LIBS)
	$(Q)$(SIZE) $@
	$(if $(XT_HEAP_SYMBOL),$(Q)$(CROSS_COMPILE)nm $@ | awk '$$3 == "$(XT_HEAP_SYMBOL)" { \
		printf "heap: %d bytes of data RAM are left for Python\n", strtonum("0x" $$1) }')
