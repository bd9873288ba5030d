# SPDX-License-Identifier: MIT
$(BUILD)/antaresia.elf: $(OBJ) $(XT_LINK_SCRIPT)
	$(ECHO) "LINK $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $(OBJ) $(LIBS)
	$(Q)$(SIZE) $@
