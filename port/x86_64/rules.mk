# SPDX-License-Identifier: MIT
$(BUILD)/antaresia.elf: $(OBJ) port/x86_64/link.ld
	$(ECHO) "LINK $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $(OBJ)
	$(Q)$(SIZE) $@
