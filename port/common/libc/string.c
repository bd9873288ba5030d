// SPDX-License-Identifier: MIT
// Memory and string functions for ports without a libc. Blocks move eight bytes at a time: every
// port that uses this file has an MMU on and allows unaligned words. "rep movs" is not used,
// because an emulator runs it byte by byte.
#include <stdint.h>
#include <string.h>

typedef uint64_t __attribute__((may_alias, aligned(1))) word_t;
enum { WORD = sizeof(word_t) };

// Each group of words is loaded before any of it is stored, so an overlap with to < from is
// harmless.
static void copy_forward(char *to, const char *from, size_t n) {
    for (; n >= 4 * WORD; n -= 4 * WORD, to += 4 * WORD, from += 4 * WORD) {
        word_t a = ((const word_t *)from)[0], b = ((const word_t *)from)[1];
        word_t c = ((const word_t *)from)[2], d = ((const word_t *)from)[3];
        ((word_t *)to)[0] = a;
        ((word_t *)to)[1] = b;
        ((word_t *)to)[2] = c;
        ((word_t *)to)[3] = d;
    }
    for (; n >= WORD; n -= WORD, to += WORD, from += WORD) {
        *(word_t *)to = *(const word_t *)from;
    }
    while (n-- > 0) {
        *to++ = *from++;
    }
}

void *memcpy(void *restrict dest, const void *restrict src, size_t n) {
    copy_forward(dest, src, n);
    return dest;
}

static void move_down(char *to, const char *from, size_t n) {
    for (; n >= WORD; n -= WORD) {
        *(word_t *)(to + n - WORD) = *(const word_t *)(from + n - WORD);
    }
    while (n-- > 0) {
        to[n] = from[n];
    }
}

void *memmove(void *dest, const void *src, size_t n) {
    if ((uintptr_t)dest - (uintptr_t)src >= n) {
        copy_forward(dest, src, n);
    } else {
        move_down(dest, src, n);
    }
    return dest;
}

void *memset(void *dest, int c, size_t n) {
    char *to = dest;
    word_t word = 0x0101010101010101u * (uint8_t)c;
    for (; n >= WORD; n -= WORD, to += WORD) {
        *(word_t *)to = word;
    }
    while (n-- > 0) {
        *to++ = c;
    }
    return dest;
}

int memcmp(const void *a, const void *b, size_t n) {
    const uint8_t *p = a, *q = b;
    for (; n >= WORD && *(const word_t *)p == *(const word_t *)q; n -= WORD) {
        p += WORD;
        q += WORD;
    }
    for (; n > 0; --n, ++p, ++q) {
        if (*p != *q) {
            return *p - *q;
        }
    }
    return 0;
}

void *memchr(const void *s, int c, size_t n) {
    for (const uint8_t *p = s; n > 0; --n, ++p) {
        if (*p == (uint8_t)c) {
            return (void *)p;
        }
    }
    return NULL;
}

size_t strlen(const char *s) {
    size_t n = 0;
    while (s[n] != 0) {
        ++n;
    }
    return n;
}

size_t strnlen(const char *s, size_t max) {
    size_t n = 0;
    while (n < max && s[n] != 0) {
        ++n;
    }
    return n;
}

int strcmp(const char *a, const char *b) {
    while (*a != 0 && *a == *b) {
        ++a;
        ++b;
    }
    return (uint8_t)*a - (uint8_t)*b;
}

int strncmp(const char *a, const char *b, size_t n) {
    for (; n > 0; --n, ++a, ++b) {
        if (*a != *b || *a == 0) {
            return (uint8_t)*a - (uint8_t)*b;
        }
    }
    return 0;
}

char *strchr(const char *s, int c) {
    for (;; ++s) {
        if (*s == (char)c) {
            return (char *)s;
        }
        if (*s == 0) {
            return NULL;
        }
    }
}

char *strrchr(const char *s, int c) {
    const char *found = NULL;
    for (;; ++s) {
        if (*s == (char)c) {
            found = s;
        }
        if (*s == 0) {
            return (char *)found;
        }
    }
}

char *strstr(const char *haystack, const char *needle) {
    size_t len = strlen(needle);
    for (; strncmp(haystack, needle, len) != 0; ++haystack) {
        if (*haystack == 0) {
            return NULL;
        }
    }
    return (char *)haystack;
}

char *strcpy(char *restrict dest, const char *restrict src) {
    memcpy(dest, src, strlen(src) + 1);
    return dest;
}

char *strncpy(char *restrict dest, const char *restrict src, size_t n) {
    size_t len = strnlen(src, n);
    memcpy(dest, src, len);
    memset(dest + len, 0, n - len);
    return dest;
}

char *strcat(char *restrict dest, const char *restrict src) {
    strcpy(dest + strlen(dest), src);
    return dest;
}

size_t strspn(const char *s, const char *accept) {
    size_t n = 0;
    while (s[n] != 0 && strchr(accept, s[n]) != NULL) {
        ++n;
    }
    return n;
}

size_t strcspn(const char *s, const char *reject) {
    size_t n = 0;
    while (s[n] != 0 && strchr(reject, s[n]) == NULL) {
        ++n;
    }
    return n;
}
