// SPDX-License-Identifier: MIT
#ifndef LIBC_ALLOCA_H
#define LIBC_ALLOCA_H

#define alloca __builtin_alloca

#endif
