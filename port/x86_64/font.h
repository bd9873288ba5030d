// SPDX-License-Identifier: MIT
// The letters of the screen, as dots.
#ifndef PORT_X86_64_FONT_H
#define PORT_X86_64_FONT_H

#include <stdint.h>

#define X86_FONT_FIRST ' '
#define X86_FONT_LETTERS (96)
#define X86_FONT_COLUMNS (5)
#define X86_FONT_ROWS (9)

extern const uint8_t x86_font[X86_FONT_LETTERS][X86_FONT_ROWS];

#endif
