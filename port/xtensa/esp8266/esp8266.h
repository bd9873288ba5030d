// SPDX-License-Identifier: MIT
// Registers and boot ROM functions of the ESP8266EX that the port uses: Espressif's technical
// reference (UART chapter), the register and ROM address lists that its SDK and upstream's port
// publish, and what esptool reads. Nothing here touches the radio.
#ifndef PORT_XTENSA_ESP8266_ESP8266_H
#define PORT_XTENSA_ESP8266_ESP8266_H

#include <stdint.h>

// UART0
#define UART_FIFO           0x60000000u
#define UART_INT_ENA        0x6000000cu
#define UART_INT_CLR        0x60000010u
#define UART_CLKDIV         0x60000014u
#define UART_STATUS         0x6000001cu // bits 0-7 bytes received, 16-23 bytes to send
#define UART_CONF0          0x60000020u
#define UART_CONF1          0x60000024u
#define UART_FIFO_BYTES     128
#define UART_TX_BUSY        (0xfu << 24 | 0xffu << 16) // in STATUS: shifting, or bytes wait
#define UART_INT_RX_FULL    (1u << 0)   // as many bytes as CONF1's threshold
#define UART_INT_RX_TIMEOUT (1u << 8)   // fewer, and then silence
#define UART_CONF0_8N1      (3u << 2 | 1u << 4)
#define UART_CONF0_RESET    (1u << 17 | 1u << 18) // both FIFOs
#define UART_IRQ            5

// Watchdog
#define WDT_CONTROL         0x60000900u
#define WDT_ENABLE          (1u << 0)

// Fuses that hold the MAC address, and the noise register
#define EFUSE_MAC0          0x3ff00050u
#define EFUSE_MAC1          0x3ff00054u
#define HW_RANDOM           0x3ff20e44u

// The clock: the PLL's two registers in the analog part, for 80 MHz from a 26 MHz crystal. The ROM
// has set it up for one of 40 MHz, so that the CPU comes at 52 MHz and its messages at 74880 baud.
// No document of Espressif's names these registers; the values are those that its SDK writes, as
// cnlohr/nosdk8266 and TinyGo's target esp8266 (device/esp) do without the SDK.
#define PLL_BLOCK           103
#define PLL_HOST            4
#define PLL_REG_A           1
#define PLL_REG_B           2
#define PLL_A_80_FROM_26    136
#define PLL_B_80_FROM_26    145

// A word of the RTC's memory for users, which a reset leaves alone (0x60001200 on, 512 bytes: SDK,
// "RTC memory"): where hal_power_reset() leaves a note.
#define RTC_NOTE            0x60001200u
#define RTC_NOTE_SOFT_RESET 0x5af7e5e7u

// Functions of the boot ROM, by address, as Espressif's linker script eagle.rom.addr.v6.ld names
// them (upstream has it as ports/esp8266/boards/eagle.rom.addr.v6.ld):
//   Cache_Read_Enable(bank, megabyte, cache is 32 KiB) maps a megabyte of flash at 0x40200000
//   SPIRead, SPIWrite(address, words, len_bytes), SPIEraseSector(sector): 0, or an error
//   SPIParamCfg(id, chip, block, sector, page bytes, status mask): what those believe of the chip
//   rom_i2c_writeReg(block, host, register, value): the registers of the analog part
//   rtc_get_reset_reason(): why the chip was reset
#define ROM_CACHE_READ_ENABLE   0x40004678u
#define ROM_CACHE_READ_DISABLE  0x400047f0u
#define ROM_SPI_READ            0x40004b1cu
#define ROM_SPI_WRITE           0x40004a4cu
#define ROM_SPI_ERASE_SECTOR    0x40004a00u
#define ROM_SPI_PARAM_CFG       0x40004c2cu
#define ROM_I2C_WRITE_REG       0x400072d8u
#define ROM_RESET_REASON        0x400025e0u
#define ROM_SOFTWARE_RESET      0x4000264cu

// What rtc_get_reset_reason() returns, as the SDK's start-up tells them apart: 1 power on, 2 reset
// pin and software_reset() alike, 4 watchdog.
#define ROM_REASON_PIN          2
#define ROM_REASON_WATCHDOG     4

typedef void (*rom_cache_read_enable_t)(uint32_t bank, uint32_t megabyte, uint32_t large);
typedef void (*rom_i2c_write_reg_t)(uint32_t block, uint32_t host, uint32_t reg, uint32_t value);
typedef int (*rom_spi_param_cfg_t)(uint32_t id, uint32_t chip_bytes, uint32_t block_bytes,
    uint32_t sector_bytes, uint32_t page_bytes, uint32_t status_mask);

#endif
