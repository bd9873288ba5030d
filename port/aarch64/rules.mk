# SPDX-License-Identifier: MIT
$(BUILD)/antaresia.elf: $(OBJ) port/aarch64/link.ld
	$(ECHO) "LINK $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $(OBJ) -lgcc
	$(Q)$(SIZE) $@

$(BUILD)/$(IMAGE_NAME): $(BUILD)/antaresia.elf
	$(Q)$(OBJCOPY) -O binary $< $@
