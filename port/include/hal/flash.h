// SPDX-License-Identifier: MIT
// The part of the board's flash that holds files. Only boards that have one implement this, and
// list vm_ext/modflash.c in their .mk. NOR memory: an erased byte is 0xff, a write only clears
// bits. The system's own code lies outside of the range and cannot be named through it.
#ifndef HAL_FLASH_H
#define HAL_FLASH_H

#include <stddef.h>
#include <stdint.h>

#define HAL_FLASH_SECTOR_BYTES (4096)

// A multiple of the sector's size.
uint32_t hal_flash_bytes(void);

// offset + len_bytes <= hal_flash_bytes(), any alignment; erase: offset is a sector's.
// 0, or -EIO if the memory does not answer.
int hal_flash_read(uint32_t offset, void *buf, size_t len_bytes);
int hal_flash_write(uint32_t offset, const void *buf, size_t len_bytes);
int hal_flash_erase(uint32_t offset);

#endif
