// SPDX-License-Identifier: MIT
// Upstream includes it for ssize_t and SEEK_*.
#ifndef LIBC_UNISTD_H
#define LIBC_UNISTD_H

#include <stdio.h>
#include <sys/types.h>

#endif
