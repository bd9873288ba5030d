// SPDX-License-Identifier: MIT
// QEMU's fw_cfg (docs/specs/fw_cfg.rst): the machine's UUID, as given by -uuid.
#include "hal/mmio.h"
#include "platform.h"

enum { DATA = 0, SELECTOR = 8, KEY_UUID = 2 };

void a64_fw_cfg_read_uuid(void) {
    a64_platform_t *p = &a64_platform;
    uint8_t any = 0;
    hal_mmio_write16(p->fw_cfg + SELECTOR, __builtin_bswap16(KEY_UUID));
    for (unsigned i = 0; i < A64_ID_BYTES; ++i) {
        p->id[i] = hal_mmio_read8(p->fw_cfg + DATA);
        any |= p->id[i];
    }
    p->id_bytes = any != 0 ? A64_ID_BYTES : 0; // all zero without -uuid: that identifies nothing
}
