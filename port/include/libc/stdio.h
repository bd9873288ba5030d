// SPDX-License-Identifier: MIT
// The part of <stdio.h> that MicroPython uses. Implemented by upstream's shared/libc/printf.c.
#ifndef LIBC_STDIO_H
#define LIBC_STDIO_H

#include <stdarg.h>
#include <stddef.h>

int printf(const char *restrict fmt, ...);
int vprintf(const char *restrict fmt, va_list args);
int putchar(int c);
int puts(const char *s);
int snprintf(char *restrict buf, size_t size, const char *restrict fmt, ...);
int vsnprintf(char *restrict buf, size_t size, const char *restrict fmt, va_list args);

#define SEEK_SET (0)
#define SEEK_CUR (1)
#define SEEK_END (2)

#endif
