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

// Functions of the boot ROM, by address. Cache_Read_Enable(bank, megabyte, cache is 32 KiB) maps
// one megabyte of flash at 0x40200000.
#define ROM_CACHE_READ_ENABLE   0x40004678u
#define ROM_SOFTWARE_RESET      0x4000264cu

#endif
